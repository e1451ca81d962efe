import { QUOTED } from './text.js';

/** What a slot of a sentence takes, as regular expressions. */
const KINDS = {
  /** One who is declared. */
  actor: String.raw`[A-Z]\w*`,
  /** `Ana, Bob and Carla` */
  actors: String.raw`[A-Z]\w*(?:, [A-Z]\w*)*(?:,? and [A-Z]\w*)?`,
  /** One that is declared. */
  room: String.raw`[a-z]\w*`,
  /** Whom a message is for or from: an actor, a room, or any URI. */
  target: String.raw`(?:sips?|tel|im):\S+|[A-Za-z]\w*`,
  uri: String.raw`(?:sips?|tel|im):\S+`,
  text: QUOTED,
  number: String.raw`\d+`,
  /** Of a response, or that there is none. */
  status: String.raw`\d{3}|nothing`,
  privately: 'privately',
  what: String.raw`${QUOTED}|composing|delivery notification`,
  word: String.raw`\S+`,
  rest: '.+?',
} as const;

export type Kind = keyof typeof KINDS;

/** What stands in the slots of a sentence. */
export class Slots {
  readonly #words: Readonly<Record<string, string | undefined>>;
  /** Indented lines below it, without their indentation. */
  readonly block: readonly string[];

  constructor(words: Readonly<Record<string, string | undefined>>, block: readonly string[]) {
    this.#words = words;
    this.block = block;
  }

  /** Undefined when an optional part was left out. */
  get(name: string): string | undefined {
    return this.#words[name];
  }

  must(name: string): string {
    const word = this.#words[name];
    if (word === undefined) throw new Error(`the sentence has no slot ${name}`);
    return word;
  }

  number(name: string): number {
    return Number(this.must(name));
  }
}

/** The words of a line in the slots of a sentence, or undefined when the line is another sentence. */
export interface Form {
  readonly text: string;
  /** Kinds of its slots by name. */
  readonly kinds: ReadonlyMap<string, Kind>;
  read(line: string): Record<string, string | undefined> | undefined;
}

/**
 * The form of a sentence: words as they are written, `<kind>` or `<name:kind>` for a slot, `[…]` for what may be left
 * out, `(…|…)` for a choice. One that ends with a colon has a block of indented lines below it.
 */
export function form(text: string): Form {
  const kinds = new Map<string, Kind>();
  const source = text.replace(
    /<(?:(\w+):)?(\w+)>|[[\]]|[.*+?^${}\\]/g,
    (found, name: string | undefined, kind: string | undefined) => {
      if (found === '[') return '(?:';
      if (found === ']') return ')?';
      if (kind === undefined) return `\\${found}`;
      if (!(kind in KINDS)) throw new Error(`no slot takes a ${kind}: ${text}`);
      const slot = name ?? kind;
      kinds.set(slot, kind as Kind);
      return `(?<${slot}>${KINDS[kind as Kind]})`;
    },
  );
  const whole = new RegExp(`^${source}$`);
  return { text, kinds, read: (line) => whole.exec(line)?.groups ?? (whole.test(line) ? {} : undefined) };
}
