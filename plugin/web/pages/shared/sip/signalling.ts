import {
  type Core,
  Inviter,
  type NameAddrHeader,
  type Session,
  SessionState,
  type URI,
  UserAgent,
  type Web,
} from 'sip.js';
import type {
  Call,
  InviteAnswer,
  LocalSide,
  Signalling,
  SignallingDelegate,
} from '../../../../../lib/client/sip/signalling.js';
import { userPart } from '../../../../../lib/client/roster.js';
import type { Credentials } from '../../../../../lib/msrp/index.js';
import { type Clock, systemClock, type Timer } from '../../../../../lib/util/clock.js';
import { ChatroomsError } from '../../../../../lib/util/errors.js';
import { DigestAnswer } from './authentication.js';
import { SipKeepAlive } from './keep-alive.js';
import { OfferAnswer } from './offer-answer.js';
import { readReason } from './reason.js';
import { RosterSubscription } from './subscription.js';

export interface SipJsSignallingOptions {
  /** `ws:` or `wss:` URL of the SIP server (RFC 7118). */
  server: string;
  /** For rooms and proxies that ask for it (digest, MD5 or SHA-256). @defaultValue none: they refuse us */
  credentials?: Credentials | undefined;
  /** Of the room (header `X-Room-Password`). @defaultValue none */
  roomPassword?: string | undefined;
  /** @defaultValue the clock of the machine */
  clock?: Clock;
}

/** Milliseconds until a server that has not said a word to an INVITE counts as not there; RFC 3261 would wait 32 s. */
const SILENCE = 10_000;
/** Milliseconds a leaving user agent waits for the answer to its BYE. */
const GOODBYE = 4000;
/** Seconds until a connection attempt counts as failed. */
const CONNECT = 10;

/** What would end a header line. */
const CONTROLS = /\p{Cc}/u;

/** SIP over the WebSocket of a browser, by SIP.js: one call to one room and one subscription beside it. */
export class SipJsSignalling implements Signalling {
  readonly #options: SipJsSignallingOptions;
  readonly #clock: Clock;
  #agent: UserAgent | undefined;
  #keepAlive: SipKeepAlive | undefined;
  #delegate: SignallingDelegate | undefined;
  #room: URI | undefined;
  #extraHeaders: string[] = [];
  #session: Session | undefined;
  #subscription: RosterSubscription | undefined;
  #rosterUri: URI | undefined;
  /** Offer to be sent next, of `invite` or `reinvite`. */
  #offer: string | undefined;
  #answered: ((sdp: string) => void) | undefined;
  /** Gives up what waits for an answer. */
  #failed: ((error: ChatroomsError) => void) | undefined;
  #closed = false;

  constructor(options: SipJsSignallingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async open({ room, from, displayName, anonymous = false }: Call, delegate: SignallingDelegate): Promise<LocalSide> {
    const { server, credentials, roomPassword = '' } = this.#options;
    if (CONTROLS.test(roomPassword))
      throw new ChatroomsError('CHAT_ERR_USAGE', 'the password has a control character in it');
    const uri = address(from);
    this.#room = address(room);
    this.#delegate = delegate;
    // 7701-5.2-09: "or request privacy (Privacy header) from a trusted focus"
    this.#extraHeaders = [
      ...(anonymous ? ['Privacy: id'] : []),
      ...(roomPassword ? [`X-Room-Password: ${roomPassword}`] : []),
    ];
    const transportOptions: Web.TransportOptions = {
      server,
      connectionTimeout: CONNECT,
      // Its own ones wait for no answer.
      keepAliveInterval: 0,
      traceSip: false,
    };
    const agent = new UserAgent({
      uri,
      // It writes the quotes around it, and nothing else (RFC 3261 §25.1: quoted-pair).
      ...(displayName === undefined ? {} : { displayName: displayName.replace(/[\\"]/g, '\\$&') }),
      contactName: userPart(from),
      transportOptions,
      logBuiltinEnabled: false,
      userAgentString: 'drachtio-chatroom-web',
      sessionDescriptionHandlerFactory: () => this.#offerAnswer(),
      delegate: { onDisconnect: () => this.#disconnected() },
    });
    if (credentials) {
      const { configuration } = agent.userAgentCore;
      configuration.authenticationFactory = () => new DigestAnswer(configuration.loggerFactory, credentials);
    }
    this.#agent = agent;
    try {
      await agent.start();
    } catch (cause) {
      throw this.#unreachable(cause);
    }
    this.#watch(agent);
    return { host: agent.configuration.viaHost };
  }

  async invite(offer: string): Promise<InviteAnswer> {
    const agent = this.#agent;
    const room = this.#room;
    if (!agent || !room || this.#closed) throw closed();
    const inviter = new Inviter(agent, room, { extraHeaders: this.#extraHeaders });
    this.#session = inviter;
    inviter.delegate = {
      onBye: (bye) => {
        const { request: message } = bye;
        void bye.accept();
        const { cause, text } = readReason(message.getHeaders('reason'));
        const end = { kind: 'removed' as const, ...(cause === undefined ? {} : { cause }), text: text ?? 'it hung up' };
        // SIP.js is not through with the BYE yet, and would end the session once more.
        queueMicrotask(() => this.#over(end));
      },
    };
    this.#offer = offer;
    const answer = await this.#awaitAnswer(inviter, room);
    this.#rosterUri = answer.roster;
    return answer;
  }

  async reinvite(offer: string): Promise<string> {
    const session = this.#session;
    if (session?.state !== SessionState.Established) throw closed();
    this.#offer = offer;
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      const onReject = ({ message: { statusCode = 0, reasonPhrase = '' } }: Core.IncomingResponse): void =>
        reject(offerRefused(`${statusCode} ${reasonPhrase}`, statusCode));
      session.invite({ requestDelegate: { onReject, onRedirect: onReject } }).catch((cause: unknown) => {
        reject(offerRefused(String(cause)));
      });
    });
  }

  async subscribe(): Promise<void> {
    const target = this.#rosterUri;
    if (!this.#agent || !this.#delegate || !target || this.#closed) throw closed();
    this.#subscription ??= new RosterSubscription(this.#agent, target, this.#delegate);
    await this.#subscription.subscribe();
  }

  /** There is reason to doubt the connection: asks the server now, and ends the call if it does not answer. */
  check(): void {
    this.#keepAlive?.check();
  }

  async bye(): Promise<void> {
    this.#failed?.(closed());
    const session = this.#session;
    if (!this.#agent?.isConnected() || !session) return;
    this.#subscription?.stop();
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      const done = (): void => resolve();
      timer = this.#clock.after(GOODBYE, done);
      goodbye(session, done);
    });
    timer?.cancel();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keepAlive?.stop();
    this.#subscription?.end();
    const agent = this.#agent;
    if (!agent) return;
    // Nobody waits for it: what could be said has been said.
    agent.stop().catch(() => {});
    agent.transport.disconnect().catch(() => {});
  }

  #awaitAnswer(inviter: Inviter, room: URI): Promise<InviteAnswer & { roster: URI }> {
    return new Promise((resolve, reject) => {
      const silence = this.#clock.after(SILENCE, () => {
        const { server } = this.#options;
        fail(new ChatroomsError('CHAT_ERR_SIP_TIMEOUT', `the SIP server ${server} does not answer`));
      });
      const fail = (error: ChatroomsError): void => {
        silence.cancel();
        this.#failed = undefined;
        reject(error);
      };
      this.#failed = fail;
      const heard = (): void => silence.cancel();
      const refuse = ({ message }: Core.IncomingResponse): void => fail(refusal(room, message));
      inviter
        .invite({
          requestDelegate: {
            onTrying: heard,
            onProgress: heard,
            onReject: refuse,
            onRedirect: refuse,
            onAccept: ({ message }) => {
              silence.cancel();
              this.#failed = undefined;
              resolve(answerOf(message, room));
            },
          },
        })
        .catch((cause: unknown) => fail(this.#unreachable(cause)));
    });
  }

  #watch({ transport }: UserAgent): void {
    // Asked of what it is: to name its class would take all of SIP.js into the page.
    const socket = 'ws' in transport ? transport.ws : undefined;
    if (this.#closed || !(socket instanceof WebSocket)) return;
    const keepAlive = new SipKeepAlive({
      clock: this.#clock,
      // What cannot be sent any more is told by `onDisconnect`.
      send: (ping) => void transport.send(ping).catch(() => {}),
      onDead: () => this.#disconnected(),
    });
    socket.addEventListener('message', ({ data }) => keepAlive.heard(data));
    this.#keepAlive = keepAlive;
  }

  #offerAnswer(): OfferAnswer {
    return new OfferAnswer({
      offer: () => {
        const offer = this.#offer ?? this.#delegate?.onOffer(undefined);
        this.#offer = undefined;
        return offer;
      },
      answer: (offer) => this.#delegate?.onOffer(offer),
      answered: (sdp) => {
        const answered = this.#answered;
        this.#answered = undefined;
        if (answered) answered(sdp);
        else this.#delegate?.onAnswer(sdp);
      },
    });
  }

  #disconnected(): void {
    this.#keepAlive?.stop();
    this.#failed?.(this.#unreachable(undefined));
    this.#over({ kind: 'lost', text: 'the connection to the server broke' });
  }

  #over(end: Parameters<SignallingDelegate['onEnd']>[0]): void {
    if (this.#closed || !this.#session) return;
    this.#session = undefined;
    this.#delegate?.onEnd(end);
  }

  #unreachable(cause: unknown): ChatroomsError {
    const text = `the SIP server ${this.#options.server} cannot be reached`;
    return new ChatroomsError('CHAT_ERR_SIP_UNREACHABLE', text, { cause });
  }
}

/** Says it as far as the call is: BYE, or CANCEL. */
function goodbye(session: Session, said: () => void): void {
  if (session.state === SessionState.Established) {
    session.bye({ requestDelegate: { onAccept: said, onReject: said, onRedirect: said } }).catch(said);
  } else if (session instanceof Inviter && session.state === SessionState.Establishing) {
    session.stateChange.addListener((state) => {
      if (state === SessionState.Terminated) said();
    });
    session.cancel().catch(said);
  } else {
    said();
  }
}

function answerOf(message: Core.IncomingResponseMessage, room: URI): InviteAnswer & { roster: URI } {
  const contact = message.parseHeader('contact') as NameAddrHeader | undefined;
  const text = contact?.uri.toRaw() ?? '';
  const isFocus = contact?.hasParam('isfocus') ?? false;
  // The URI dialled is known to route; the Contact is better only when it names another room, as a factory's does.
  const other = contact !== undefined && isFocus && contact.uri.user !== undefined && contact.uri.user !== room.user;
  return { sdp: message.body, contact: text, isFocus, roster: other ? contact.uri : room };
}

function refusal(room: URI, message: Core.IncomingResponseMessage): ChatroomsError {
  const { statusCode = 0, reasonPhrase = '' } = message;
  const warning = message.getHeader('warning');
  const text = `cannot join ${room.toString()}: ${statusCode} ${reasonPhrase}${warning === undefined ? '' : ` (${warning})`}`;
  return new ChatroomsError('CHAT_ERR_JOIN_REFUSED', text, { sipStatus: statusCode });
}

function address(text: string): URI {
  const uri = UserAgent.makeURI(text);
  if (!uri) throw new ChatroomsError('CHAT_ERR_USAGE', `"${text}" is not a SIP address`);
  return uri;
}

function closed(): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_CLOSED', 'there is no call');
}

function offerRefused(why: string, status?: number): ChatroomsError {
  const details = status === undefined ? {} : { sipStatus: status };
  return new ChatroomsError('CHAT_ERR_OFFER_REFUSED', `the room refused our new offer: ${why}`, details);
}
