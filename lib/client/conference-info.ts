import { SaxesParser, type SaxesTagNS } from 'saxes';
import { ChatroomsError } from '../util/errors.js';

const CONFERENCE_INFO = 'urn:ietf:params:xml:ns:conference-info';
const XCON = 'urn:ietf:params:xml:ns:xcon-conference-info';

/** Larger than any roster a participant can use; protects a client from a broken focus. */
const MAX_DOCUMENT = 4 * 1024 * 1024;
const MAX_DEPTH = 32;
const MAX_TEXT = 4096;

/** RFC 4575 §4.4: whether an element replaces, updates or removes what the subscriber holds. */
export type ElementState = 'full' | 'partial' | 'deleted';

/** What a participant uses of an RFC 4575 document; the rest is skipped. */
export interface ConferenceInfo {
  /** URI of the room. */
  entity: string;
  state: ElementState;
  version: number | undefined;
  /** There is a description, which is told as a whole: title and subject that are not in it are no more. */
  described?: boolean;
  title?: string;
  subject?: string;
  userCount?: number;
  /** Absent when a partial document does not mention users. */
  users?: { state: ElementState; list: UserInfo[] };
}

export interface UserInfo {
  entity: string;
  state: ElementState;
  displayText?: string;
  /** `''` cannot occur; absent means none in a full element, unchanged in a partial one. */
  nickname?: string;
  roles?: string[];
  endpoints: EndpointInfo[];
}

export interface EndpointInfo {
  entity: string;
  state: ElementState;
  /** `connected`, `pending`, `disconnected`, … (RFC 4575 §5.7.3) */
  status?: string;
  /** `departed`, `booted`, `failed`, `busy` (RFC 4575 §5.7.5) */
  disconnectionMethod?: string;
}

function elementState(value: string | undefined): ElementState {
  return value === 'partial' || value === 'deleted' ? value : 'full';
}

/** Attribute by namespace; RFC 4575's own carry none. */
function attribute(tag: SaxesTagNS, local: string, uri = ''): string | undefined {
  return Object.values(tag.attributes).find((entry) => entry.local === local && entry.uri === uri)?.value;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text.trim()) ? Number(text.trim()) : undefined;
}

/** Collects a document from the events of a namespace-aware parser; knows elements by their path below the root. */
class Collector {
  info: ConferenceInfo | undefined;
  readonly #path: string[] = [];
  #text = '';
  #user: UserInfo | undefined;
  #endpoint: EndpointInfo | undefined;

  open(tag: SaxesTagNS): void {
    if (this.#path.length >= MAX_DEPTH) throw new Error(`elements nested deeper than ${MAX_DEPTH}`);
    // foreign elements are legal at many places (RFC 4575 §4.2); their names never match a path below
    this.#path.push(tag.uri === CONFERENCE_INFO ? tag.local : `{}${tag.local}`);
    this.#text = '';
    const path = this.#path.join('/');
    const state = elementState(attribute(tag, 'state'));
    if (path === 'conference-info') {
      this.info = { entity: attribute(tag, 'entity') ?? '', state, version: count(attribute(tag, 'version')) };
    } else if (path === 'conference-info/conference-description' && this.info) {
      this.info.described = true;
    } else if (path === 'conference-info/users' && this.info) {
      this.info.users = { state, list: [] };
    } else if (path === 'conference-info/users/user') {
      this.#user = { entity: attribute(tag, 'entity') ?? '', state, endpoints: [] };
      const nickname = attribute(tag, 'nickname', XCON);
      if (nickname) this.#user.nickname = nickname;
    } else if (path === 'conference-info/users/user/endpoint') {
      this.#endpoint = { entity: attribute(tag, 'entity') ?? '', state };
    }
  }

  text(text: string): void {
    if (this.#text.length < MAX_TEXT) this.#text = (this.#text + text).slice(0, MAX_TEXT);
  }

  close(): void {
    const text = this.#text.trim();
    this.#text = '';
    this.#leave(this.#path.join('/'), text);
    this.#path.pop();
  }

  #leave(path: string, text: string): void {
    const { info } = this;
    const user = this.#user;
    const endpoint = this.#endpoint;
    if (!info) return;
    switch (path) {
      case 'conference-info/conference-description/display-text':
        info.title = text;
        break;
      case 'conference-info/conference-description/subject':
        info.subject = text;
        break;
      case 'conference-info/conference-state/user-count':
        info.userCount = count(text);
        break;
      case 'conference-info/users/user/display-text':
        if (user) user.displayText = text;
        break;
      case 'conference-info/users/user/roles/entry':
        if (user) user.roles = [...(user.roles ?? []), text];
        break;
      case 'conference-info/users/user/endpoint/status':
        if (endpoint) endpoint.status = text;
        break;
      case 'conference-info/users/user/endpoint/disconnection-method':
        if (endpoint) endpoint.disconnectionMethod = text;
        break;
      case 'conference-info/users/user/endpoint':
        if (endpoint) user?.endpoints.push(endpoint);
        this.#endpoint = undefined;
        break;
      case 'conference-info/users/user':
        // the key of RFC 4575 §4.5; without it an element cannot be told from another
        if (user && user.entity !== '') info.users?.list.push(user);
        this.#user = undefined;
        break;
      default:
    }
  }
}

/**
 * Reads an `application/conference-info+xml` document (RFC 4575).
 * @throws ChatroomsError `CHAT_ERR_BAD_ROSTER`: not well-formed, another root, a DTD, or beyond the limits
 */
export function readConferenceInfo(document: string): ConferenceInfo {
  const collector = new Collector();
  try {
    if (document.length > MAX_DOCUMENT) throw new Error(`longer than ${MAX_DOCUMENT} characters`);
    const parser = new SaxesParser({ xmlns: true });
    parser.on('doctype', () => {
      throw new Error('a document type declaration is not allowed');
    });
    parser.on('opentag', (tag) => collector.open(tag));
    parser.on('text', (text) => collector.text(text));
    parser.on('cdata', (text) => collector.text(text));
    parser.on('closetag', () => collector.close());
    parser.write(document).close();
    if (!collector.info) throw new Error('the root is not conference-info');
    return collector.info;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ChatroomsError('CHAT_ERR_BAD_ROSTER', `the room sent a roster that cannot be read: ${detail}`, { cause });
  }
}
