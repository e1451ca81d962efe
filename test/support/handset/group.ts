import type { Dialog, SipRequest, SipResponse } from '../../../lib/embedded-drachtio/sip.js';
import type { ChatSession } from './chat-session.js';
import { GroupRoster } from './group-roster.js';

type HeaderLines = [string, string][];

/** What a group is to a handset: `idle` to come back to, `aborted` over for ever (BYE-05). */
export type GroupState = 'active' | 'idle' | 'left' | 'aborted';

/** One group in the memory of a handset; it outlives its legs. */
export class Group {
  state: GroupState = 'active';
  readonly roster = new GroupRoster();
  /** Reason headers of the BYEs that came, '' for none. */
  readonly byes: string[] = [];
  /** Bodies of re-INVITEs that were answered without one (SDP-16). */
  reinvited = 0;
  /** Subscription-States of the NOTIFYs that came. */
  readonly notified: string[] = [];
  /** NOTIFYs that came before the SUBSCRIBE was done with (SUB-07). */
  lost = 0;
  dialog: Dialog | undefined;
  session: ChatSession | undefined;
  /** The 2xx to the INVITE that made the leg, of who called. */
  response: SipResponse | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(
    /** Contact of the focus. */
    readonly room: string,
    readonly contributionId: string,
    readonly subject: string,
  ) {}

  /** Resolves when the condition holds, looked at whenever something came. */
  async until(condition: (group: Group) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Something came. */
  changed(): void {
    for (const waiter of this.#waiting) waiter();
    this.#waiting.clear();
  }

  /** BYE of the focus, in the leg that counts or in an older one. */
  ended(bye: SipRequest, isCurrent: boolean): void {
    const reason = bye.headers.get('Reason') ?? '';
    this.byes.push(reason);
    if (/;\s*cause=410\b/.test(reason)) this.state = 'aborted';
    else if (isCurrent && this.state === 'active') this.state = 'idle';
    this.changed();
  }

  /** Headers of a request of the handset about this group. */
  get headers(): HeaderLines {
    return [
      ['Subject', this.subject],
      ['Contribution-ID', this.contributionId],
    ];
  }
}
