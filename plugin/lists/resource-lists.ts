/** Lists of recipients: `application/resource-lists+xml` (RFC 4826 §3) with the attributes of RFC 5364. */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { ChatroomsError } from '../../lib/util/errors.js';
import { type EntryUri, entryUri } from './entry-uri.js';

/** One `<entry>`. */
export interface ListEntry {
  /** As written, without headers and without the `method` parameter; of any scheme. */
  uri: string;
  /** Its `<display-name>`, the first one. */
  displayName?: string;
  /** Undefined where the list says nothing, which means `bcc` (RFC 5364 §4). */
  copyControl?: 'to' | 'cc' | 'bcc';
  /** Others are not to be told the URI. */
  anonymize?: boolean;
  /** What a request to several says is to be done with this one (RFC 5368 §6); undefined for what the request itself does. */
  method?: 'INVITE' | 'BYE';
  /** Headers of the URI that may stand in the INVITE it causes (FAC-18); values without escapes, one line. */
  headers: Record<string, string>;
}

const NAMESPACE = 'urn:ietf:params:xml:ns:resource-lists';

/** FAC-08: as RFC 5364 §9 registers it, and as Figure 3 of RFC 5366 and handsets write it. */
const COPY_CONTROL_NAMESPACES: ReadonlySet<string> = new Set([
  'urn:ietf:params:xml:ns:copycontrol',
  'urn:ietf:params:xml:ns:copyControl',
]);

/** Octets. */
const MAX_DOCUMENT = 64 * 1024;

/** Elements within each other; a list in a list in the root has 4 with its entry. */
const MAX_DEPTH = 16;

/** Entries of all lists; how many may be invited is the room's and the factory's to say. */
const MAX_ENTRIES = 2048;

/** Characters of the longest display name kept. */
const MAX_NAME = 128;

const LEVELS = ['to', 'cc', 'bcc'] as const;

/** Stands for an element of another namespace. */
const FOREIGN = '{}';

const bad = (what: string, cause?: unknown): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_RESOURCE_LIST', `The list of recipients cannot be used: ${what}.`, {
    sipStatus: 400,
    cause,
  });

/**
 * The entries of a list and of the lists in it, in document order (FAC-07). `<entry-ref>` and `<external>` are passed over,
 * as is what other namespaces add.
 *
 * @throws ChatroomsError `CHAT_ERR_RESOURCE_LIST` with `sipStatus` 400 for what is no well-formed list, has a document type
 * declaration, is beyond 64 KiB, 16 levels or 2048 entries, or has an entry without a usable URI
 */
export function parseResourceLists(xml: string): ListEntry[] {
  if (Buffer.byteLength(xml) > MAX_DOCUMENT) throw bad(`it is longer than ${MAX_DOCUMENT} octets`);
  const reader = new ListReader();
  // Without a handler for errors saxes throws them; it knows the five entities of XML and fetches nothing.
  const parser = new SaxesParser({ xmlns: true });
  // FAC-07: no DTD, and so no entities that expand or lead elsewhere.
  parser.on('doctype', () => {
    throw bad('it has a document type declaration');
  });
  parser.on('opentag', (tag) => reader.opened(tag));
  parser.on('text', (text) => reader.text(text));
  parser.on('cdata', (text) => reader.text(text));
  parser.on('closetag', () => reader.closed());
  try {
    parser.write(xml).close();
  } catch (error) {
    if (error instanceof ChatroomsError) throw error;
    throw bad('it is no well-formed XML', error);
  }
  return reader.entries;
}

class ListReader {
  readonly entries: ListEntry[] = [];
  readonly #path: string[] = [];
  /** Inside of an `<entry>`. */
  #entry: ListEntry | null = null;
  #name = '';

  opened(tag: SaxesTagNS): void {
    const path = this.#path;
    if (path.length >= MAX_DEPTH) throw bad(`it has more than ${MAX_DEPTH} levels`);
    path.push(tag.uri === NAMESPACE ? tag.local : FOREIGN);
    if (path[0] !== 'resource-lists') throw bad(`its root is no <resource-lists> of ${NAMESPACE}`);
    if (path.at(-1) === 'entry' && path.length > 2 && path.slice(1, -1).every((element) => element === 'list')) {
      this.#entry = entryOf(tag);
    }
    this.#name = '';
  }

  text(text: string): void {
    if (this.#naming) this.#name = (this.#name + text).slice(0, MAX_NAME);
  }

  closed(): void {
    const entry = this.#entry;
    const element = this.#path.at(-1);
    if (entry && this.#naming && entry.displayName === undefined) {
      const name = this.#name.trim();
      if (name !== '') entry.displayName = name;
    } else if (entry && element === 'entry') {
      if (this.entries.length === MAX_ENTRIES) throw bad(`it has more than ${MAX_ENTRIES} entries`);
      this.entries.push(entry);
      this.#entry = null;
    }
    this.#path.pop();
  }

  get #naming(): boolean {
    return this.#entry !== null && this.#path.at(-1) === 'display-name' && this.#path.at(-2) === 'entry';
  }
}

function entryOf(tag: SaxesTagNS): ListEntry {
  const written = tag.attributes.uri?.value.trim() ?? '';
  const parsed = entryUri(written);
  if (!parsed) throw bad(`${JSON.stringify(written.slice(0, 100))} is not the URI of an entry`);
  const { uri, headers, method } = parsed;
  const copyControl = copyControlOf(tag);
  const said = attributeOf(tag, 'anonymize');
  return {
    uri,
    headers,
    ...(method !== undefined && { method: knownMethod(method) }),
    ...(copyControl && { copyControl }),
    ...((said === 'true' || said === '1') && { anonymize: true }),
  };
}

/** A level that nobody knows is none: then the entry is told to nobody. */
function copyControlOf(tag: SaxesTagNS): ListEntry['copyControl'] {
  const said = attributeOf(tag, 'copyControl');
  return LEVELS.find((level) => level === said);
}

/** An attribute of RFC 5364. */
function attributeOf(tag: SaxesTagNS, name: string): string | undefined {
  const found = Object.values(tag.attributes).find(
    ({ uri, local }) => local === name && COPY_CONTROL_NAMESPACES.has(uri),
  );
  return found?.value.trim();
}

function knownMethod(method: NonNullable<EntryUri['method']>): 'INVITE' | 'BYE' {
  if (method === 'INVITE' || method === 'BYE') return method;
  throw bad(`method ${JSON.stringify(method.slice(0, 32))} is neither INVITE nor BYE`);
}
