import type { ChatParticipant } from '../../../../../lib/client/participant.js';
import type { RosterSnapshot } from '../../../../../lib/client/participant-types.js';
import type { ReceivedMessage } from '../../../../../lib/client/received-message.js';
import { addressKey, nameOf, type RosterEntry } from '../../../../../lib/client/roster.js';
import type { Timer } from '../../../../../lib/util/clock.js';
import { ChatroomsError } from '../../../../../lib/util/errors.js';
import { Emitter } from '../../../../../lib/util/events.js';
import { backoff } from '../../shared/backoff.js';
import { Conversation } from '../model/conversation.js';
import { roomName } from '../model/address.js';
import { otherNickname } from '../model/nickname.js';
import type { Person } from '../model/people.js';
import { describeSize, oneLine } from '../../shared/text.js';
import { strings } from '../strings.js';
import { Crowd } from './crowd.js';
import { FileShelf } from './file-shelf.js';
import { Inbound } from './inbound.js';
import { Outbound, type OutgoingFile, type Peer } from './outbound.js';
import { Reading } from './reading.js';
import type { Connection, Refusal, RoomSessionEvents, RoomSessionOptions } from './room-session-types.js';
import { isForbidden, isPassing, judgeEnd, TAKEN, wordsOf } from './words.js';

/** In rooms with more people nobody reads who came, by what name, and who went. */
const TOLD_UP_TO = 100;
/** Milliseconds between the end of the roster and the end of the call that comes with it. */
const ROSTER_GRACE = 3000;
/** What a CPIM envelope takes of the size of a message. */
const ENVELOPE = 2048;

/** One stay in one room, across as many connections as it takes. */
export class RoomSession extends Emitter<RoomSessionEvents> {
  readonly conversation: Conversation;
  readonly outbound: Outbound;
  readonly #options: RoomSessionOptions;
  readonly #shelf: FileShelf;
  readonly #inbound: Inbound;
  #connection: Connection = { state: 'joining' };
  /** Joined. */
  #participant: ChatParticipant | undefined;
  /** Joining, or joined. */
  #current: ChatParticipant | undefined;
  #nickname: string;
  #uri = '';
  readonly #crowd = new Crowd();
  #subject = '';
  readonly #reading = new Reading();
  /** What the room itself said last. */
  #said = '';
  #attempts = 0;
  #left = false;
  #timer: Timer | undefined;

  constructor(options: RoomSessionOptions) {
    super();
    const { room, nickname, clock, urls, maxFileSize, maxLines } = options;
    const now = (): Date => clock.date();
    this.#options = options;
    this.#nickname = nickname;
    this.conversation = new Conversation(maxLines);
    const { conversation } = this;
    this.#shelf = new FileShelf({ urls, onExpired: (line) => this.#expired(line) });
    const shelf = this.#shelf;
    const personAt = (uri: string): RosterEntry | undefined => this.#crowd.at(uri);
    const isSelf = (uri: string): boolean => this.#current?.isSelf({ uri }) ?? false;
    this.#inbound = new Inbound({ conversation, shelf, personAt, isSelf, room, now, maxFileSize });
    this.outbound = new Outbound({
      conversation,
      shelf,
      participant: () => this.#participant,
      self: () => ({ uri: this.#uri, name: this.#nickname }),
      now,
      comesBack: () => this.#connection.state !== 'over',
      onSilence: () => this.#silent(),
    });
    conversation.on('removed', (lines) => {
      for (const { id } of lines) {
        shelf.drop(id);
        this.outbound.forget(id);
      }
    });
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** URI of the room. */
  get room(): string {
    return this.#options.room;
  }

  get nickname(): string {
    return this.#nickname;
  }

  get subject(): string {
    return this.#subject;
  }

  /** How many are here; more than `people` where the room does not tell of all. */
  get count(): number {
    return this.#crowd.count;
  }

  /** Who is here, ourselves first. */
  get people(): Person[] {
    return this.#crowd.people((uri) => this.#isSelf(uri));
  }

  /** Names of those who write. */
  get writers(): string[] {
    return this.#crowd.writers;
  }

  get canWhisper(): boolean {
    return this.#participant?.media?.privateMessages ?? true;
  }

  /** False only where it is known: not every room tells of all who are here. */
  mayBeHere(uri: string): boolean {
    return !this.#crowd.complete || this.#crowd.at(uri) !== undefined;
  }

  /** @throws what `ChatParticipant.join` does: there is no second attempt at the first one */
  async join(): Promise<void> {
    let refusal: string | undefined;
    await this.#connect(this.#nickname).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
      // A room that waits for its password says so, and takes no nickname before.
      if (/password/i.test(this.#said)) {
        throw new ChatroomsError('CHAT_ERR_JOIN_REFUSED', this.#said, { sipStatus: 403, cause: error });
      }
      refusal = wordsOf(error);
      return this.#connect(undefined);
    });
    this.#enter();
    const { room } = this.#options;
    this.#tell(strings.status.joined(oneLine(roomName(room), 60)));
    if (refusal !== undefined) this.#tell(refusal, 'alert');
    if (this.#participant?.media?.nicknames === false) this.#tell(strings.happened.noNicknames);
  }

  /** @returns why a file cannot be sent, for people; undefined when it is on its way */
  sendFile(file: OutgoingFile, peer?: Peer): string | undefined {
    const participant = this.#participant;
    const name = oneLine(file.name, 80);
    if (!participant) return strings.composer.away;
    if (file.size === 0) return strings.composer.emptyFile(name);
    const max = participant.media?.maxSize ?? null;
    if (max !== null && file.size + ENVELOPE > max) {
      return strings.composer.tooLarge(name, describeSize(file.size), describeSize(max));
    }
    this.outbound.sendFile(file, peer);
    return undefined;
  }

  /** A keystroke of a message to everybody. */
  typing(): void {
    this.#participant?.typing();
  }

  /** @returns why the room refused it; undefined when it did not */
  async rename(nickname: string): Promise<Refusal | undefined> {
    const participant = this.#participant;
    if (!participant) return { text: strings.status.lost };
    try {
      const { status, comment } = await participant.setNickname(nickname);
      const text = strings.refusedNickname(status, comment);
      if (status === TAKEN) return { text, other: this.#another(nickname) };
      if (status !== 200) return { text };
    } catch (error) {
      return { text: wordsOf(error) };
    }
    this.#called(nickname);
    return undefined;
  }

  /** The messages are being looked at: those who want to know hear of it. */
  seen(): void {
    if (this.#participant) this.#reading.seen(this.#participant);
  }

  /** There is reason to doubt the connection. */
  check(): void {
    this.#participant?.check();
  }

  /** Ends the wait for the next attempt. */
  reconnectNow(): void {
    if (this.#connection.state !== 'away') return;
    this.#attempts = 0;
    void this.#retry(this.#connection.reason);
  }

  /** Joins again after an end that was not asked for; the conversation goes on. One attempt: somebody asked for it. */
  async rejoin(): Promise<void> {
    const { state } = this.#connection;
    if (state !== 'over' || this.#left) return;
    this.#become({ state: 'retrying', reason: '' });
    await this.#return().catch((error: unknown) => {
      if (this.#connection.state === 'retrying') this.#over(wordsOf(error));
    });
  }

  /** Leaves for good. */
  async leave(): Promise<void> {
    this.#timer?.cancel();
    this.#left = true;
    // One that is joining is let through, and leaves then: half a call has nobody to say goodbye to.
    const participant = this.#participant;
    this.#forget();
    this.#become({ state: 'over', reason: undefined });
    await participant?.leave();
  }

  /** Lets go of everything that was kept for the view. */
  dispose(): void {
    this.#shelf.clear();
  }

  async #connect(nickname: string | undefined): Promise<void> {
    const participant = this.#options.create();
    this.#current = participant;
    this.#uri = participant.uri;
    this.#listen(participant);
    // Of a room without nicknames people see the display name.
    const named = { displayName: this.#nickname };
    await participant.join(this.#options.room, nickname === undefined ? named : { ...named, nick: nickname });
    if (this.#current === participant) this.#participant = participant;
    else await participant.leave();
  }

  #enter(): void {
    this.#attempts = 0;
    this.#become({ state: 'joined' });
    this.outbound.flush();
  }

  #listen(participant: ChatParticipant): void {
    const now = (listener: () => void): void => {
      if (this.#current === participant) listener();
    };
    participant
      .on('message', (message) => now(() => this.#heard(message)))
      .on('incoming', (message) =>
        now(() => {
          this.#inbound.incoming(message);
          this.emit('message');
        }),
      )
      .on('roster', (snapshot) => now(() => this.#listed(participant, snapshot)))
      .on('join', (entry) => now(() => this.#came(entry, strings.happened.joined)))
      .on('leave', (entry) => now(() => this.#came(entry, strings.happened.left)))
      .on('nickname', (entry, { before }) => now(() => this.#renamed(entry, before)))
      .on('composing', ({ from, state }) => now(() => this.#composing(from, state === 'active')))
      .on('disposition', (disposition) => now(() => this.outbound.disposition(disposition)))
      .on('rosterUnavailable', () => now(() => this.#unlisted(participant)))
      .on('ended', (end) =>
        now(() => {
          const { comeBack, text } = judgeEnd(end);
          if (comeBack) this.#lost(text);
          else this.#over(text);
        }),
      );
  }

  #heard(message: ReceivedMessage): void {
    const line = this.#inbound.message(message);
    if (!line) this.#said = message.text ?? '';
    if (line?.peer && !line.own) this.#reading.arrived(message);
    if (!line?.own) this.emit('message');
  }

  #listed(participant: ChatParticipant, { participants, count }: RosterSnapshot): void {
    const renamed = this.#crowd.listed(participants, count);
    this.#inbound.listed();
    this.emit('people');
    for (const { uri, before, now } of renamed) {
      if (!this.#isSelf(uri) && count <= TOLD_UP_TO) {
        this.#tell(strings.happened.renamed(oneLine(before, 80), oneLine(now, 80)));
      }
    }
    const subject = oneLine(participant.subject ?? '', 500);
    if (subject === this.#subject) return;
    const known = this.#subject !== '';
    this.#subject = subject;
    this.emit('subject', subject);
    if (known && subject !== '') this.#tell(strings.happened.subject(subject));
  }

  /** Who is removed loses the roster first; that is no news beside the other. */
  #unlisted(participant: ChatParticipant): void {
    this.#crowd.unlisted();
    this.#options.clock.after(ROSTER_GRACE, () => {
      if (this.#participant === participant) this.#tell(strings.people.unavailable);
    });
  }

  #came(entry: RosterEntry, words: (name: string) => string): void {
    if (this.#isSelf(entry.uri) || this.#crowd.count > TOLD_UP_TO) return;
    this.#tell(words(oneLine(nameOf(entry), 80)));
  }

  /** The room calls us so: another device of ours asked for it, or somebody who may. */
  #renamed(entry: RosterEntry, before: string | undefined): void {
    if (before !== undefined && this.#isSelf(entry.uri)) this.#called(nameOf(entry));
  }

  #called(nickname: string): void {
    if (nickname === this.#nickname) return;
    this.#nickname = nickname;
    this.#tell(strings.happened.youAre(oneLine(nickname, 80)));
    this.emit('nickname', nickname);
  }

  /** A nickname like this one, which nobody has who is known to be here. */
  #another(nickname: string): string {
    const here = new Set(this.people.map(({ name }) => name.toLowerCase()));
    return otherNickname(nickname, this.#options.random(), (name) => here.has(name.toLowerCase()));
  }

  #composing(from: string, active: boolean): void {
    this.#crowd.composing(from, active);
    this.emit('people');
  }

  /** The room does not answer, although nobody has closed the connection. */
  #silent(): void {
    const participant = this.#participant;
    if (!participant) return;
    this.#lost(strings.status.lost);
    void participant.leave();
  }

  #lost(reason: string): void {
    this.#forget();
    this.#tell(reason, 'alert');
    this.#wait(reason);
  }

  #wait(reason: string): void {
    const { clock, random } = this.#options;
    const delay = backoff(this.#attempts++, random());
    this.#become({ state: 'away', reason, until: new Date(clock.date().getTime() + delay) });
    this.#timer = clock.after(delay, () => void this.#retry(reason));
  }

  async #retry(reason: string): Promise<void> {
    this.#timer?.cancel();
    this.#become({ state: 'retrying', reason });
    try {
      await this.#return();
    } catch (error) {
      if (this.#connection.state !== 'retrying') return;
      this.#forget();
      if (isPassing(error)) this.#wait(reason);
      else this.#over(wordsOf(error));
    }
  }

  async #return(): Promise<void> {
    const nickname = this.#nickname;
    let taken = false;
    try {
      await this.#connect(nickname);
    } catch (error) {
      if (!(error instanceof ChatroomsError) || error.code !== 'CHAT_ERR_NICKNAME_REFUSED') throw error;
      taken = true;
      await this.#connect(undefined);
    }
    if (this.#connection.state !== 'retrying') return;
    this.#tell(strings.status.back);
    if (taken) this.#tell(strings.happened.nicknameLost(oneLine(nickname, 80)), 'alert');
    this.#enter();
  }

  #over(reason: string): void {
    this.#forget();
    this.#tell(reason, 'alert');
    this.#become({ state: 'over', reason });
    this.outbound.giveUp();
  }

  #forget(): void {
    this.#current = undefined;
    this.#participant = undefined;
    this.#crowd.lost();
    this.emit('people');
  }

  #expired(id: number): void {
    const line = this.conversation.get(id);
    if (line?.kind !== 'message' || !line.file) return;
    const { url: _, ...file } = line.file;
    this.conversation.change(id, { file: { ...file, missing: strings.log.expired } });
  }

  #isSelf(uri: string): boolean {
    return addressKey(uri) === addressKey(this.#current?.uri ?? this.#uri);
  }

  #tell(text: string, tone: 'quiet' | 'alert' = 'quiet'): void {
    this.conversation.notice({ at: this.#options.clock.date(), text, tone });
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.emit('connection', connection);
  }
}
