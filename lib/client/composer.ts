import { serializeCpim } from '../cpim/index.js';
import { mediaType } from '../msrp/index.js';
import { ChatroomsError } from '../util/errors.js';
import type { CpimHeaders } from './status/imdn.js';
import { IMDN_TYPE } from './status/imdn-document.js';
import {
  BufferedBody,
  type Content,
  isStream,
  type OutgoingBody,
  StreamedBody,
  tooLarge,
} from './msrp/outgoing-body.js';
import type { ContentOptions } from './participant-types.js';
import type { RoomMedia } from './session-description.js';

/** Who a message is from and for, and when it was written. */
export interface Envelope {
  from: { name: string | null; uri: string };
  to: string;
  dateTime: Date;
  /** CPIM headers of other namespaces. */
  headers: CpimHeaders;
}

/** 4975-10-05: types of which it is remembered that the room refuses them. */
const MAX_REFUSED_TYPES = 64;

/** Makes messages of content, as far as the room takes them. */
export class Composer {
  readonly #refusedTypes = new Set<string>();

  /**
   * @throws ChatroomsError `CHAT_ERR_TYPE_NOT_ACCEPTED`, `CHAT_ERR_LISTEN_ONLY`, `CHAT_ERR_MESSAGE_TOO_LARGE`,
   * `CHAT_ERR_CPIM_ARGUMENT`
   */
  compose(
    envelope: Envelope,
    contentType: string,
    content: Content,
    options: ContentOptions,
    room: RoomMedia,
  ): OutgoingBody {
    const type = mediaType(contentType);
    // 4975-7.1.1-22; 4975-10-05, A-17: nor what the room has answered 415 to
    if (!room.wrappedTypes.takes(contentType) || this.#refusedTypes.has(type)) {
      throw new ChatroomsError('CHAT_ERR_TYPE_NOT_ACCEPTED', `this room does not take ${type}`);
    }
    // 4975-8.9-01: a room that only sends takes no content, but reports on delivery
    if (!room.listens && type !== IMDN_TYPE)
      throw new ChatroomsError('CHAT_ERR_LISTEN_ONLY', 'this room only lets you listen');
    const { maxSize } = room;
    const stream = isStream(content) ? content : undefined;
    // 4975-13-01, -02, -04: wrapped first, then cut into chunks
    const bytes = serializeCpim({
      from: envelope.from,
      to: [{ name: null, uri: envelope.to }],
      dateTime: envelope.dateTime,
      other: envelope.headers,
      contentType,
      contentHeaders: options.headers ?? [],
      content: isStream(content) ? '' : octetsOf(content),
    });
    const size = stream ? options.size : 0;
    const total = size === undefined ? undefined : bytes.length + size;
    // 4975-7.1.1-23: max-size counts the complete message, wrapper included
    if (maxSize !== null && total !== undefined && total > maxSize) throw tooLarge(total, maxSize);
    return stream ? new StreamedBody({ prefix: bytes, content: stream, total, maxSize }) : new BufferedBody(bytes);
  }

  /** The room answered 415 to content of that type. */
  refused(contentType: string): void {
    if (this.#refusedTypes.size < MAX_REFUSED_TYPES) this.#refusedTypes.add(mediaType(contentType));
  }
}

const octetsOf = (content: string | Uint8Array): Buffer =>
  typeof content === 'string'
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
