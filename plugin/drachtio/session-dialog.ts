import { ownText } from '../../lib/util/own-text.js';
import { header } from '../sip/header-values.js';
import type { DialogRequest, DialogTags, SipHeaders, SipRequest, SipResponse, SrfDialog } from './srf-types.js';

/**
 * The dialog that an INVITE made, in place of drachtio-srf's own, which cannot be made without a Contact in our peer's 2xx,
 * and keeps the INVITE and its answer with all that was read and heard of them. `SrfAdapter.takeOver` puts its user before
 * `handle`; what is left to it is what srf does by itself.
 */
export class SessionDialog implements SrfDialog {
  #destroyed: (req: SipRequest) => void = () => {};

  constructor(
    readonly id: string,
    readonly req: DialogRequest,
    readonly local: { sdp: string; contact: string },
    readonly sip: DialogTags,
  ) {}

  /** From now on the peer's requests in it come here. */
  open(): void {
    this.req.srf.addDialog(this);
  }

  handle(req: SipRequest, res: SipResponse): void {
    if (req.method !== 'BYE') return;
    this.req.srf.removeDialog(this);
    // Of a BYE that the stack itself sent this is without effect.
    res.send(200, undefined, {}, () => {});
    this.#destroyed(req);
  }

  on(_event: 'destroy', listener: (req: SipRequest) => void): void {
    this.#destroyed = listener;
  }

  destroy({ headers }: { headers: SipHeaders }, callback: (error: unknown) => void): void {
    const { agent, srf, socket } = this.req;
    agent.request({ method: 'BYE', stackDialogId: this.id, headers, _socket: socket }, (error, request) => {
      const over = (): void => {
        srf.removeDialog(this);
        callback(error);
      };
      if (!request) return over();
      request.on('response', ({ status }) => {
        if (status >= 200) over();
      });
    });
  }
}

/**
 * What is kept of the INVITE that made a dialog: the two headers that name it while there is none, and where it came from.
 */
export class KeptInvite implements DialogRequest {
  readonly method = 'INVITE';
  readonly #callId: string;
  readonly #from: string;

  constructor(
    readonly srf: DialogRequest['srf'],
    readonly agent: DialogRequest['agent'],
    public socket: DialogRequest['socket'],
    request: Pick<SipRequest, 'get'>,
  ) {
    this.#callId = ownText(header(request, 'Call-ID', 'i') ?? '');
    this.#from = ownText(header(request, 'From', 'f') ?? '');
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    return lower === 'call-id' ? this.#callId : lower === 'from' ? this.#from : undefined;
  }
}
