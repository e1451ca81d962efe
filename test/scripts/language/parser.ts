import type { ActorSpec } from './actor.js';
import { type Client, clause, ORDINARY } from './clauses.js';
import { type Place, SyntaxProblem } from './error.js';
import { type Options, readOptions } from './options.js';
import type { RoomSpec, Script, Sentence, Step } from './script.js';
import { Slots } from './sentence.js';
import { atCommas } from './text.js';

/** A sentence and the indented lines below it. */
interface Paragraph {
  place: Place;
  block: string[];
}

const ROOM = /^room ([a-z]\w*)(?: in (\S+))?( on demand)?(?: (\w+[=.].*))?$/;
const ACTOR = /^([A-Z]\w*) is ((?:sips?|tel):[^\s,]+)(?:, (.+))?$/;
const DEVICE = /^([A-Z]\w*) is another device of ([A-Z]\w*)(?:, (.+))?$/;
const ALIAS = /^(\w+) is also ((?:sips?|tel):\S+)$/;

/**
 * Reads a script.
 *
 * @param file its path, as error messages show it
 * @throws SyntaxProblem
 */
export function parseScript(file: string, source: string, sentences: readonly Sentence[]): Script {
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  return new Parser(file, lines, sentences).script();
}

class Parser {
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #sentences: readonly Sentence[];
  readonly #rooms = new Map<string, RoomSpec>();
  readonly #actors = new Map<string, ActorSpec>();
  readonly #aliases = new Map<string, string>();
  readonly #steps: Step[] = [];
  #server: Options | undefined;

  constructor(file: string, lines: readonly string[], sentences: readonly Sentence[]) {
    this.#file = file;
    this.#lines = lines;
    this.#sentences = sentences;
  }

  script(): Script {
    const title = this.#title();
    for (const paragraph of this.#paragraphs()) if (!this.#declaration(paragraph)) this.#step(paragraph);
    if (this.#steps.length === 0) throw new SyntaxProblem(this.#place(0), 'nothing happens in this script');
    return {
      file: this.#file,
      title,
      rooms: [...this.#rooms.values()],
      actors: [...this.#actors.values()],
      aliases: this.#aliases,
      server: this.#server,
      steps: this.#steps,
    };
  }

  #place(index: number): Place {
    return { file: this.#file, line: index + 1, text: this.#lines[index] ?? '' };
  }

  /** The comment the script begins with. */
  #title(): string {
    const end = this.#lines.findIndex((line) => !line.startsWith('#'));
    const comment = this.#lines.slice(0, Math.max(end, 0)).map((line) => line.replace(/^#+\s*/, ''));
    const title = comment.join(' ').trim();
    if (title === '') throw new SyntaxProblem(this.#place(0), 'a script begins with a comment that says what it shows');
    return title;
  }

  *#paragraphs(): Iterable<Paragraph> {
    let current: Paragraph | undefined;
    for (const [index, line] of this.#lines.entries()) {
      if (/^\s+\S/.test(line)) {
        if (!current) throw new SyntaxProblem(this.#place(index), 'an indented line belongs to a sentence above it');
        current.block.push(line);
      } else if (line.trim() === '') current?.block.push('');
      else if (!line.startsWith('#')) {
        if (current) yield withoutIndentation(current);
        current = { place: this.#place(index), block: [] };
      }
    }
    if (current) yield withoutIndentation(current);
  }

  /** Whether the paragraph declares something. */
  #declaration(paragraph: Paragraph): boolean {
    const { text } = paragraph.place;
    if (/^room\b/.test(text)) this.#room(paragraph);
    else if (/^server\b/.test(text)) this.#ownServer(paragraph);
    else if (/^\w+ is also /.test(text)) this.#alias(paragraph);
    else if (/^\w+ is (?:sips?:|tel:|another device )/.test(text)) this.#actor(paragraph);
    else return false;
    return true;
  }

  #room({ place, block }: Paragraph): void {
    const [, name, domain = 'localhost', onDemand, inline = ''] = ROOM.exec(place.text) ?? [];
    if (name === undefined) throw new SyntaxProblem(place, 'write: room NAME [in DOMAIN] [on demand] [OPTION=VALUE …]');
    if (this.#rooms.has(name)) throw new SyntaxProblem(place, `there is a room ${name} already`);
    const options = this.#options(place, inline, block);
    if (onDemand && Object.keys(options).length > 0) {
      throw new SyntaxProblem(
        place,
        'a room on demand has the options of the server: server rooms.defaults.OPTION=VALUE',
      );
    }
    this.#rooms.set(name, { name, domain, onDemand: onDemand !== undefined, options });
  }

  #ownServer({ place, block }: Paragraph): void {
    this.#server = this.#options(place, place.text.replace(/^server(?: of its own)?/, ''), block, this.#server);
  }

  #options(place: Place, inline: string, block: readonly string[], into: Options = {}): Options {
    for (const line of [inline, ...block]) {
      if (!readOptions(line, into))
        throw new SyntaxProblem(place, `write OPTION=VALUE instead of ${JSON.stringify(line)}`);
    }
    return into;
  }

  #actor({ place }: Paragraph): void {
    const device = DEVICE.exec(place.text);
    const [, name, uri, clauses = ''] = device ?? ACTOR.exec(place.text) ?? [];
    if (name === undefined || uri === undefined) {
      throw new SyntaxProblem(place, 'write: Name is URI[, CLAUSE …], or: Name is another device of Name[, CLAUSE …]');
    }
    if (this.#actors.has(name)) throw new SyntaxProblem(place, `there is an actor ${name} already`);
    const owner = device ? this.#actors.get(uri) : undefined;
    if (device && !owner) throw new SyntaxProblem(place, `nobody is called ${uri}`);
    const client = this.#client(place, clauses, owner ? { ...ORDINARY, knownAs: owner.client.knownAs } : ORDINARY);
    this.#actors.set(name, { name, uri: owner?.uri ?? uri, client });
  }

  #client(place: Place, clauses: string, from: Readonly<Client>): Client {
    let client: Client = { ...from };
    for (const text of atCommas(clauses)) {
      const next = clause(client, text);
      if (!next) throw new SyntaxProblem(place, `no client is described by ${JSON.stringify(text)}`);
      client = next;
    }
    return client;
  }

  #alias({ place }: Paragraph): void {
    const [, name, uri] = ALIAS.exec(place.text) ?? [];
    if (name === undefined || uri === undefined) throw new SyntaxProblem(place, 'write: Name is also URI');
    this.#known(place, name);
    this.#aliases.set(uri, name);
    // Who somebody is besides, and where a room is besides, the server is told when it starts.
    this.#server ??= {};
  }

  #step({ place, block }: Paragraph): void {
    for (const sentence of this.#sentences) {
      const words = sentence.form.read(place.text);
      if (!words) continue;
      for (const [slot, kind] of sentence.form.kinds) {
        const word = words[slot];
        if (word === undefined) continue;
        if (kind === 'actor' || kind === 'room') this.#known(place, word);
        if (kind === 'actors') for (const name of word.match(/[A-Z]\w*/g) ?? []) this.#known(place, name);
        if (kind === 'target' && !word.includes(':')) this.#known(place, word);
      }
      if (place.text.endsWith(':') !== block.length > 0) {
        throw new SyntaxProblem(place, 'a colon and indented lines below it belong together');
      }
      this.#steps.push({ place, sentence, slots: new Slots(words, block) });
      return;
    }
    const [first = ''] = /^\w+/.exec(place.text) ?? [];
    const hint =
      this.#isKnown(first) || ['time', 'the'].includes(first) ? 'no sentence reads so' : `nobody is called ${first}`;
    throw new SyntaxProblem(place, hint);
  }

  #isKnown(name: string): boolean {
    return this.#actors.has(name) || this.#rooms.has(name);
  }

  #known(place: Place, name: string): void {
    if (!this.#isKnown(name)) throw new SyntaxProblem(place, `nobody is called ${name}`);
  }
}

function withoutIndentation({ place, block }: Paragraph): Paragraph {
  const lines = block.join('\n').trimEnd();
  if (lines === '') return { place, block: [] };
  const [indentation = ''] = /^\s*/.exec(block.find((line) => line !== '') ?? '') ?? [];
  return { place, block: lines.split('\n').map((line) => line.replace(new RegExp(`^${indentation}`), '')) };
}
