import type { ConferenceDocument, ElementState, User, Users } from './document.js';
import { readable, type XmlElement } from './element.js';
import { descriptionElement, hostElement, type StateMark, stateElement, userElement } from './elements.js';
import { attributes, indented, lines, NAMESPACE, XCON_NAMESPACE, XML_DECLARATION } from './xml-writer.js';

/**
 * The text of a conference-info document but for its version: subscribers who get the same document differ in nothing
 * else, since each subscription counts its own (SUB-09, 4575-4.3-01). What `withVersion` gives shares the written text.
 */
export class DocumentText {
  readonly #head: string;
  readonly #tail: string;

  /** @param document written once, here; its values are not read again */
  constructor(document: Omit<ConferenceDocument, 'version'>) {
    const content = [
      ...block(document.description && descriptionElement(document.description)),
      ...block(document.host && hostElement(document.host)),
      ...block(document.conferenceState && stateElement(document.conferenceState)),
      ...users(document.users),
    ];
    const namespaces = `xmlns="${NAMESPACE}" xmlns:xcon="${XCON_NAMESPACE}"`;
    // DOC-01: entity, state and version are always written out.
    const entity = attributes({ entity: readable(document.entity), state: document.state });
    this.#head = `${XML_DECLARATION}\n<conference-info ${namespaces}\n${entity} version="`;
    this.#tail = content.length === 0 ? '"/>\n' : ['">', ...content, '</conference-info>', ''].join('\n');
  }

  /** UTF-8 octets of the whole document at most, which is with a version of 32 bits (SUB-09). */
  get octets(): number {
    return Buffer.byteLength(this.#head) + LONGEST_VERSION + Buffer.byteLength(this.#tail);
  }

  /** The whole document. */
  withVersion(version: number): string {
    return this.#head + version + this.#tail;
  }
}

/**
 * Writes a conference-info document, full or partial, with what it has of description, host, state and users: elements
 * in the order of the RFC 4575 schema (clients drop a document in another order without a word), no line of 8 KB or more.
 */
export const formatDocument = (document: ConferenceDocument): string =>
  new DocumentText(document).withVersion(document.version);

/** Digits. */
const LONGEST_VERSION = 10;

/** A child of the root. */
const block = (element: XmlElement | undefined): readonly string[] => (element ? [indented(element, ' ')] : []);

function users(value: Users | undefined): readonly string[] {
  if (!value) return [];
  const tag = `users${attributes({ state: value.state })}`;
  return value.list.length === 0 ? [` <${tag}/>`] : [` <${tag}>`, ...value.list.map(userText), ' </users>'];
}

/**
 * Users are immutable and most of them are in the next document again: their text lives as long as they do. It is one
 * block, so that a document of a thousand of them is a thousand pieces, and without indentation: the lines of users are
 * nearly all that a large room sends.
 */
const writtenUsers = new WeakMap<User, string>();

function userText(value: User): string {
  let written = writtenUsers.get(value);
  if (written === undefined) {
    const element = userElement(value, {
      entity: value.entity,
      mark: stateMark,
      associatedAors: value.associatedAors,
      extensions: [],
    });
    written = lines(element);
    writtenUsers.set(value, written);
  }
  return written;
}

const stateMark: StateMark = (state: ElementState) => ({ state });
