#!/usr/bin/env node
import { relative, sep } from 'node:path';
import { version } from './version.js';

const HELP = `drachtio-chatroom: chat rooms (RFC 7701) for SIP networks

  drachtio-chatroom serve [options]         run rooms
  drachtio-chatroom chat ROOM [options]     join one from the terminal
  drachtio-chatroom rooms COMMAND           see and change what goes on in a server that runs
  drachtio-chatroom check-config [FILE]     say what is wrong with a configuration
  drachtio-chatroom trace [ROOM] [options]  record SIP and MSRP of a running server for Wireshark
  drachtio-chatroom reload [options]        have a running server read its configuration again
  drachtio-chatroom --version

Each command explains itself with --help.
`;

const COMMANDS = ['serve', 'chat', 'rooms', 'check-config', 'trace', 'reload', '--version', '--help'];

/** As it has to be typed: `npx` for an installed package, the file in a clone. */
function invocation(): string {
  const [, script = ''] = process.argv;
  const installed = script.split(sep).includes('node_modules') || !/\.[cm]?[jt]s$/.test(script);
  return installed ? 'npx drachtio-chatroom' : `node ${relative(process.cwd(), script)}`;
}

/** Aborted by the first SIGTERM or SIGINT; the second ends the program at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Aborted by what nobody caught, with the error; a second time there is nothing left to be done in good order. */
function failure(): AbortSignal {
  const controller = new AbortController();
  process.on('uncaughtException', (error) => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(error);
  });
  return controller.signal;
}

/** `reload` whenever SIGHUP comes, as daemons have it. */
function reloadSignal(): EventTarget {
  const target = new EventTarget();
  process.on('SIGHUP', () => target.dispatchEvent(new Event('reload')));
  return target;
}

/** Each command brings its own modules: `--version` has no use for a server. */
async function main([command, ...argv]: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  switch (command) {
    case 'serve': {
      // From the first moment on: whoever reloads or stops a service may do so while it loads its modules.
      const signals = { signal: stopSignal(), failed: failure(), reload: reloadSignal() };
      // Who reads what we say may go away, as a log collector does: the chat goes on.
      for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
      const { runServe } = await import('./serve.js');
      return runServe(argv, { stdout, stderr, env, ...signals, invocation: invocation() });
    }
    case 'chat': {
      const { runChat } = await import('./chat.js');
      return runChat(argv, { stdin, stdout, stderr });
    }
    case 'check-config': {
      const { runCheckConfig } = await import('./check-config.js');
      return runCheckConfig(argv, { stdout, stderr, env });
    }
    case 'trace': {
      const { runTrace } = await import('./trace.js');
      return runTrace(argv, { stdout, stderr, env, signal: stopSignal() });
    }
    case 'rooms': {
      const { runRooms } = await import('./rooms.js');
      // `rooms list | head`.
      stdout.on('error', () => process.exit(0));
      return runRooms(argv, { stdout, stderr, env });
    }
    case 'reload': {
      const { runReload } = await import('./reload.js');
      return runReload(argv, { stdout, stderr, env });
    }
    case '--version':
    case '-v':
      stdout.write(`${version()}\n`);
      return 0;
    case undefined:
    case '--help':
    case '-h':
    case 'help':
      stdout.write(HELP);
      return command === undefined ? 2 : 0;
    default: {
      const what = command.startsWith('-') ? 'flag' : 'command';
      const { nearest } = await import('../config/nearest.js');
      const meant = nearest(command, COMMANDS);
      const hint = meant === undefined ? '' : ` did you mean ${meant}?`;
      stderr.write(`drachtio-chatroom: unknown ${what} ${command};${hint} --help lists what there is\n`);
      return 2;
    }
  }
}

main(process.argv.slice(2)).then(
  // Sockets that others forgot, drachtio-srf's timers among them, must not keep the process alive.
  // They get one more turn to send what they were given, such as the 200 to a BYE.
  (code) => setImmediate(() => process.exit(code)),
  (error: unknown) => {
    process.stderr.write(
      `drachtio-chatroom: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
