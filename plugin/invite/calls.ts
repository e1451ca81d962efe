/**
 * Requests from their arrival to their answer, for the log and the figures. An INVITE gets the id of its endpoint here, before
 * anything is decided about it: by that id alone the lines about one leg are found, from INVITE to BYE.
 */
import { parseNameAddr, tagOf } from '../../lib/embedded-drachtio/message/index.js';
import type { Clock } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import { PacedLog } from '../../lib/util/paced-log.js';
import { sourceOf } from '../../lib/util/source.js';
import { Tally } from '../../lib/util/tally.js';
import type { Answerable, Reply } from '../drachtio/srf-adapter.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { header } from '../sip/header-values.js';
import { userAgent } from '../sip/peer-profile.js';

/** Counted since the start. */
export interface SipTotals {
  /** INVITEs to rooms outside of a dialog, by what they came to: `ok` or a SIP status. */
  readonly joins: Readonly<Record<string, number>>;
  /** INVITEs of rooms, the same. */
  readonly invitations: Readonly<Record<string, number>>;
  /** Requests that were refused: `METHOD STATUS CODE`, the last `none` where the status says all. */
  readonly refusals: Readonly<Record<string, number>>;
}

export interface CallsOptions {
  clock: Clock;
  log: Logger;
  /** Id for an endpoint. */
  newId: () => string;
  /** Told of each request that was refused, but for challenges, which are part of every login. @defaultValue nobody is */
  refused?: (req: Answerable, status: number, reply: Reply) => void;
}

/** What its lines say of an INVITE. */
interface Asked {
  readonly endpoint: string;
  readonly room: string;
  readonly callId: string | undefined;
  readonly from: string | undefined;
  readonly userAgent: string | undefined;
  readonly source: string;
}

/** A peer may write anything for a method. */
const METHODS: ReadonlySet<string> = new Set(
  'INVITE BYE UPDATE SUBSCRIBE REFER OPTIONS MESSAGE PUBLISH REGISTER NOTIFY INFO'.split(' '),
);

/** Asked who he is, which is no refusal yet. */
const CHALLENGES: ReadonlySet<number> = new Set([401, 407]);

export class Calls {
  readonly #options: CallsOptions;
  readonly #paced: PacedLog;
  readonly #joins = new Tally();
  readonly #invitations = new Tally();
  readonly #refusals = new Tally();
  /** INVITEs without answer. */
  readonly #asked = new WeakMap<Answerable, Asked>();
  /** INVITEs that were cancelled: whatever is decided about them later is answered to nobody. */
  readonly #cancelled = new WeakSet<Answerable>();

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#paced = new PacedLog(options.clock, options.log);
  }

  get totals(): SipTotals {
    return {
      joins: this.#joins.totals,
      invitations: this.#invitations.totals,
      refusals: this.#refusals.totals,
    };
  }

  /** An INVITE outside of a dialog came for one of our rooms, or for what makes rooms. */
  asked(req: SipRequest, room: string): void {
    const endpoint = this.#options.newId();
    const from = parseNameAddr(header(req, 'From', 'f') ?? '')?.uri;
    const callId = header(req, 'Call-ID', 'i');
    const asked: Asked = { endpoint, room, callId, from, userAgent: userAgent(req), source: req.source_address };
    this.#asked.set(req, asked);
    // The server answers the CANCEL, and the INVITE with it.
    req.on('cancel', () => {
      if (!this.#asked.has(req)) return;
      this.answered(req, 487);
      this.#cancelled.add(req);
    });
    this.#options.log.debug({ ...asked }, 'join asked');
  }

  /** The id that the endpoint is to have; undefined for an INVITE that was answered. */
  endpointOf(req: Answerable): string | undefined {
    return this.#asked.get(req)?.endpoint;
  }

  /** A request gets its final response: counted, logged and told here, and nowhere else. */
  answered(req: Answerable, status: number, reply: Reply = {}): void {
    if (this.#cancelled.has(req)) return;
    const { method } = req;
    const asked = this.#asked.get(req);
    this.#asked.delete(req);
    const isOk = status < 300;
    if (method === 'INVITE' && tagOf(header(req, 'To', 't')) === undefined)
      this.#joins.count(isOk ? 'ok' : `${status}`);
    if (isOk) {
      if (asked) this.#options.log.debug({ endpoint: asked.endpoint, room: asked.room, status }, 'INVITE answered');
      return;
    }
    const { error } = reply;
    this.#refusals.count(`${METHODS.has(method) ? method : 'other'} ${status} ${error?.code ?? 'none'}`);
    if (!CHALLENGES.has(status)) this.#options.refused?.(req, status, reply);
    const cause = error?.cause;
    const outcome = {
      status,
      ...(error && { code: error.code, why: error.message }),
      // What a handler of the program said is for those who run it, not for who is refused.
      ...(cause instanceof Error && { cause: cause.message }),
    };
    if (!asked) this.#other(req, outcome);
    else if (CHALLENGES.has(status)) this.#options.log.debug({ ...asked, ...outcome }, 'challenged');
    else this.#paced.info(sourceOf(asked.source), { ...asked, ...outcome }, 'join refused');
  }

  /** An INVITE of a room came to its end: 200, or what it was refused with. */
  dialled(status: number): void {
    this.#invitations.count(status < 300 ? 'ok' : known(status));
  }

  #other(req: Answerable, outcome: { status: number; code?: string | undefined }): void {
    const fields = { method: req.method, callId: header(req, 'Call-ID', 'i'), ...outcome };
    // Who is refused something for a reason of ours wants to know it; a bare status is a matter of the protocol.
    if (outcome.code === undefined || CHALLENGES.has(outcome.status))
      this.#options.log.debug(fields, 'request refused');
    else this.#paced.info(sourceAddress(req), fields, 'request refused');
  }
}

const sourceAddress = ({ source_address: source }: Answerable): string =>
  source === undefined ? '' : sourceOf(source);

/** Somebody else's status: one that no RFC knows is told by its class. */
const known = (status: number): string =>
  status >= 400 && status <= 699 ? `${status}` : `${Math.trunc(status / 100)}xx`;
