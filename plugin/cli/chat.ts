import { pino } from 'pino';
import { type ChatParticipant, createParticipant, type ParticipantSettings, userPart } from '../../lib/client/index.js';
import { within } from '../../lib/client/node/deadline.js';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import { type Logger, silent } from '../../lib/util/log.js';
import { UsageError } from '../config/problems.js';
import { Downloads } from './chat/downloads.js';
import { explainError } from './chat/explain.js';
import { formatError, harmless, palette } from './chat/format.js';
import { Narrator } from './chat/narrator.js';
import { type ChatOptions, HELP, readOptions } from './chat/options.js';
import { type ChatIo, promptFor, Screen, Transcript, wantsColor } from './chat/screen.js';
import { Session } from './chat/session.js';

export type { ChatIo } from './chat/screen.js';

/** What a test replaces. */
export interface ChatDependencies {
  create?: (settings: ParticipantSettings) => ChatParticipant;
  clock?: Clock;
}

/** Milliseconds a script waits for the first roster, so that `--say "/msg bob …"` knows who bob is. */
const ROSTER_WAIT = 2000;

/**
 * `drachtio-chatroom chat`: a terminal client for one room.
 * @param argv what stands behind `chat`
 * @returns exit code: 0 left in good order, 1 could not join, talk or find what was expected, 2 wrong usage
 */
export async function runChat(argv: string[], io: ChatIo, dependencies: ChatDependencies = {}): Promise<number> {
  let options: ChatOptions | 'help';
  try {
    options = readOptions(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`drachtio-chatroom chat: ${harmless(error.message)} (--help lists the options)\n`);
    return 2;
  }
  if (options === 'help') {
    io.stdout.write(HELP);
    return 0;
  }
  return new Chat(options, io, dependencies).run();
}

class Chat {
  readonly #options: ChatOptions;
  readonly #io: ChatIo;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #transcript: Transcript;
  readonly #participant: ChatParticipant;
  readonly #narrator: Narrator;
  readonly #session: Session;
  readonly #downloads: Downloads | undefined;
  readonly #rosterSeen: Promise<void>;
  #interrupted = false;
  #ended = false;

  constructor(options: ChatOptions, io: ChatIo, { create = createParticipant, clock = systemClock }: ChatDependencies) {
    this.#options = options;
    this.#io = io;
    this.#clock = clock;
    this.#screen = new Screen(io);
    this.#transcript = new Transcript(clock);
    const { from, anonymous, password, proxy, transport, secure, ca } = options;
    const log: Logger = options.logLevel === 'silent' ? silent : pino({ level: options.logLevel }, io.stderr);
    this.#participant = create({
      uri: from,
      anonymous,
      ...(password !== undefined && { password }),
      proxy,
      transport,
      secure,
      ...(ca !== undefined && { ca }),
      log,
    });
    const colors = palette(wantsColor(io.stdout, options.color, process.env));
    const now = (): Date => clock.date();
    this.#narrator = new Narrator({
      participant: this.#participant,
      colors,
      plainColors: palette(false),
      now,
      show: (line, plain) => {
        this.#screen.show(line);
        this.#transcript.add(plain);
      },
    });
    if (options.downloads !== undefined) {
      const notice = (text: string): void => this.#narrator.notice(text);
      this.#downloads = new Downloads({ participant: this.#participant, directory: options.downloads, notice });
    }
    const repeat = !this.#screen.echoes || options.steps.length > 0;
    const show = (line: string): void => this.#screen.show(line);
    this.#session = new Session({
      participant: this.#participant,
      narrator: this.#narrator,
      colors,
      now,
      show,
      repeat,
      clock,
      patience: options.steps.length > 0 ? options.timeout : 0,
    });
    this.#rosterSeen = new Promise((resolve) => {
      this.#participant.once('roster', () => resolve()).once('rosterUnavailable', () => resolve());
    });
    this.#participant.once('closed', () => this.#stop());
    this.#participant.once('ended', () => {
      this.#ended = true;
    });
  }

  async run(): Promise<number> {
    const interrupt = (): void => {
      this.#interrupted = true;
      this.#stop();
      void this.#participant.leave();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    // a second Ctrl-C finds no handler and ends the program at once
    for (const signal of signals) process.once(signal, interrupt);
    try {
      if (!(await this.#join())) return this.#interrupted ? 130 : 1;
      const code = this.#options.steps.length > 0 ? await this.#script() : await this.#interactive();
      return this.#ended ? 1 : code;
    } finally {
      for (const signal of signals) process.off(signal, interrupt);
      this.#stop();
      await this.#participant.leave();
      await this.#downloads?.settled();
    }
  }

  #stop(): void {
    this.#screen.close();
    this.#transcript.end();
  }

  async #join(): Promise<boolean> {
    const { room, nick } = this.#options;
    try {
      await this.#participant.join(room, nick === undefined ? {} : { nick, displayName: nick });
    } catch (error) {
      if (!this.#interrupted) this.#fail(explainError(error, room));
      return false;
    }
    const hint = this.#options.steps.length > 0 ? '' : '; /help for commands';
    this.#narrator.notice(`you are in ${room} as ${this.#name()}${hint}`);
    if (nick !== undefined && this.#participant.nickname !== nick) {
      this.#narrator.notice(
        `this room has no nicknames; people see you as ${this.#options.anonymous ? '' : `${nick} `}<${this.#participant.uri}>`,
      );
    }
    return true;
  }

  async #script(): Promise<number> {
    await within(this.#clock, ROSTER_WAIT, this.#rosterSeen);
    for (const step of this.#options.steps) {
      if (this.#interrupted) return 130;
      if (step.kind === 'say') {
        const done = await this.#session.run(step.text);
        if (done === 'quit') return 0;
        if (!done) return 1;
      } else if (!(await this.#transcript.expect(step.text, this.#options.timeout))) {
        if (this.#interrupted) return 130;
        const why = this.#ended ? 'the room ended first' : `not within ${this.#options.timeout / 1000} s (--timeout)`;
        this.#fail(`expected a line with "${step.text}": ${why}`);
        return 1;
      }
    }
    return 0;
  }

  async #interactive(): Promise<number> {
    for await (const line of this.#screen.lines(promptFor(this.#name()))) {
      if ((await this.#session.run(line)) === 'quit') break;
      this.#screen.prompt(promptFor(this.#name()));
    }
    return 0;
  }

  #name(): string {
    return this.#participant.nickname ?? userPart(this.#participant.uri);
  }

  #fail(text: string): void {
    const colors = palette(wantsColor(this.#io.stderr, this.#options.color, process.env));
    this.#io.stderr.write(`${formatError(text, colors)}\n`);
  }
}
