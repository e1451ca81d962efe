/** RFC 3261 table 4 and RFC 6026 §8, milliseconds. */
export interface SipTimers {
  /** Round-trip estimate. @defaultValue 500 */
  T1: number;
  /** Longest retransmission interval. @defaultValue 4000 */
  T2: number;
  /** Longest time a message stays in the network. @defaultValue 5000 */
  T4: number;
  /** Timer D: wait for response retransmissions over UDP; at least 32 s. @defaultValue 32000 */
  D: number;
  /** How long an INVITE may ring without a sign of life; see `InviteClientTransaction`. @defaultValue 180000 */
  C: number;
}

export const DEFAULT_TIMERS: SipTimers = { T1: 500, T2: 4_000, T4: 5_000, D: 32_000, C: 180_000 };

/** 64*T1: timers B, F, H, J (over UDP), L and M. */
export const lifetime = ({ T1 }: SipTimers): number => 64 * T1;
