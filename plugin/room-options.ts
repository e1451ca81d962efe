/** Checks the options of rooms. */
import { z } from 'zod';
import { isUriPattern, type RoomConfigChange } from '../lib/chat-server.js';
import { parseUri } from '../lib/embedded-drachtio/message/index.js';
import { roomFrom } from './room-uri.js';

/** What `setTimeout` can wait for. */
const ms = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
const count = z.int().positive();
/** It becomes a word of an SDP line (RFC 4975 §8.6): `*`, `text/*`, `image/png`. */
const mediaType = z.string().regex(/^[!-~]+$/, 'is no media type');
const uris = z.array(z.string().min(1)).readonly();

const patterns = z.array(z.string().refine(isUriPattern, { error: 'is no URI, *@domain or sip:+34*' })).readonly();

/** As requests to them are read; user parts stay without domain, which is that of the room. */
const alias = z.string().transform((given, context) => {
  const room = roomFrom(given, 'localhost');
  if (room) return parseUri(given) ? room.uri : room.uri.slice('sip:'.length, room.uri.indexOf('@'));
  context.addIssue({ code: 'custom', message: "is no name of a room; write it like '8000' or 'sip:8000@example.com'" });
  return z.NEVER;
});

const config = {
  title: z.string().nullable(),
  subject: z.string(),
  aliases: z.array(alias).readonly(),
  owners: uris,
  moderators: uris,
  newcomers: z.enum(['participant', 'visitor']),
  locked: z.boolean(),
  allow: patterns,
  deny: patterns,
  inviteOnly: z.boolean(),
  password: z.string().min(1).nullable(),
  passwordPrompt: z.boolean(),
  kickBan: ms,
  onCreatorLeave: z.enum(['keep', 'promote', 'close']),
  invite: z.enum(['participants', 'moderators', 'nobody']),
  ringTimeout: ms.min(1),
  tellInvited: z.boolean(),
  membership: z.boolean(),
  minMembers: count.nullable(),
  idleTimeout: ms.min(1).nullable(),
  groupTtl: z.int().positive().nullable(),
  commands: z.boolean(),
  maxParticipants: count.nullable(),
  deletion: z.enum(['creator', 'empty', 'never']),
  linger: ms,
  allowAnonymous: z.boolean(),
  pseudonymous: z.boolean(),
  simultaneousAccess: z.union([z.boolean(), z.literal('replace')]),
  tls: z.enum(['required', 'optional']),
  chatUnaware: z.enum(['greet', 'admit', 'refuse']),
  refuseMedia: z.enum(['488', 'port-0']),
  allowNicknames: z.boolean(),
  nicknameScope: z.enum(['room', 'domain', 'server']),
  nicknameHold: ms,
  reservedNicknames: z.array(z.string()).readonly(),
  refuseConfusableNicknames: z.boolean(),
  nicknameChangesPerMinute: count,
  allowPrivateMessages: z.union([z.boolean(), z.literal('moderators')]),
  acceptWrappedTypes: z.array(mediaType).min(1).readonly(),
  echoOwnSessions: z.boolean(),
  chunkTimeout: ms.min(1),
  congestedMaxSize: z.int().nonnegative().nullable(),
  roster: z
    .strictObject({
      full: z.int().nonnegative(),
      speakers: z.int().nonnegative(),
      notify: z.enum(['auto', 'full', 'partial']),
      interval: ms,
      watch: z.enum(['joiners', 'participants', 'anyone']),
    })
    .partial(),
  fanout: z.strictObject({ confirm: z.enum(['always', 'partial', 'never']) }).partial(),
};

export const roomOptions = z
  .strictObject({ ...config, persistent: z.boolean() })
  .partial()
  .transform(({ persistent, ...rest }): RoomConfigChange => {
    if (persistent === undefined) return rest;
    return { deletion: persistent ? 'never' : 'empty', ...rest };
  });
