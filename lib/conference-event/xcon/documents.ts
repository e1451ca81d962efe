import type { ConferenceDocument, UriEntry, User } from '../document.js';
import { node, text, type XmlElement } from '../element.js';
import { descriptionElement, hostElement, type StateMark, stateElement, userElement } from '../elements.js';
import { attributes, indented, lines, NAMESPACE, XCON_NAMESPACE, XML_DECLARATION } from '../xml-writer.js';
import { checkedUserId, conferenceObjectUri } from './identifiers.js';
import { CONFERENCE_PREFIX, patch } from './patch.js';

export interface XconOptions {
  /**
   * The XCON-USERID of a user, by its entity: always the same one, in lower case, unique in the room, telling nothing
   * (6501-4.6-01). `xconUserIds` makes such a function.
   */
  userId: (entity: string) => string;
}

/**
 * Documents of the conference event package's extension for centralized conferencing (RFC 6502): the data model of RFC
 * 6501, and its changes. One object for a room: it remembers what it wrote of each user.
 *
 * Documents given to it are full ones. Their version is not written: a subscriber applies each change in turn, and "the
 * server MUST NOT send a new NOTIFY request with a partial notification until it has received a final response" (RFC
 * 6502 §5.1).
 */
export class XconDocuments {
  readonly #options: XconOptions;
  readonly #users = new WeakMap<User, WrittenUser>();

  constructor(options: XconOptions) {
    this.#options = options;
  }

  /**
   * The whole state, for `XCON_TYPE`.
   *
   * @throws ChatroomsError `CHAT_ERR_BAD_XCON_USER_ID`: what `userId` gave is no XCON-USERID
   */
  full(document: ConferenceDocument): string {
    const namespaces = `xmlns="${NAMESPACE}" xmlns:xcon="${XCON_NAMESPACE}"`;
    const root = `conference-info ${namespaces}\n${attributes({ entity: conferenceObjectUri(document.entity) })}`;
    const about = roomElements(document).map((element) => indented(element, ' '));
    const users = document.users ? this.#usersText(document.users.list) : [];
    return [XML_DECLARATION, `<${root}>`, ...about, ...users, '</conference-info>', ''].join('\n');
  }

  /**
   * What makes the full document of `after` of that of `before`, for `XCON_DIFF_TYPE`; null when both are the same.
   * It is computed from the values; users who are the same object cost nearly nothing. An order of users that changed is
   * not told.
   *
   * @throws ChatroomsError `CHAT_ERR_BAD_XCON_USER_ID`: what `userId` gave is no XCON-USERID
   */
  diff(before: ConferenceDocument, after: ConferenceDocument): string | null {
    const operations = patch(this.#root(before), this.#root(after));
    if (operations.length === 0) return null;
    // RFC 6502 §5.3; its own example shows selectors without prefix, which match nothing in most XPath libraries.
    const namespaces = `xmlns="${XCON_NAMESPACE}" xmlns:${CONFERENCE_PREFIX}="${NAMESPACE}" xmlns:xcon="${XCON_NAMESPACE}"`;
    const root = `conference-info-diff ${namespaces}\n${attributes({ entity: conferenceObjectUri(after.entity) })}`;
    return [XML_DECLARATION, `<${root}>`, ...operations, '</conference-info-diff>', ''].join('\n');
  }

  #root(document: ConferenceDocument): XmlElement {
    const { users } = document;
    return node('conference-info', {}, [
      ...roomElements(document),
      ...(users
        ? [
            node(
              'users',
              {},
              users.list.map((user) => this.#written(user).element),
            ),
          ]
        : []),
    ]);
  }

  #written(user: User): WrittenUser {
    let written = this.#users.get(user);
    if (!written) {
      written = { element: xconUser(user, checkedUserId(this.#options.userId(user.entity))), text: null };
      this.#users.set(user, written);
    }
    return written;
  }

  #usersText(list: readonly User[]): readonly string[] {
    return list.length === 0 ? [' <users/>'] : [' <users>', ...list.map((user) => this.#userText(user)), ' </users>'];
  }

  #userText(user: User): string {
    const written = this.#written(user);
    written.text ??= lines(written.element);
    return written.text;
  }
}

/** A user lives as long as nothing about it changes, and so does what was made of it. */
interface WrittenUser {
  readonly element: XmlElement;
  text: string | null;
}

function roomElements({ description, host, conferenceState }: ConferenceDocument): readonly XmlElement[] {
  return [
    ...(description ? [descriptionElement(description)] : []),
    ...(host ? [hostElement(host)] : []),
    ...(conferenceState ? [stateElement(conferenceState)] : []),
  ];
}

const NO_MARK: StateMark = () => ({});

function xconUser(user: User, id: string): XmlElement {
  const hidden = isHidden(user);
  return userElement(user, {
    entity: id,
    mark: NO_MARK,
    associatedAors: aors(user),
    // 6501-4.6-02, RFC 6501 §4.6.5.1; after the endpoints, where the schema of RFC 4575 has room for it too.
    extensions: text('xcon:provide-anonymity', user.anonymity ?? (hidden ? 'private' : undefined)),
  });
}

/** 4575-5.6-02: the host of an entity that hides somebody. */
const isHidden = ({ entity }: User): boolean => /@(?:[^@;?:]*\.)?invalid(?:[;?:]|$)/i.test(entity);

/** The entity of the other format, made up where the user hides, is the address here: by it the user can be reached. */
const aors = ({ entity, associatedAors = [] }: User): readonly UriEntry[] => [
  { uri: entity },
  ...associatedAors.filter(({ uri }) => uri !== entity),
];
