import type {
  AvailableMedium,
  ConferenceDescription,
  ConferenceDocument,
  ConferenceState,
  Endpoint,
  EndpointMedia,
  Execution,
  HostInfo,
  UriEntry,
  User,
  Users,
} from './document.js';
import { attributes, element, type Lines, wrap } from './xml-writer.js';

const NAMESPACE = 'urn:ietf:params:xml:ns:conference-info';
const XCON_NAMESPACE = 'urn:ietf:params:xml:ns:xcon-conference-info';

/**
 * Writes a conference-info document: elements in the order of the RFC 4575 schema (clients drop a document in another
 * order without a word), one element a line.
 */
export function formatDocument(document: ConferenceDocument): string {
  const { entity, state, version } = document;
  const content = [
    ...description(document.description),
    ...host(document.host),
    ...conferenceState(document.conferenceState),
    ...users(document.users),
  ];
  const root = `conference-info xmlns="${NAMESPACE}" xmlns:xcon="${XCON_NAMESPACE}"\n${attributes({ entity, state, version })}`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...wrap(root, content), ''].join('\n');
}

function description(value: ConferenceDescription | undefined): Lines {
  if (!value) return [];
  return wrap('conference-description', [
    ...element('display-text', value.displayText),
    ...element('subject', value.subject),
    ...element('free-text', value.freeText),
    ...element('keywords', value.keywords?.join(' ')),
    ...uris('conf-uris', value.confUris),
    ...uris('service-uris', value.serviceUris),
    ...element('maximum-user-count', value.maximumUserCount),
    ...list('available-media', value.availableMedia, availableMedium),
  ]);
}

function availableMedium(medium: AvailableMedium): Lines {
  return wrap(`entry${attributes({ label: medium.label })}`, [
    ...element('display-text', medium.displayText),
    ...element('type', medium.type),
    ...element('status', medium.status),
  ]);
}

function host(value: HostInfo | undefined): Lines {
  if (!value) return [];
  return wrap('host-info', [
    ...element('display-text', value.displayText),
    ...element('web-page', value.webPage),
    ...uris('uris', value.uris),
  ]);
}

function conferenceState(value: ConferenceState | undefined): Lines {
  if (!value) return [];
  return wrap('conference-state', [
    ...element('user-count', value.userCount),
    ...element('active', value.active),
    ...element('locked', value.locked),
  ]);
}

function users(value: Users | undefined): Lines {
  return value ? wrap(`users${attributes({ state: value.state })}`, value.list.flatMap(user)) : [];
}

/**
 * Users are immutable and most of them are in the next document again: their text lives as long as they do. It is one
 * block, indented for where a user always stands, so that a document of a thousand of them is a thousand pieces.
 */
const writtenUsers = new WeakMap<User, Lines>();

/** Depth of `<user>`; `wrap` indents only the first line of a block. */
const USER_INDENT = '\n  ';

function user(value: User): Lines {
  let block = writtenUsers.get(value);
  if (!block) {
    block = [writeUser(value).join(USER_INDENT)];
    writtenUsers.set(value, block);
  }
  return block;
}

function writeUser(value: User): Lines {
  const { entity, state, nickname, yourOwn } = value;
  const own = yourOwn ? attributes({ yourown: true }) : '';
  // 7701-7.4-01; the escaped nickname may be long, so it has a line of its own.
  const nick = nickname === undefined ? '' : `\n${attributes({ 'xcon:nickname': nickname })}`;
  return wrap(`user${attributes({ entity, state })}${own}${nick}`, [
    ...element('display-text', value.displayText),
    ...uris('associated-aors', value.associatedAors),
    ...list('roles', value.roles, (role) => element('entry', role)),
    ...(value.endpoints ?? []).flatMap(endpoint),
  ]);
}

function endpoint(value: Endpoint): Lines {
  return wrap(`endpoint${attributes({ entity: value.entity, state: value.state })}`, [
    ...element('display-text', value.displayText),
    ...execution('referred', value.referred),
    ...element('status', value.status),
    ...element('joining-method', value.joiningMethod),
    ...execution('joining-info', value.joiningInfo),
    ...element('disconnection-method', value.disconnectionMethod),
    ...execution('disconnection-info', value.disconnectionInfo),
    ...(value.media ?? []).flatMap(media),
  ]);
}

function media(value: EndpointMedia): Lines {
  return wrap(`media${attributes({ id: value.id })}`, [
    ...element('type', value.type),
    ...element('label', value.label),
    ...element('src-id', value.srcId),
    ...element('status', value.status),
  ]);
}

function execution(name: string, value: Execution | undefined): Lines {
  if (!value) return [];
  return wrap(name, [
    // 4575-5.7-01: in UTC.
    ...element('when', value.when?.toISOString()),
    ...element('reason', value.reason),
    ...element('by', value.by),
  ]);
}

const uris = (name: string, entries: readonly UriEntry[] | undefined): Lines =>
  list(name, entries, (entry) =>
    wrap('entry', [
      ...element('uri', entry.uri),
      ...element('display-text', entry.displayText),
      ...element('purpose', entry.purpose),
    ]),
  );

/** The schema has no empty lists: without members the element is left out. */
const list = <T>(name: string, items: readonly T[] | undefined, write: (item: T) => Lines): Lines =>
  items && items.length > 0 ? wrap(name, items.flatMap(write)) : [];
