import { EventEmitter, once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** A block of an event stream (WHATWG HTML §9.2.6), its fields by name. */
export interface Block {
  id?: string;
  event?: string;
  data?: string;
  retry?: string;
  /** Text of a comment. */
  comment?: string;
}

/** Reads Server-Sent Events over a socket of its own, and not at all while it is told to pause. */
export class EventReader {
  readonly ended: Promise<unknown>;
  readonly #blocks: Block[] = [];
  readonly #came = new EventEmitter();
  #rest = '';
  #isOver = false;

  private constructor(
    readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    this.ended = new Promise((resolve) => void response.once('close', resolve));
    response.once('close', () => {
      this.#isOver = true;
      this.#came.emit('blocks');
    });
    response.on('error', () => {});
    response.on('data', (text: string) => this.#read(text));
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const request = get(url, { headers, agent: false });
    request.on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new EventReader(request, response);
  }

  /** The next block, whether it already came or is still to come; those that are no events included. Rejects at the end. */
  async block(accept: (block: Block) => boolean = () => true): Promise<Block> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        if (accept(block)) return block;
      } else if (this.#isOver) throw new Error('the stream has ended');
      else await once(this.#came, 'blocks');
    }
  }

  /** The next event, its data parsed. */
  async next(): Promise<Record<string, unknown>> {
    const { data } = await this.block((block) => block.event !== undefined);
    return JSON.parse(data ?? 'null') as Record<string, unknown>;
  }

  /** Events that came and were not asked for. */
  get pending(): readonly Block[] {
    return this.#blocks.filter(({ event }) => event !== undefined);
  }

  close(): void {
    this.request.destroy();
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#blocks.push(fieldsOf(block));
    this.#came.emit('blocks');
  }
}

const fieldsOf = (block: string): Block =>
  Object.fromEntries(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return colon === 0 ? ['comment', line.slice(1).trim()] : [line.slice(0, colon), line.slice(colon + 2)];
    }),
  ) as Block;
