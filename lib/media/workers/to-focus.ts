/** What a worker says to the focus' thread; plain data. */
import type {
  BoundOver,
  Decision,
  HeldMessage,
  LossReason,
  RefusedRequest,
  SeenMessage,
  SessionUsage,
  SwitchLimit,
} from '../../focus-switch.js';
import type { MsrpOctets } from '../../util/channels.js';
import type { LimitReport } from '../../util/limit-reports.js';
import type { MediaStats } from '../media-plane.js';
import type { Listening } from '../options.js';

/** Levels of `Logger`. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** An error as it was, without its class. */
export interface PlainError {
  message: string;
  /** Of Node, or of a ChatroomsError. */
  code: string | undefined;
  /** Which listener it is about. */
  listener: string | undefined;
  /** Where it could not listen. */
  address: string | undefined;
  port: number | undefined;
}

export type ToFocus =
  | { is: 'listening'; listening: Listening }
  | { is: 'notListening'; error: PlainError }
  | { is: 'nickname'; question: number; endpoint: string; nickname: string }
  | { is: 'knock'; question: number; endpoint: string; text: string }
  /** In the order in which they spoke last. */
  | { is: 'spoke'; endpoints: readonly string[] }
  | { is: 'sessionBound'; endpoint: string; over: BoundOver | undefined }
  /** One that was removed: what its session did. */
  | { is: 'usage'; endpoint: string; usage: SessionUsage | null }
  | { is: 'sessionLost'; endpoint: string; epoch: number; reason: LossReason }
  | { is: 'congested'; endpoint: string; epoch: number; congested: boolean; pendingBytes: number }
  /** An endpoint went beyond a limit, so many times. */
  | { is: 'limited'; endpoint: string; limit: SwitchLimit; status: number | null; times: number }
  /** So did a connection. */
  | { is: 'crowded'; report: LimitReport; times: number }
  | { is: 'refusal'; endpoint: string; request: RefusedRequest }
  | { is: 'held'; question: number; message: HeldMessage }
  /** The message about which was asked was answered: what the verdict has for that is to be called. */
  | { is: 'taken'; question: number; endpoint: string }
  | { is: 'refused'; question: number; endpoint: string; status: number }
  | { is: 'message'; message: SeenMessage }
  | { is: 'decided'; decision: Decision }
  /** What a connection received, or sends. */
  | { is: 'octets'; direction: 'in' | 'out'; told: MsrpOctets }
  | { is: 'settled'; room: string; settled: boolean }
  /** Milliseconds by which its event loop was late, the mean since it said so last. */
  | { is: 'delay'; delay: number }
  /** Octets of its objects and buffers, about. */
  | { is: 'memory'; octets: number }
  | { is: 'stats'; stats: MediaStats }
  | { is: 'log'; level: Level; fields: object; message: string | undefined };
