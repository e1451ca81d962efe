/** Checks the options of rooms; what each is for stands in the JSON Schema of the configuration file. */
import { z } from 'zod';
import { isUriPattern, type RoomConfigChange } from '../../lib/chat-server.js';
import { asUri, roomFrom } from '../sip/room-uri.js';
import { strictObject } from './strict-object.js';

/** What `setTimeout` can wait for. */
const ms = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
const WHOLE = 'has to be a whole number above 0';
const count = z.int(WHOLE).positive(WHOLE);
/** It becomes a word of an SDP line (RFC 4975 §8.6): `*`, `text/*`, `image/png`. */
const mediaType = z.string().regex(/^[!-~]+$/, 'is no media type');
const uris = z.array(z.string().min(1)).readonly();

const patterns = z.array(z.string().refine(isUriPattern, { error: 'is no URI, *@domain or sip:+34*' })).readonly();

/** Messages of one room. */
const MAX_HISTORY = 10_000;

/** As requests to them are read; user parts stay without domain, which is that of the room. */
const alias = z.string().transform((given, context) => {
  const room = roomFrom(given, 'localhost');
  if (room) return asUri(given) ? room.uri : room.uri.slice('sip:'.length, room.uri.indexOf('@'));
  context.addIssue({ code: 'custom', message: "is no name of a room; write it like '8000' or 'sip:8000@example.com'" });
  return z.NEVER;
});

const roster = {
  full: z.int().nonnegative().describe('Participants above which the roster is a count and a few of them. Default 500'),
  speakers: z.int().nonnegative().describe('How many of those who spoke last it shows then. Default 20'),
  notify: z
    .enum(['auto', 'full', 'partial'])
    .describe('NOTIFYs with what changed, or with everything; auto: by client and size. Default auto'),
  interval: ms.describe('Least ms between two NOTIFYs about changes. Default 1000'),
  watch: z
    .enum(['joiners', 'participants', 'anyone'])
    .describe('Who may subscribe: who would be let in, who is in, or anyone. Default joiners'),
};

const fanout = {
  confirm: z
    .enum(['always', 'partial', 'never'])
    .describe('What recipients answer to copies: each, only those that fail, or none. Default always'),
};

const config = {
  title: z.string().nullable().describe('Name shown in the roster. Default null: the user part of the URI'),
  subject: z.string().describe('What is talked about, shown in the roster. Default: none'),
  aliases: z
    .array(alias)
    .readonly()
    .describe("Further names: user parts in the room's domain, or SIP URIs. Default none"),
  owners: uris.describe('URIs of those who own the room: they moderate, and make owners. Default none'),
  moderators: uris.describe('URIs of those who moderate it. Default none: who makes a room by joining it'),
  newcomers: z
    .enum(['participant', 'visitor'])
    .describe('What the others are; a visitor reads, and writes to moderators alone. Default participant'),
  locked: z.boolean().describe('Nobody but owners may join (403). Default false'),
  allow: patterns.describe('Who may join: URIs, *@domain, sip:+34*; else 403. Default none: everybody'),
  deny: patterns.describe('Who may not, whatever else says so; written as in allow. Default none'),
  inviteOnly: z.boolean().describe('Only who was invited, is named by allow or moderates may join. Default false'),
  password: z.string().min(1).nullable().describe('What who calls has to know. Default null: nothing'),
  passwordPrompt: z.boolean().describe('Who calls without it is asked in a message; false: 403. Default true'),
  kickBan: ms.describe('Ms in which who was kicked may not come back; 0 for none. Default 600000'),
  onCreatorLeave: z
    .enum(['keep', 'promote', 'close'])
    .describe('When nobody is left who moderates: nothing, who is there longest does, or the room ends. Default keep'),
  invite: z
    .enum(['participants', 'moderators', 'nobody'])
    .describe('Who in the room may have others invited. Default participants'),
  ringTimeout: ms.min(1).describe('Ms that somebody who is invited may let it ring. Default 90000'),
  tellInvited: z.boolean().describe('Invitations tell who else is invited. Default false; true with profile rcs'),
  membership: z
    .boolean()
    .describe(
      'Who was let in or invited belongs to the room until he leaves for good, connected or not. Default false',
    ),
  minMembers: count.nullable().describe('With fewer members the room ends for everybody. Default null: no bound'),
  idleTimeout: ms
    .min(1)
    .nullable()
    .describe('Ms without a message after which everybody gets BYE. Default null: never'),
  groupTtl: z
    .int()
    .positive()
    .nullable()
    .describe('Ms after which a group ends that nobody uses; null: never. Default 2592000000, 30 days'),
  commands: z
    .boolean()
    .describe('Messages that begin with / are commands, carried out instead of passed on. Default false'),
  maxParticipants: count.nullable().describe('People, not devices; more are 486. Default null: limits.maxParticipants'),
  deletion: z
    .enum(['creator', 'empty', 'never'])
    .describe('Ends when who joined first leaves, when it is empty, or never. Default empty; never for rooms.static'),
  linger: ms.describe('Ms that a room which ends when it is empty lives on without anybody. Default 0'),
  allowAnonymous: z.boolean().describe('Participants may hide who they are; false: 433. Default true'),
  pseudonymous: z.boolean().describe('Everybody is seen by a made-up URI. Default false'),
  simultaneousAccess: z
    .union([z.boolean(), z.literal('replace')])
    .describe(
      'Several devices of one participant; replace: the new one takes the place of the old; false: 403. Default true',
    ),
  tls: z.enum(['required', 'optional']).describe('required: who offers TCP/MSRP is refused with 488. Default optional'),
  chatUnaware: z
    .enum(['greet', 'admit', 'refuse'])
    .describe('Clients without a=chatroom: let in and told where they are, let in, or refused. Default greet'),
  refuseMedia: z
    .enum(['488', 'port-0'])
    .describe('How media that nobody can chat by are refused: the INVITE, or the line. Default 488'),
  allowNicknames: z.boolean().describe('NICKNAME is permitted; else 403. Default true'),
  nicknameScope: z
    .enum(['room', 'domain', 'server'])
    .describe('Within what no two may have the same nickname. Default room'),
  nicknameHold: ms.describe('Ms that a nickname is kept for who used it last; 0 for not at all. Default 300000'),
  reservedNicknames: z.array(z.string()).readonly().describe('Nobody gets these. Default admin, moderator'),
  refuseConfusableNicknames: z.boolean().describe('What looks like the nickname of another is 425 too. Default false'),
  nicknameChangesPerMinute: count.describe('Of one participant; more are 403. Default 300'),
  allowPrivateMessages: z
    .union([z.boolean(), z.literal('moderators')])
    .describe('moderators: only by them, and to them by all; false: nobody. Default true'),
  acceptWrappedTypes: z
    .array(mediaType)
    .min(1)
    .readonly()
    .describe("Content types of messages, like text/plain or image/*; others are 415. Default '*', any"),
  echoOwnSessions: z.boolean().describe("A message also reaches its sender's other devices. Default true"),
  chunkTimeout: ms.min(1).describe('Ms that the next chunk of a message may take. Default 540000'),
  congestedMaxSize: z
    .int()
    .nonnegative()
    .nullable()
    .describe(
      'Octets of the largest message for a reader that is too slow; 0 for none. Default null: as limits.slowReader',
    ),
  history: z
    .int()
    .nonnegative()
    .max(MAX_HISTORY)
    .describe('Messages to everybody that the room keeps, the latest; 0 for none, at most 10000. Default 0'),
  historyBytes: z
    .int()
    .min(65_536)
    .max(2 ** 30)
    .describe('Octets that those may take; the oldest go first. Default 16777216'),
  roster: strictObject(roster).partial().describe('The list of who is here'),
  fanout: strictObject(fanout).partial().describe('Copies of messages'),
};

const shape = {
  ...config,
  persistent: z.boolean().describe('true is short for deletion never, false for empty. Default: as deletion'),
};

type Given = RoomConfigChange & { persistent?: boolean };

function change({ persistent, ...rest }: Given): RoomConfigChange {
  if (persistent === undefined) return rest;
  return { deletion: persistent ? 'never' : 'empty', ...rest };
}

export const roomOptions = strictObject(shape).partial().transform(change);

/** So they stand in a configuration file, where the password may be in a file of its own; who reads that takes it out. */
export const roomOptionsInFile = strictObject({
  ...shape,
  passwordFile: z.string().min(1).describe('File with the password. Default none'),
})
  .partial()
  .transform(change);
