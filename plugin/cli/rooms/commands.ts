/** What `rooms` can do: each a call of the HTTP API, and what people are shown of the answer. */
import type {
  Audit,
  Ban,
  Bans,
  Errors,
  History,
  Invited,
  Participant,
  Participants,
  Room,
  Rooms,
  RoomSummary,
  Sent,
  Status,
} from '../../api/schemas/index.js';
import type { ApiClient } from '../api-client.js';
import { readSettings } from './settings.js';
import { list, table } from './table.js';

export type Flag = 'reason' | 'until' | 'to' | 'subject' | 'set' | 'type' | 'limit' | 'before' | 'since';

export interface Flags extends Partial<Record<Exclude<Flag, 'set'>, string>> {
  /** `key=value`, each. */
  set?: string[];
}

/** What the API answered, and what of it is for people. */
export interface Outcome {
  /** @defaultValue what was done, in a word */
  body?: unknown;
  text: string;
}

export interface Command {
  /** `[ROOM]` may be left out; of `URI…` there may be several. */
  args: readonly string[];
  flags?: readonly Flag[];
  help: string;
  run(api: ApiClient, args: readonly string[], flags: Flags): Promise<Outcome> | AsyncIterable<Outcome>;
}

/** Longer than a room lets it ring. */
const INVITE_PATIENCE = 300_000;
const PAGE = 1000;

const roomPath = (room: string, ...rest: string[]): string =>
  ['/rooms', ...[room, ...rest].map(encodeURIComponent)].join('/');

const someone = (room: string, who: string): string => roomPath(room, 'participants', who);

const because = ({ reason }: Flags): string =>
  reason === undefined ? '' : `?${new URLSearchParams({ reason }).toString()}`;

/** To do something that is answered by a word. */
const doing =
  (method: string, path: (args: readonly string[], flags: Flags) => string, done: string, body?: unknown) =>
  async (api: ApiClient, args: readonly string[], flags: Flags): Promise<Outcome> => {
    const answer = await api.json<unknown>(method, path(args, flags), { body });
    return { body: answer, text: `${done}\n` };
  };

const configure = async (api: ApiClient, room: string, change: Record<string, unknown>): Promise<Outcome> => {
  const body = await api.json<Room>('PATCH', roomPath(room), { body: change });
  return { body, text: shownRoom(body, Object.keys(change)) };
};

const changePerson = async (api: ApiClient, room: string, who: string, body: object): Promise<Outcome> => {
  const participant = await api.json<Participant>('PATCH', someone(room, who), { body });
  return { body: participant, text: people([participant]) };
};

export const COMMANDS: Readonly<Record<string, Command>> = {
  list: {
    args: [],
    help: 'rooms there are',
    run: async (api) => {
      const rooms: RoomSummary[] = [];
      let after: string | undefined;
      do {
        const query = new URLSearchParams({ limit: String(PAGE), ...(after !== undefined && { after }) });
        const page = await api.json<Rooms>('GET', `/rooms?${query.toString()}`);
        rooms.push(...page.rooms);
        after = page.next;
      } while (after !== undefined);
      const rows = rooms.map((room) => [room.uri, room.participants, room.endpoints, flagsOf(room), room.subject]);
      return { body: { rooms }, text: table(['ROOM', 'PEOPLE', 'DEVICES', '', 'SUBJECT'], rows) };
    },
  },
  show: {
    args: ['ROOM'],
    help: 'one, with its options',
    run: async (api, [room]) => {
      const body = await api.json<Room>('GET', roomPath(room));
      return { body, text: shownRoom(body) };
    },
  },
  create: {
    args: ['ROOM'],
    flags: ['subject', 'set'],
    help: 'make one that stays [--subject TEXT] [--set key=value]…',
    run: async (api, [name], { subject, set = [] }) => {
      const config = { ...(subject !== undefined && { subject }), ...readSettings(set) };
      const body = await api.json<Room>('POST', '/rooms', { body: { name, config } });
      return { body, text: `made ${body.uri}\n` };
    },
  },
  set: {
    args: ['ROOM', 'key=value…'],
    help: 'change its options: subject=News locked=true roster.full=100',
    run: (api, [room, ...settings]) => configure(api, room, readSettings(settings)),
  },
  close: {
    args: ['ROOM'],
    flags: ['reason'],
    help: 'remove everybody and end it [--reason TEXT]',
    run: doing('DELETE', ([room], flags) => roomPath(room) + because(flags), 'closed'),
  },
  topic: {
    args: ['ROOM', 'TEXT'],
    help: 'what is talked about',
    run: (api, [room, subject]) => configure(api, room, { subject }),
  },
  lock: {
    args: ['ROOM'],
    help: 'let nobody else in',
    run: (api, [room]) => configure(api, room, { locked: true }),
  },
  unlock: {
    args: ['ROOM'],
    help: 'let others in again',
    run: (api, [room]) => configure(api, room, { locked: false }),
  },
  who: {
    args: ['ROOM'],
    help: 'who is in, and by which devices',
    run: async (api, [room]) => {
      const body = await api.json<Participants>('GET', roomPath(room, 'participants'));
      return { body, text: people(body.participants) };
    },
  },
  kick: {
    args: ['ROOM', 'WHO'],
    flags: ['reason'],
    help: 'remove somebody, or take an invitation back [--reason TEXT]',
    run: doing('DELETE', ([room, who], flags) => someone(room, who) + because(flags), 'kicked'),
  },
  ban: {
    args: ['ROOM', 'WHO'],
    flags: ['reason', 'until'],
    help: 'keep somebody out, or *@domain [--reason TEXT] [--until TIME]',
    run: async (api, [room, pattern], { reason, until }) => {
      const body = await api.json<Ban | undefined>('POST', roomPath(room, 'bans'), {
        body: { pattern, reason, ...(until !== undefined && { until: time(until) }) },
      });
      return { body, text: body ? bans([body]) : 'removed; nobody knows who it is, so there is no ban\n' };
    },
  },
  unban: {
    args: ['ROOM', 'WHO'],
    help: 'let him in again',
    run: doing('DELETE', ([room, pattern]) => roomPath(room, 'bans', pattern), 'not banned any more'),
  },
  bans: {
    args: ['ROOM'],
    help: 'who is kept out',
    run: async (api, [room]) => {
      const body = await api.json<Bans>('GET', roomPath(room, 'bans'));
      return { body, text: bans(body.bans) };
    },
  },
  mute: {
    args: ['ROOM', 'WHO'],
    flags: ['until'],
    help: 'refuse his messages [--until TIME]',
    run: (api, [room, who], { until }) =>
      changePerson(api, room, who, until === undefined ? { muted: true } : { mutedUntil: time(until) }),
  },
  unmute: {
    args: ['ROOM', 'WHO'],
    help: 'let him speak again',
    run: (api, [room, who]) => changePerson(api, room, who, { muted: false }),
  },
  role: {
    args: ['ROOM', 'WHO', 'ROLE'],
    help: 'make him owner, moderator, participant or visitor',
    run: (api, [room, who, role]) => changePerson(api, room, who, { role }),
  },
  say: {
    args: ['ROOM', 'TEXT'],
    flags: ['to'],
    help: 'a message of the room itself [--to WHO]',
    run: async (api, [room, text], { to }) => {
      const body = await api.json<Sent>('POST', roomPath(room, 'messages'), { body: { text, to } });
      return { body, text: `sent to ${body.recipients} ${body.recipients === 1 ? 'device' : 'devices'}\n` };
    },
  },
  history: {
    args: ['ROOM'],
    flags: ['limit', 'before', 'since'],
    help: 'what was said, where it is kept [--limit N] [--before ID] [--since TIME]',
    run: async (api, [room], { since, ...flags }) => {
      const query = new URLSearchParams({ ...flags, ...(since !== undefined && { since: time(since) }) });
      const body = await api.json<History>('GET', `${roomPath(room, 'messages')}?${query.toString()}`);
      return { body, text: past(body) };
    },
  },
  invite: {
    args: ['ROOM', 'URI…'],
    flags: ['subject'],
    help: 'have the room call people [--subject TEXT]',
    run: async (api, [room, ...uris], { subject }) => {
      const asked = { body: { uris, subject }, patience: INVITE_PATIENCE };
      const body = await api.json<Invited>('POST', roomPath(room, 'participants'), asked);
      const rows = body.results.map(({ uri, status, reason }) => [uri, status, reason]);
      return { body, text: table(['WHO', 'STATUS', ''], rows) };
    },
  },
  tail: {
    args: ['[ROOM]'],
    flags: ['type'],
    help: 'what happens, as it happens [--type message,…]',
    run: async function* (api, [room], { type }) {
      const query = new URLSearchParams({ ...(room !== undefined && { room }), ...(type !== undefined && { type }) });
      for await (const { type: event, data } of api.events(query)) {
        const body = JSON.parse(data) as Record<string, unknown>;
        const { id: _, type: __, time: at, ...facts } = body;
        yield { body, text: table([String(at), event, JSON.stringify(facts)], []) };
      }
    },
  },
  status: {
    args: [],
    help: 'how the server is',
    run: async (api) => {
      const body = await api.json<Status>('GET', '/status');
      return { body, text: shownStatus(body) };
    },
  },
  audit: {
    args: [],
    help: 'who moderated lately',
    run: async (api) => {
      const body = await api.json<Audit>('GET', '/audit');
      const rows = body.entries.map(({ time, room, actor, act, target = '', allowed, detail }) => {
        const facts = detail ? JSON.stringify(detail) : '';
        return [time, room, actor ?? 'operator', allowed ? act : `${act} (refused)`, target, facts];
      });
      return { body, text: table(['TIME', 'ROOM', 'BY', 'WHAT', 'WHOM', ''], rows) };
    },
  },
  errors: {
    args: [],
    help: 'what was refused, or failed, lately',
    run: async (api) => {
      const body = await api.json<Errors>('GET', '/errors');
      const rows = body.entries.map(({ time, method, status, code, participant, source, detail }) => {
        return [time, method, status, code ?? '', participant ?? source ?? '', detail];
      });
      return { body, text: table(['TIME', 'METHOD', 'STATUS', 'CODE', 'FROM', ''], rows) };
    },
  },
};

/** A date as it is understood by the API, or as it was written: then the API says what is wrong with it. */
const time = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString());

const flagsOf = ({ locked, newcomers }: RoomSummary): string =>
  [...(locked ? ['locked'] : []), ...(newcomers === 'visitor' ? ['moderated'] : [])].join(' ');

/** @param names of the options that are shown beside its URI. @defaultValue everything */
function shownRoom({ config, ...summary }: Room, names?: readonly string[]): string {
  const all = Object.entries({ ...summary, ...config });
  const facts = names ? all.filter(([name]) => name === 'uri' || names.includes(name)) : all;
  return list(facts.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
}

function people(participants: readonly Participant[]): string {
  const rows = participants.flatMap(({ uri, nickname, displayName, role, muted, endpoints }) =>
    endpoints.map(({ id, transport, remote, bound, congested, userAgent }) => [
      nickname ?? displayName ?? '',
      uri,
      muted ? `${role}, muted` : role,
      id,
      `${transport} ${remote ?? ''}`,
      congested ? 'slow' : bound ? '' : 'no session',
      userAgent ?? '',
    ]),
  );
  return table(['NAME', 'URI', 'ROLE', 'DEVICE', 'MSRP', '', 'USER AGENT'], rows);
}

function past({ messages }: History): string {
  const rows = messages.map(({ id, time: at, from, nickname, text, contentType, size }) => {
    return [id, at, nickname ?? from, text ?? `[${contentType}, ${size} octets]`];
  });
  return table(['ID', 'TIME', 'FROM', 'TEXT'], rows);
}

function bans(entries: readonly Ban[]): string {
  const rows = entries.map(({ pattern, until, reason, by, kick }) => [
    pattern,
    kick ? 'kick' : 'ban',
    until ?? 'for ever',
    by ?? 'operator',
    reason ?? '',
  ]);
  return table(['WHO', '', 'UNTIL', 'BY', 'REASON'], rows);
}

function shownStatus({ version, uptime, ready, draining, drachtio, stats }: Status): string {
  const { rooms, participants, endpoints, congested, load } = stats;
  return list([
    ['version', version],
    ['uptime', `${Math.round(uptime)} s`],
    ['state', draining ? 'about to stop' : ready ? 'ready' : 'starting'],
    [
      'SIP',
      `${drachtio.embedded ? 'embedded endpoint' : 'drachtio-server'}${drachtio.connected ? '' : ', not connected'}`,
    ],
    ['rooms', rooms],
    ['people', participants],
    ['devices', `${endpoints}, of which ${congested} read too slowly`],
    ['load', `${load.level}; event loop late by ${load.delay.mean.toFixed(1)} ms`],
  ]);
}
