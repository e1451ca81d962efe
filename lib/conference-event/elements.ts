import type {
  AvailableMedium,
  ConferenceDescription,
  ConferenceState,
  ElementState,
  Endpoint,
  EndpointMedia,
  Execution,
  HostInfo,
  UriEntry,
  User,
} from './document.js';
import { type Attributes, count, list, node, readable, text, type XmlElement } from './element.js';

type Elements = readonly XmlElement[];

/**
 * The `state` attribute of an element in a document of RFC 4575. The XCON documents have none: "the 'state' and
 * 'version' attributes defined in [RFC4575] are not used" (6501-4.6-01).
 */
export type StateMark = (state: ElementState) => Attributes;

/** Elements are in the order of the RFC 4575 schema: clients drop a document in another order without a word (DOC-02). */
export function descriptionElement(value: ConferenceDescription): XmlElement {
  return node('conference-description', {}, [
    ...text('display-text', value.displayText),
    ...text('subject', value.subject),
    ...text('free-text', value.freeText),
    // DOC-04.
    ...text('keywords', value.keywords?.length ? value.keywords.join(' ') : undefined),
    ...uris('conf-uris', value.confUris),
    ...uris('service-uris', value.serviceUris),
    ...count('maximum-user-count', value.maximumUserCount),
    ...list('available-media', value.availableMedia, availableMedium),
  ]);
}

// DOC-06.
const availableMedium = (medium: AvailableMedium): XmlElement =>
  node('entry', { label: readable(medium.label) }, [
    ...text('display-text', medium.displayText),
    ...text('type', medium.type),
    ...text('status', medium.status),
  ]);

// DOC-07.
export const hostElement = (value: HostInfo): XmlElement =>
  node('host-info', {}, [
    ...text('display-text', value.displayText),
    ...text('web-page', value.webPage),
    ...uris('uris', value.uris),
  ]);

export const stateElement = (value: ConferenceState): XmlElement =>
  node('conference-state', {}, [
    ...count('user-count', value.userCount),
    ...text('active', value.active),
    ...text('locked', value.locked),
  ]);

/** Parts of a `<user>` in which the formats differ. */
export interface UserForm {
  readonly entity: string;
  readonly mark: StateMark;
  readonly associatedAors: readonly UriEntry[] | undefined;
  readonly extensions: Elements;
}

export function userElement(value: User, form: UserForm): XmlElement {
  const attributes: Record<string, string> = { entity: readable(form.entity), ...form.mark(value.state) };
  if (value.yourOwn) attributes['yourown'] = 'true';
  // 7701-7.4-01, DOC-09.
  if (value.nickname !== undefined) attributes['xcon:nickname'] = readable(value.nickname);
  return node('user', attributes, [
    ...text('display-text', value.displayText),
    ...uris('associated-aors', form.associatedAors),
    ...list('roles', value.roles, (role) => node('entry', {}, readable(role))),
    ...(value.endpoints ?? []).map((endpoint) => endpointElement(endpoint, form.mark)),
    ...form.extensions,
  ]);
}

const endpointElement = (value: Endpoint, mark: StateMark): XmlElement =>
  node('endpoint', { entity: readable(value.entity), ...mark(value.state) }, [
    ...text('display-text', value.displayText),
    ...execution('referred', value.referred),
    ...text('status', value.status),
    ...text('joining-method', value.joiningMethod),
    ...execution('joining-info', value.joiningInfo),
    ...text('disconnection-method', value.disconnectionMethod),
    ...execution('disconnection-info', value.disconnectionInfo),
    ...(value.media ?? []).map(media),
  ]);

const media = (value: EndpointMedia): XmlElement =>
  node('media', { id: readable(value.id) }, [
    ...text('type', value.type),
    ...text('label', value.label),
    ...text('src-id', value.srcId),
    ...text('status', value.status),
  ]);

function execution(name: string, value: Execution | undefined): Elements {
  if (!value) return [];
  return [
    node(name, {}, [
      // 4575-5.7-01: in UTC.
      ...text('when', value.when?.toISOString().replace(/\.\d+Z$/, 'Z')),
      ...text('reason', value.reason),
      ...text('by', value.by),
    ]),
  ];
}

const uris = (name: string, entries: readonly UriEntry[] | undefined): Elements =>
  list(name, entries, (entry) =>
    node('entry', {}, [
      ...text('uri', entry.uri),
      ...text('display-text', entry.displayText),
      ...text('purpose', entry.purpose),
    ]),
  );
