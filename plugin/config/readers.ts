/** What texts on the command line and in the environment say. */
import { hostPort } from '../sip/host-port.js';
import type { Path } from './tree.js';

/** An option and its value. */
export type Assignment = readonly [Path, unknown];

/** What a text says; a string is what is wrong with it. */
export type Reader = (text: string) => readonly Assignment[] | string;

/** A text that is a number becomes one; the schema has a word for others. */
export const readNumber =
  (...path: string[]): Reader =>
  (text) => [[path, /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text]];

const ON: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on']);
const OFF: ReadonlySet<string> = new Set(['false', '0', 'no', 'off']);

export const readSwitch =
  (...path: string[]): Reader =>
  (text) => {
    const word = text.toLowerCase();
    if (ON.has(word) || OFF.has(word)) return [[path, ON.has(word)]];
    return 'is not known; use true, false';
  };

/** Of a drachtio-server. */
export const readServer: Reader = (text) => {
  try {
    const { host, port } = hostPort(text, '');
    return [
      [['drachtio', 'host'], host],
      [['drachtio', 'port'], port],
    ];
  } catch {
    return `${JSON.stringify(text)} is not HOST:PORT`;
  }
};

/** A file with users, or a database. */
export const readUsers: Reader = (text) =>
  /^(?:postgres(?:ql)?:\/\/|sqlite:)/i.test(text) ? [[['digest', 'sql', 'url'], text]] : [[['digest', 'file'], text]];
