/**
 * The parts of drachtio-srf that are used here, typed as they behave. Its own declarations are loose and partly wrong
 * (DRA-G16), so values are cast to these once, where they enter.
 */
import type Srf from 'drachtio-srf';

/** drachtio middleware. `next` is `Function` because drachtio-srf declares it so. */
// oxlint-disable-next-line typescript/no-unsafe-function-type
export type SrfMiddleware = (req: Srf.SrfRequest, res: Srf.SrfResponse, next: Function) => void;

/** Header fields to send; a value is one line, cleaned before it leaves. */
export type SipHeaders = Record<string, string>;

interface Message {
  readonly body: string | undefined;
  /** The value of a header, several lines joined by a comma; compact names other than RFC 3261's must be asked for. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** The message as it was read; absent in one that only is to be sent. */
  readonly msg?: { readonly headers: Readonly<Record<string, string>> };
}

export interface SipRequest extends Message {
  readonly method: string;
  readonly uri: string;
  /** `application` for what the stack itself sent, such as the BYE of a session timer. */
  readonly source: 'network' | 'application';
  readonly source_address: string;
  readonly source_port: number;
  /** `tcp` also for WebSocket: the Via header tells them apart (DRA-G10). */
  readonly protocol: string;
  /** Id of the dialog the request came in; empty outside of one. */
  readonly stackDialogId: string | undefined;
  readonly agent: SrfAgent;
  /** The control connection it came over. */
  socket: ControlSocket;
  readonly srf: SrfLike;
  on(event: 'cancel', listener: () => void): void;
}

export interface SentMessage extends Message {
  readonly stackDialogId?: string;
}

export interface SipResponse extends Message {
  readonly status: number;
  /** Reason phrase. */
  readonly reason?: string;
  readonly finalResponseSent: boolean;
  /** Id of the dialog that a 2xx created; known once its echo arrived. */
  readonly stackDialogId: string | undefined;
  send(
    status: number,
    reason: string | undefined,
    options: { headers?: SipHeaders; body?: string },
    callback: (error: unknown, sent: SentMessage | undefined) => void,
  ): void;
}

export interface SentRequest extends SentMessage {
  /** Of its transaction: what a CANCEL names. */
  readonly stackTxnId: string;
  /** `ack` sends the ACK to a 2xx of an INVITE; drachtio-server does it for the others. */
  on(event: 'response', listener: (response: SipResponse, ack: () => void) => void): void;
  /** An UPDATE of the peer while this request has no final response. */
  on(event: 'update', listener: (req: SipRequest, res: SipResponse) => void): void;
}

/** drachtio's agent: one per Srf. */
export interface SrfAgent {
  request(
    options: {
      method: string;
      /** Request-URI, of a request outside of a dialog. */
      uri?: string;
      /** Next hop, of the same. */
      proxy?: string;
      stackDialogId?: string;
      /** Of what a CANCEL ends. */
      stackTxnId?: string;
      headers: SipHeaders;
      body?: string;
      _socket: ControlSocket;
    },
    callback: (error: unknown, request: SentRequest | undefined) => void,
  ): void;
}

/** What is kept of the INVITE that made a dialog, the peer's or ours: of its headers Call-ID and From. */
export type DialogRequest = Pick<SipRequest, 'method' | 'agent' | 'srf' | 'get' | 'socket'>;

/** What identifies a dialog (RFC 3261 §12), whoever called. */
export interface DialogTags {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export interface SrfDialog {
  readonly id: string;
  readonly sip: DialogTags;
  readonly local: { sdp: string; contact: string };
  readonly req: DialogRequest;
  /** Called by srf for every request in the dialog; assigned to, it takes them all (DRA-06). */
  handle(req: SipRequest, res: SipResponse): void;
  /** One listener. */
  on(event: 'destroy', listener: (req: SipRequest, reason?: string) => void): void;
  destroy(options: { headers: SipHeaders }, callback: (error: unknown) => void): void;
}

export interface SrfLike {
  use(method: string, handler: SrfMiddleware): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'connect', listener: (error: unknown, hostport?: string, version?: string) => void): void;
  on(event: 'close', listener: () => void): void;
  /** From now on the requests in this dialog are given to it. */
  addDialog(dialog: SrfDialog): void;
  removeDialog(dialog: SrfDialog): void;
  /** Not declared by drachtio-srf: the connect-style application that holds the agent once connected. */
  readonly app: { readonly client?: ControlClient };
}

/** The agent of an Srf, with its control connections. */
export interface ControlClient extends SrfAgent {
  /** The server connects to us, for every request outside of a dialog. */
  readonly isListening: boolean;
  readonly mapServer: ReadonlyMap<
    ControlSocket,
    { readonly authenticated: boolean; readonly serverVersion?: string | null }
  >;
  readonly wp: {
    /** We end the connection. */
    readonly closing?: boolean;
    on(event: 'msg', listener: (socket: ControlSocket, message: string) => void): void;
    on(event: 'close', listener: (socket: ControlSocket) => void): void;
    emit(event: 'msg', socket: ControlSocket, message: string): void;
  };
}

/** A control connection, as far as frames are written to it. */
export interface ControlSocket {
  readonly destroyed: boolean;
  write(frame: string, callback?: () => void): boolean;
  cork(): void;
  uncork(): void;
  destroy(): void;
}
