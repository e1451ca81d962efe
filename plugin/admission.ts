/** Who asks, and whether he may: the same for who joins and who watches (IDN-05). */
import type { Identity } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import type { Face } from './face.js';
import { isRefusal } from './header-values.js';
import { addressOfRecord } from './identity/address-of-record.js';
import { identityOf } from './identity/claimed.js';
import type { AuthenticatedUser, JoinContext } from './options.js';
import type { RoomUri } from './room-uri.js';
import type { SipRequest } from './drachtio/srf-types.js';

/**
 * Milliseconds that `authenticate` and `authorizeJoin` may take, each; drachtio-server forgets an INVITE that has no
 * answer after 64 s, and drachtio-srf never does (DRA-G15).
 */
const HANDLER_TIMEOUT = 25_000;

/**
 * Who sent a request: who the `authenticate` handler says, or without one whom From says.
 *
 * Rejects with a ChatroomsError whose `sipStatus` is the answer.
 */
export async function identify(face: Face, req: SipRequest, room: RoomUri): Promise<Identity> {
  const claimed = identityOf(req);
  const { authenticate } = face.settings;
  if (!authenticate) return claimed;
  const user = await decided(face.clock, room, async () => authenticate(contextOf(req, room, claimed)));
  return authenticated(user, claimed);
}

/** Whether he may join; rejects with a ChatroomsError whose `sipStatus` is the answer. */
export async function authorize(face: Face, req: SipRequest, room: RoomUri, identity: Identity): Promise<void> {
  const { authorizeJoin } = face.settings;
  if (!authorizeJoin) return;
  await decided(face.clock, room, async () => authorizeJoin(contextOf(req, room, identity)));
}

const contextOf = (req: SipRequest, room: RoomUri, identity: Identity): JoinContext => ({
  // Handlers get drachtio's own request, whose declared type is another one than ours (DRA-G16).
  req: req as unknown as JoinContext['req'],
  room: room.uri,
  from: {
    uri: identity.uri,
    aliases: identity.aliases,
    displayName: identity.displayName ?? undefined,
    anonymous: identity.anonymous,
  },
});

/** What a handler of the program says; what it throws refuses, with its own status or 403. */
async function decided<T>(clock: Clock, room: RoomUri, handler: () => Promise<T>): Promise<T> {
  try {
    return await within(clock, HANDLER_TIMEOUT, handler());
  } catch (error) {
    if (error instanceof ChatroomsError && isRefusal(error.sipStatus)) throw error;
    throw new ChatroomsError('CHAT_ERR_FORBIDDEN', `Joining ${room.uri} was refused.`, {
      sipStatus: 403,
      cause: error,
    });
  }
}

/** What `work` comes to, unless it takes longer than `timeout` milliseconds. */
function within<T>(clock: Clock, timeout: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeout, () =>
      reject(
        new ChatroomsError('CHAT_ERR_HANDLER_TIMEOUT', 'Whether you may was not decided in time.', {
          sipStatus: 504,
        }),
      ),
    );
    work.finally(() => timer.cancel()).then(resolve, reject);
  });
}

function authenticated(user: AuthenticatedUser | null, claimed: Identity): Identity {
  if (!user) throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'The caller was not recognised.', { sipStatus: 403 });
  const uri = addressOfRecord(user.uri);
  return {
    uri,
    // 7701-5.2-06: the GRUU of its Contact, if the one who was recognised is whom From says.
    aliases: [...(user.aliases ?? []), ...(claimed.uri === uri ? claimed.aliases : [])],
    displayName: user.displayName ?? claimed.displayName,
    anonymous: user.anonymous ?? claimed.anonymous,
    anonymousUri: claimed.anonymousUri,
  };
}
