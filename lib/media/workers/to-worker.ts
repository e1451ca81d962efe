/** What the focus' thread says to a worker; plain data. */
import type { MessagePort } from 'node:worker_threads';
import type { NodeId } from '../../cluster/bus.js';
import type { MemberMedia } from '../../cluster/member.js';
import type { EndpointMedia, Intake, Rewriting, RoomMedia } from '../../focus-switch.js';
import type { Certificate } from '../../transport/certificate.js';
import type { MsrpLimits, MsrpOptions } from '../options.js';

/** What one worker is to listen on, and its part of what all share. */
export interface Share {
  msrp: Omit<MsrpOptions, 'resolve' | 'sharedWs'>;
}

/** What a worker begins with. */
export interface WorkerStart {
  /** Among the switches that share rooms. */
  node: NodeId;
  /** To the focus' thread. */
  port: MessagePort;
  share: Share;
  certificate: Pem | undefined;
  /** Who is asked about messages; null for nobody. */
  gate: { everywhere: boolean } | null;
  /** Somebody traces what becomes of each message. */
  traced: boolean;
}

export type Pem = Pick<Certificate, 'cert' | 'key'>;

/** A verdict; what has to be called stays where it was made, and is called by the number of the question. */
export type PlainVerdict =
  | { is: 'passed'; instead?: Rewriting; tellsRefusal: boolean }
  | { is: 'taken' }
  | { is: 'refused'; status: number; told?: boolean };

export type ToWorker =
  | { is: 'limitIntake'; intake: Intake }
  | { is: 'openRoom' | 'updateRoom'; room: RoomMedia }
  | { is: 'closeRoom'; uri: string }
  /** One of its own. `epoch` counts the sessions of the endpoint. */
  | { is: 'addEndpoint'; endpoint: EndpointMedia; epoch: number }
  /** `sameSession`: only what its participant may do has changed. */
  | { is: 'updateEndpoint'; endpoint: EndpointMedia; epoch: number; sameSession: boolean }
  | { is: 'removeEndpoint'; id: string }
  /** One of another worker, or the latest facts of it. */
  | { is: 'member'; node: NodeId; member: MemberMedia }
  | { is: 'memberGone'; id: string }
  | { is: 'tell'; endpoint: string; body: Uint8Array }
  /** `endpoints`: null for all that it has in the room. */
  | { is: 'send'; room: string; body: Uint8Array; endpoints: ReadonlySet<string> | null }
  | { is: 'announce'; announcement: number; uri: string }
  | { is: 'withdraw'; announcement: number }
  /** Collect messages for who watches. */
  | { is: 'watch'; on: boolean }
  /** Tell what connections carry. */
  | { is: 'tellOctets'; on: boolean }
  /** The status of a NICKNAME or a knock. */
  | { is: 'answer'; question: number; status: number }
  | { is: 'verdict'; question: number; verdict: PlainVerdict }
  /** Is it settled? */
  | { is: 'askSettled'; room: string }
  | { is: 'certificate'; pem: Pem }
  /** Other limits: its part of them. */
  | { is: 'adjust'; limits: MsrpLimits }
  /** Who is asked about messages wants to see all now, or does no more. */
  | { is: 'gate'; everywhere: boolean }
  /** Another worker, and the port to it. */
  | { is: 'peer'; node: NodeId; port: MessagePort }
  | { is: 'close' };
