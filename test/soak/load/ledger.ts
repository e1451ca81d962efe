/** What began a dialog. */
export const KINDS = ['join', 'factory', 'called', 'watch', 'refer'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * How a dialog ended: not made at all (`refused`: a final response; `failed`: none, or the connection was lost), by a BYE or
 * an unsubscription of ours, by the server's, or by our going away without a word.
 */
export const ENDS = ['refused', 'failed', 'byUs', 'byServer', 'abandoned'] as const;
export type End = (typeof ENDS)[number];

/** All that was done so far. */
export interface Tally {
  dialogs: Record<Kind, Record<'begun' | End, number>>;
  /** What was done in dialogs, and with what result, by name. */
  acts: Record<string, number>;
  faults: Record<string, number>;
}

/** One dialog, from the request that is to make it on. */
export interface Account {
  /** The first end counts. */
  end(how: End): void;
}

/** Every dialog is begun once and ended once; a sum that is not right is a finding. */
export class Ledger {
  readonly tally: Tally = {
    dialogs: Object.fromEntries(
      KINDS.map((kind) => [kind, { begun: 0, ...Object.fromEntries(ENDS.map((end) => [end, 0])) }]),
    ) as Tally['dialogs'],
    acts: {},
    faults: {},
  };

  begin(kind: Kind): Account {
    const row = this.tally.dialogs[kind];
    row.begun++;
    let open = true;
    return {
      end: (how) => {
        if (open) row[how]++;
        open = false;
      },
    };
  }

  did(act: string): void {
    this.tally.acts[act] = (this.tally.acts[act] ?? 0) + 1;
  }
}
