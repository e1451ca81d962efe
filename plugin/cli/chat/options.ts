import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { hasCertificates } from '../../../lib/client/node/trust.js';
import { UsageError } from '../../config/problems.js';
import { readArguments } from '../arguments.js';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';
const LOG_LEVELS: readonly string[] = ['silent', 'error', 'warn', 'info', 'debug'] satisfies LogLevel[];

/** A step of a script, run in the order of the command line. */
export type Step = { kind: 'say'; text: string } | { kind: 'expect'; text: string };

export interface ChatOptions {
  room: string;
  nick: string | undefined;
  /** Own URI: SIP From and CPIM From. */
  from: string;
  /** Hide `from`: a URI made up for this call stands in its place. */
  anonymous: boolean;
  /** For rooms that ask for one. */
  password: string | undefined;
  /** Where SIP goes. */
  proxy: { host: string; port: number };
  /** `udp`: TCP for what does not fit into a datagram (RFC 3261 §18.1.1). */
  transport: 'udp' | 'tcp' | 'tls';
  /** MSRP over TLS. */
  secure: boolean;
  /** PEM of the authorities that vouch for servers; undefined for those of Node. */
  ca: string | undefined;
  steps: Step[];
  /** Milliseconds an `--expect` waits. */
  timeout: number;
  /** Directory for files that others send; undefined saves none. */
  downloads: string | undefined;
  color: boolean;
  logLevel: LogLevel;
}

export const HELP = `drachtio-chatroom chat ROOM [options]

Joins a chat room from the terminal.

  ROOM                   sip:lobby@localhost, or just lobby@localhost

  --nick NAME            nickname to ask the room for
  --from URI             own SIP address            default: sip:NAME@(host of the room)
  --anonymous            tell the room no address of yours
  --password PASSWORD    for rooms that ask for one; better in the environment, as CHATROOM_PASSWORD
  --proxy HOST[:PORT]    where to send SIP          default: the host of the room, port 5060 (TLS: 5061)
  --transport udp|tcp|tls  SIP transport            default: tls for sips:, else udp, tcp for what does not fit
  --msrps                talk to the room over TLS
  --ca FILE              who vouches for the certificates of servers, in PEM; for one that is self-signed, itself
                                                    default: the authorities of Node and of NODE_EXTRA_CA_CERTS
  --say TEXT             send TEXT, then go on with the next --say or --expect; leave after the last one
  --expect TEXT          wait until the room or somebody in it shows a line with TEXT
  --timeout SECONDS      how long an --expect waits default: 10
  --downloads DIR        save files that others send in DIR    default: off
  --no-color             no colours (also NO_COLOR, or when the output is not a terminal)
  --log-level LEVEL      silent, error, warn, info or debug, on standard error
  --help

In the room: type to talk, /help for the commands, Ctrl-C to leave.
`;

const ARGUMENTS = {
  nick: { type: 'string' },
  from: { type: 'string' },
  anonymous: { type: 'boolean' },
  password: { type: 'string' },
  proxy: { type: 'string' },
  transport: { type: 'string' },
  msrps: { type: 'boolean' },
  ca: { type: 'string' },
  say: { type: 'string', multiple: true },
  expect: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  downloads: { type: 'string' },
  'no-color': { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const ROOM = /^(sips?):([^@\s<>"]+)@(\[[0-9a-f:.]+\]|[^:;?\s<>"[\]]+)(?::(\d{1,5}))?((?:;[^\s<>"]*)?)$/i;

interface RoomUri {
  uri: string;
  host: string;
  port: number | undefined;
}

function readRoom(text: string): RoomUri {
  const uri = /^sips?:/i.test(text) ? text : `sip:${text}`;
  const match = ROOM.exec(uri);
  if (!match) throw new UsageError(`"${text}" is not the address of a room; write it like sip:lobby@localhost`);
  return { uri, host: match[3] ?? '', port: match[4] === undefined ? undefined : readPort(match[4], text) };
}

function readPort(text: string, whole: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new UsageError(`"${whole}" has no valid port; use 1 to 65535`);
  return port;
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
function readProxy(text: string, port: number): { host: string; port: number } {
  const match = /^(\[[0-9a-f:.]+\]|[^:\s[\]]+)(?::(\d+))?$/i.exec(text);
  if (!match) throw new UsageError(`--proxy "${text}" is not HOST:PORT, like 127.0.0.1:5060`);
  return { host: bare(match[1] ?? ''), port: match[2] === undefined ? port : readPort(match[2], text) };
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

function login(): string {
  try {
    return userInfo().username;
  } catch {
    // an account without a name (a container run with a bare number)
    return 'guest';
  }
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return 10_000;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400))
    throw new UsageError(`--timeout "${text}" is not a number of seconds, like 10`);
  return seconds * 1000;
}

function readAuthorities(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--ca ${file} cannot be read (${code}); name a PEM file that exists and may be read`);
  }
  if (!hasCertificates(pem)) throw new UsageError(`--ca ${file} holds no certificates in PEM`);
  return pem;
}

function oneOf<T extends string>(name: string, value: string | undefined, allowed: readonly string[], fallback: T): T {
  if (value === undefined) return fallback;
  if (!allowed.includes(value)) throw new UsageError(`${name} "${value}" is not known; use ${allowed.join(', ')}`);
  return value as T;
}

type Tokens = readonly { kind: string; name?: string; value?: string | boolean | undefined }[];

function readSteps(tokens: Tokens): Step[] {
  const steps: Step[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option' || typeof token.value !== 'string') continue;
    if (token.name === 'say') steps.push({ kind: 'say', text: token.value });
    if (token.name === 'expect') steps.push({ kind: 'expect', text: token.value });
  }
  return steps;
}

/**
 * Reads the command line behind `chat`.
 * @returns `'help'` when help was asked for
 * @throws UsageError
 */
export function readOptions(argv: readonly string[]): ChatOptions | 'help' {
  const { values, positionals, tokens } = readArguments({
    args: [...argv],
    options: ARGUMENTS,
    allowPositionals: true,
    tokens: true,
  });
  if (values.help) return 'help';
  const [room, extra] = positionals;
  if (room === undefined) throw new UsageError('which room? Name it like sip:lobby@localhost');
  if (extra !== undefined) throw new UsageError(`"${extra}" is one room too many; quote a text that has spaces`);
  const { uri, host, port } = readRoom(room);
  if (values.from !== undefined && !/^(?:sips?|tel|im):\S+$/i.test(values.from)) {
    throw new UsageError(`--from "${values.from}" is not a SIP address; write it like sip:alice@localhost`);
  }
  const isSecure = /^sips:/i.test(uri);
  const transport = oneOf('--transport', values.transport, ['udp', 'tcp', 'tls'], isSecure ? 'tls' : 'udp');
  // RFC 3261 §19.1.2: a SIPS URI asks for TLS on every hop.
  if (isSecure && transport !== 'tls')
    throw new UsageError(`"${uri}" is reached over TLS alone; leave --transport out`);
  const sipPort = transport === 'tls' ? 5061 : 5060;
  return {
    room: uri,
    nick: values.nick,
    from: values.from ?? `sip:${encodeURIComponent(values.nick ?? login())}@${host}`,
    anonymous: values.anonymous ?? false,
    password: values.password ?? (process.env.CHATROOM_PASSWORD || undefined),
    proxy: values.proxy === undefined ? { host: bare(host), port: port ?? sipPort } : readProxy(values.proxy, sipPort),
    transport,
    secure: values.msrps ?? false,
    ca: values.ca === undefined ? undefined : readAuthorities(values.ca),
    steps: readSteps(tokens),
    timeout: readTimeout(values.timeout),
    downloads: values.downloads,
    color: !values['no-color'],
    logLevel: oneOf('--log-level', values['log-level'], LOG_LEVELS, 'silent'),
  };
}
