import { createHmac } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { WebhookBody } from '../../plugin/api/schemas/feed.js';

/** One request that a receiver got. */
export interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: WebhookBody;
}

/** Answers a request; the number of it counts from 0. */
export type Answer = (response: ServerResponse, index: number) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end();

/** An HTTP server on the loopback interface to which deliveries come. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Connections there were. */
  connections = 0;
  answer: Answer;
  readonly #server: Server;
  readonly #came = new EventEmitter();
  readonly #sockets = new Set<Socket>();
  #taken = 0;

  private constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer(this.#requested);
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(answer: Answer = status(204), port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(answer);
    receiver.#server.listen(port, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** Connections there are. */
  get open(): number {
    return this.#sockets.size;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** The next request, whether it already came or is still to come. */
  async next(accept: (event: WebhookBody) => boolean = () => true): Promise<Received> {
    for (;;) {
      while (this.#taken < this.received.length) {
        const received = this.received[this.#taken++];
        if (accept(received.event)) return received;
      }
      await once(this.#came, 'request');
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  readonly #requested: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const event = JSON.parse(body) as WebhookBody;
      this.received.push({ url: request.url ?? '', headers: request.headers, body, event });
      this.answer(response, this.received.length - 1);
      this.#came.emit('request');
    });
  };
}

/** What a receiver with that key would compute, written down independently of the sender. */
export function signatureOf({ headers, body }: Received, key: Buffer): string {
  const content = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}
