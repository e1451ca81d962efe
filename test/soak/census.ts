/** What there is in the server at one moment. */
export interface Census {
  /** Things that have to be gone when everybody is; each is counted by whoever keeps it. */
  kept: Record<Kept, number>;
  /** What drachtio-srf keeps by itself; not ours to empty, named so that it is not taken for ours (DRA-G15). */
  srf: Record<'requests' | 'clientTransactions' | 'networkInvites' | 'acks', number>;
  /** Octets after a full garbage collection. */
  heap: number;
  /** Of any kind that Node tells, by kind. */
  resources: Record<string, number>;
}

export const KEPT = [
  'sipDialogs',
  'sipTransactions',
  'srfDialogs',
  'inviteDialogs',
  'subscriptions',
  'referrals',
  'invitations',
  'rooms',
  'participants',
  'endpoints',
  'msrpSessions',
  'msrpConnections',
  'pendingOctets',
  'partialOctets',
  'timers',
] as const;

export type Kept = (typeof KEPT)[number];

/** How the server fares, twice a second. */
export interface Health {
  /** Share of the time that its event loop was busy: 0 … 1. */
  busy: number;
  /** Longest delay of its event loop since the last time, in ms. */
  delay: number;
  /** Octets, without a collection before. */
  heap: number;
}

/** What is above the baseline, in words; empty when nothing is. */
export const excess = (baseline: Census, now: Census): string[] =>
  KEPT.filter((name) => now.kept[name] > baseline.kept[name]).map(
    (name) => `${name}: ${now.kept[name]}, ${baseline.kept[name]} before`,
  );
