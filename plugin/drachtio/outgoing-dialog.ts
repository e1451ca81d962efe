import type { DialogRequest, DialogTags, SipHeaders, SipRequest, SipResponse, SrfDialog } from './srf-types.js';

/**
 * The dialog that an INVITE of ours made, in place of drachtio-srf's own, which cannot be made without a Contact in the
 * 2xx. `SrfAdapter.takeOver` puts its user before `handle`; what is left to it is what srf does by itself.
 */
export class OutgoingDialog implements SrfDialog {
  readonly #destroyed: ((req: SipRequest) => void)[] = [];

  constructor(
    readonly id: string,
    readonly req: DialogRequest,
    readonly local: { sdp: string; contact: string },
    readonly remote: { sdp: string },
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
    for (const listener of this.#destroyed) listener(req);
  }

  on(_event: 'destroy', listener: (req: SipRequest) => void): void {
    this.#destroyed.push(listener);
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
