import type { SwitchLimit } from '../focus-switch.js';
import type { LimitReport } from '../util/limit-reports.js';

interface Place {
  readonly room: { readonly uri: string };
  readonly participant: { readonly uri: string };
}

/** What the switch said of an endpoint, with names; those of one that has left are not known any more. */
export const reportOf = (place: Place | undefined, limit: SwitchLimit, status: number | null): LimitReport => ({
  limit,
  ...(place && { room: place.room.uri, participant: place.participant.uri }),
  ...(status !== null && { status }),
});

/** 7701-11-02: somebody changed his nickname too often. */
export const nicknameReport = (room: string, participant: { readonly uri: string } | undefined): LimitReport => ({
  limit: 'nicknameChangesPerMinute',
  room,
  ...(participant && { participant: participant.uri }),
  status: 403,
});
