/** The room of the default context on the real switch, with connections in memory. */
import { ROOM_DEFAULTS, rulesOf } from '../../../lib/focus/policy.js';
import { enforceNickname } from '../../../lib/focus/nicknames/nickname.js';
import { NicknameScopes } from '../../../lib/focus/nicknames/scopes.js';
import { Nicknames } from '../../../lib/focus/nicknames/nicknames.js';
import type { Decision, EndpointMedia, SwitchEvents } from '../../../lib/focus-switch.js';
import { Parser, type Request } from '../../../lib/msrp/index.js';
import { ChatSwitch } from '../../../lib/switch/switch.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';
import type { RoomVerdict, SystemUnderTest } from '../adapters/system.js';
import type { Vector } from '../vectors.js';
import {
  ALICE,
  ANON,
  type ContextSession,
  MEMBERS,
  NEWBIE,
  NICKNAMES,
  RESERVED_NICKNAMES,
  ROOM,
  URIS,
  V6,
} from './context.js';
import { type Line, Lines, turn } from './line.js';

const userOf = (participant: string) => ({ key: participant, anonymous: false });

const endpointOf = (session: ContextSession): EndpointMedia => ({
  id: session.name,
  room: ROOM,
  participant: session.participant,
  moderator: false,
  mayWrite: true,
  fromUris: URIS[session.participant],
  toUris: URIS[session.participant],
  roomAliases: [],
  session: {
    line: 0,
    localUri: session.localUri,
    peer: {
      path: [session.peerUri],
      acceptTypes: session.acceptTypes,
      acceptWrappedTypes: session.acceptWrappedTypes,
      chatroom: session.chatroom
        ? { nickname: true, privateMessages: session.privateMessages, tokens: [], extensions: [] }
        : null,
      maxSize: null,
      direction: 'sendrecv',
      fingerprint: null,
    },
    connector: 'peer',
    connectTo: null,
    secure: false,
    direction: 'sendrecv',
    cema: false,
  },
  privateMessages: session.privateMessages,
  delivery: 'stream',
  roomToUri: null,
  lenientNickname: false,
});

export class RoomSystem implements SystemUnderTest, SwitchEvents {
  readonly #clock = new ManualClock();
  readonly #lines = new Lines(this.#clock);
  readonly #nicknames: Nicknames;
  readonly #line: Line;
  readonly #decisions: (Decision | { nickname: string | null; tid: string })[] = [];
  readonly #names = new Map<string, string>();
  readonly #input: Parser;
  /** Where the frames of a vector with NICKNAMEs end; empty for others. */
  readonly #frameEnds: readonly number[];
  #fed = 0;
  /** The NICKNAME requests received, in order, among the decisions. */
  #frame: Request | undefined;

  constructor(vector: Vector) {
    const chat = new ChatSwitch({ clock: this.#clock, log: silent, transport: this.#lines });
    chat.events = this;
    chat.openRoom({ uri: ROOM, rules: rulesOf(ROOM_DEFAULTS) });
    const policy = { ...ROOM_DEFAULTS, reservedNicknames: RESERVED_NICKNAMES };
    this.#nicknames = new Nicknames({
      clock: this.#clock,
      policy: () => policy,
      scopes: new NicknameScopes(this.#clock),
      room: ROOM,
    });
    this.#line = this.#lines.open();
    this.#frameEnds = vector.bytes.includes(' NICKNAME\r\n') ? frameEnds(vector) : [];
    const { connection, session } = vector.context;
    const tested = connection === 'new' ? null : session === 'anon#1' ? ANON : session === 'v6#1' ? V6 : ALICE;
    const present = [...MEMBERS, NEWBIE, ...(tested === V6 ? [V6] : [])];
    for (const member of present) chat.addEndpoint(endpointOf(member));
    const elsewhere = this.#lines.open();
    for (const member of present) {
      const found = this.#lines.sessions.find([member.localUri]);
      const line = member === tested ? this.#line : elsewhere;
      if (member !== NEWBIE && found) line.driver.connection.bind(found);
      const nickname = NICKNAMES[member.participant];
      if (nickname && member.name.endsWith('#1'))
        this.#nicknames.claim(userOf(member.participant), member.name, nickname);
    }
    // NEWBIE is no participant yet for the verdicts: its copies do not count.
    this.#input = new Parser({
      head: (message) => {
        this.#frame = message.kind === 'request' ? message : undefined;
      },
      body: () => undefined,
      end: () => {
        if (this.#frame?.method === 'NICKNAME') {
          this.#decisions.push({ nickname: this.#names.get('last') ?? null, tid: this.#frame.tid });
        }
        this.#names.clear();
      },
      fatal: () => undefined,
    });
  }

  feed(bytes: Buffer): void {
    let from = 0;
    // A read that ends with each frame keeps what the room decides in step with the NICKNAMEs counted here.
    for (const end of [...this.#frameEnds, this.#fed + bytes.length]) {
      const to = Math.min(end - this.#fed, bytes.length);
      if (to <= from) continue;
      const piece = bytes.subarray(from, to);
      this.#line.driver.events.data(piece);
      this.#input.receive(piece);
      from = to;
    }
    this.#fed += bytes.length;
  }

  settled(): Promise<void> {
    return turn();
  }

  replies(): Buffer {
    return this.#line.written;
  }

  verdicts(): RoomVerdict[] {
    const verdicts: RoomVerdict[] = [];
    for (const decision of this.#decisions) {
      if ('tid' in decision) verdicts.push(this.#nicknameVerdict(decision));
      else if (decision.outcome === 'aborted') {
        const before = verdicts.find((verdict) => verdict.messageId === decision.messageId);
        if (before) before.verdict = 'aborted';
        else verdicts.push(verdictOf(decision));
      } else verdicts.push(verdictOf(decision));
    }
    return verdicts;
  }

  close(): void {
    this.#line.driver.events.closed();
  }

  nickname(endpoint: string, nickname: string): number {
    const participant = endpoint.split('#')[0];
    if (nickname === '') this.#nicknames.release(endpoint);
    const status = nickname === '' ? 200 : this.#nicknames.claim(userOf(participant), endpoint, nickname);
    if (status === 200) this.#names.set('last', nickname === '' ? '' : (enforceNickname(nickname) ?? ''));
    return status;
  }

  sessionBound(): void {
    // Everybody is there from the start.
  }

  sessionLost(): void {
    // A vector ends with its bytes.
  }

  decided(decision: Decision): void {
    const recipients = decision.recipients.filter((id) => id !== NEWBIE.name);
    this.#decisions.push({ ...decision, recipients });
  }

  #nicknameVerdict({ nickname, tid }: { nickname: string | null; tid: string }): RoomVerdict {
    const reply = new RegExp(`MSRP ${tid.replace(/[.+]/g, '\\$&')} (\\d{3})`).exec(this.replies().toString('latin1'));
    const op = nickname === null ? 'none' : nickname === '' ? 'remove' : 'set';
    return { verdict: 'nickname', op, status: Number(reply?.[1]), nickname: nickname === '' ? null : nickname };
  }
}

function verdictOf({ messageId, outcome, status, recipients, wrappedType }: Decision): RoomVerdict {
  const verdict: RoomVerdict = { messageId, verdict: outcome, status, recipients: [...recipients] };
  if (wrappedType !== null) verdict.wrappedType = wrappedType;
  return verdict;
}

const frameEnds = ({ expect }: Vector): number[] =>
  (expect.events ?? []).map(({ offset, length = 0 }) => offset + length);
