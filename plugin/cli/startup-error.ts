import { ChatroomsError, type ErrorCode } from '../../lib/util/errors.js';
import type { Config } from '../config/config.js';
import type { Sources } from '../config/sources.js';
import { type HostPort, hostPort, hostPortText } from '../sip/host-port.js';

/** A start that failed for a reason the operator can do something about: one line, exit code 1. */
export class StartupError extends Error {}

/** What went wrong with a listener, and which flag helps. Anything else is passed on as it is. */
export function listenError(error: unknown, flag: string, address: HostPort): unknown {
  const where = hostPortText(address);
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new StartupError(`${where} is in use by another program; stop it or choose another address with ${flag}`, {
        cause: error,
      });
    case 'EACCES':
      return new StartupError(`${where} may not be listened on without privileges; choose another port with ${flag}`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new StartupError(`${where} is no address of this machine; choose one of its own with ${flag}`, {
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartupError(`the name in ${where} cannot be resolved; choose another address with ${flag}`, {
        cause: error,
      });
    default:
      return error;
  }
}

/** What kept the rooms from starting, each in the words of who gave the option. */
export function roomsError(error: unknown, { chatrooms }: Config, sources: Sources): unknown {
  const hint = error instanceof ChatroomsError && hintFor(error.code, chatrooms, sources);
  if (error instanceof ChatroomsError && hint) {
    return new StartupError(`${error.message.replace('; see option data.', '').replace(/\.$/, '')}; see ${hint}`, {
      cause: error,
    });
  }
  const { listen = '', tls, ws, wss } = chatrooms.msrp ?? {};
  const { listener = 'tcp', port } = error as { listener?: string; port?: number };
  const listeners: Readonly<Record<string, readonly [readonly string[], string | false | undefined]>> = {
    tls: [['msrp', 'tls', 'listen'], tls && tls.listen],
    ws: [['msrp', 'ws', 'listen'], ws && ws.listen],
    // It may have been given as ws, which speaks TLS where others could listen in.
    wss: [['msrp', sources.origin(['msrp', 'wss']) ? 'wss' : 'ws', 'listen'], wss && wss.listen],
  };
  const [path, address] = listeners[listener] ?? [['msrp', 'listen'], listen];
  // Of several workers each has a port of its own.
  const wanted = { ...hostPort(address || listen, ''), ...(port !== undefined && { port }) };
  return listenError(error, sources.name(path), wanted);
}

function hintFor(code: ErrorCode, { digest }: Config['chatrooms'], sources: Sources): string | undefined {
  const [cert, key] = ['cert', 'key'].map((name) => ['msrp', 'tls', name]);
  if (code === 'CHAT_ERR_TLS_CERTIFICATE') return `${sources.name(cert)} and ${sources.name(key)}`;
  if (code === 'CHAT_ERR_CREDENTIAL_SOURCE') return sources.name(['digest', digest?.sql ? 'sql' : 'file']);
  if (code === 'CHAT_ERR_STORE') return sources.name(['data']);
  return undefined;
}

/** Why there is no connection to drachtio-server. */
export function drachtioError(error: unknown, address: HostPort): StartupError {
  const where = hostPortText(address);
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return new StartupError(
        `no drachtio-server at ${where} (connection refused); start it, correct --drachtio, or leave --drachtio and DRACHTIO_HOST out`,
        { cause: error },
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartupError(`the name in --drachtio ${where} cannot be resolved`, { cause: error });
    default:
      return new StartupError(
        `no connection to drachtio-server at ${where} (${message ?? 'no answer'}); see --drachtio`,
        { cause: error },
      );
  }
}
