/** A start that failed for a reason the operator can do something about: one line, exit code 1. */
export class StartupError extends Error {}

const at = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What went wrong with a listener, and which flag helps. Anything else is passed on as it is. */
export function listenError(error: unknown, flag: string, address: { host: string; port: number }): unknown {
  const where = at(address);
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new StartupError(`${where} is in use by another program; stop it or choose another address with ${flag}`);
    case 'EACCES':
      return new StartupError(`${where} may not be listened on without privileges; choose another port with ${flag}`);
    case 'EADDRNOTAVAIL':
      return new StartupError(`${where} is no address of this machine; choose one of its own with ${flag}`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartupError(`the name in ${where} cannot be resolved; choose another address with ${flag}`);
    default:
      return error;
  }
}

/** Why there is no connection to drachtio-server. */
export function drachtioError(error: unknown, address: { host: string; port: number }): StartupError {
  const where = at(address);
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return new StartupError(
        `no drachtio-server at ${where} (connection refused); start it, correct --drachtio, or leave --drachtio and DRACHTIO_HOST out`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartupError(`the name in --drachtio ${where} cannot be resolved`);
    default:
      return new StartupError(
        `no connection to drachtio-server at ${where} (${message ?? 'no answer'}); see --drachtio`,
      );
  }
}
