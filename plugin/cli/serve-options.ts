import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ChatroomsError } from '../../lib/util/errors.js';
import { hostPort, isLoopback } from '../host-port.js';
import { workersOf } from '../parse-options.js';
import { LIMIT_HELP, type LimitFlags, readLimits } from './limit-flags.js';
import {
  type BlockFlag,
  checkedBlocks,
  NETWORK_FLAGS,
  NETWORK_HELP,
  type NetworkOptions,
  readNetworkOptions,
} from './network-options.js';
import { UsageError } from './usage-error.js';

export { UsageError } from './usage-error.js';

interface HostPort {
  host: string;
  port: number;
}

export interface ServeOptions {
  domains: string[];
  /** Embedded endpoint, UDP and TCP. */
  sip: HostPort;
  sipWs: HostPort | undefined;
  /** A running drachtio-server, instead of the embedded endpoint. */
  drachtio: (HostPort & { secret: string }) | undefined;
  msrp: string;
  /** MSRP over TLS; without files a self-signed certificate is made. */
  msrps: { listen: string; cert: string | undefined; key: string | undefined } | undefined;
  /** MSRP over WebSocket: plain, or with the certificate of `msrps`. */
  msrpWs: { listen: string; tls: boolean; advertise: string | undefined } | undefined;
  advertise: string | undefined;
  /** Where MSRP connections are opened to. */
  connect: { allow: readonly string[]; deny: readonly string[] };
  workers: number | 'auto';
  /** Octets; undefined for no bound. */
  maxMemory: number | undefined;
  workerPortStep: number;
  http: HostPort | undefined;
  /** Who is believed, and what is around. */
  network: NetworkOptions;
  limits: LimitFlags;
  logLevel: string;
  logFormat: 'json' | 'pretty' | undefined;
  /** Milliseconds. */
  drainTimeout: number;
}

const FLAGS = {
  domain: { type: 'string', multiple: true },
  sip: { type: 'string' },
  'sip-ws': { type: 'string' },
  drachtio: { type: 'string' },
  secret: { type: 'string' },
  msrp: { type: 'string' },
  msrps: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'msrp-ws': { type: 'string' },
  advertise: { type: 'string' },
  'advertise-ws': { type: 'string' },
  workers: { type: 'string' },
  'max-memory': { type: 'string' },
  'worker-port-step': { type: 'string' },
  http: { type: 'string' },
  ...NETWORK_FLAGS,
  limit: { type: 'string', multiple: true },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  'drain-timeout': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `drachtio-chatroom serve: chat rooms for SIP networks

  --domain NAME           host whose user parts are rooms; may be repeated    localhost
  --sip HOST:PORT         SIP over UDP and TCP                                127.0.0.1:5060
  --sip-ws HOST:PORT      SIP over WebSocket                                  off
  --drachtio HOST:PORT    a running drachtio-server instead of --sip          $DRACHTIO_HOST, $DRACHTIO_PORT
  --secret S              its secret                                          $DRACHTIO_SECRET, else cymru
  --msrp HOST:PORT        MSRP over TCP                                       127.0.0.1:2855
  --msrps HOST:PORT|off   MSRP over TLS                                       the host of --msrp, port 2856
  --tls-cert FILE         its certificate, PEM; read again on SIGHUP          self-signed, made at start
  --tls-key FILE          the key of that
  --msrp-ws HOST:PORT     MSRP over WebSocket; on loopback plain, else TLS    off
  --advertise HOST        address of this machine written into a=path         the one of --msrp
  --advertise-ws HOST:PORT  where a proxy in front of --msrp-ws ends TLS; it then speaks plain WebSocket
  --workers N|auto        threads for MSRP; each listens at ports of its own  1; auto: one a core
  --worker-port-step N    so many ports above those of the one before         10
  --http HOST:PORT|off    /healthz, and /metrics for Prometheus               127.0.0.1:8080
${NETWORK_HELP}${LIMIT_HELP}  --log-level LEVEL       fatal error warn info debug trace silent            info
  --log-format json|pretty                                                    pretty on a terminal
  --max-memory SIZE       512M, 2G: from 80 % of it on nobody new is let in   no bound
  --drain-timeout SECONDS how long leaving may take                           5

Each flag can be given as CHATROOM_<FLAG> in the environment, e.g. CHATROOM_SIP_WS; flags win.
`;

/**
 * Reads the flags of `serve`; the environment stands in for those not given.
 *
 * @throws UsageError naming the flag
 */
export function readServeOptions(argv: readonly string[], env: NodeJS.ProcessEnv): ServeOptions | 'help' {
  const given = parseFlags(argv);
  if (given.help) return 'help';
  const value = (name: Exclude<keyof typeof FLAGS, 'help' | 'domain' | 'limit' | BlockFlag>): string | undefined =>
    given[name] ?? nonEmpty(env[variable(name)]);
  const blocks = (name: BlockFlag): readonly string[] =>
    checkedBlocks(name, given[name] ?? nonEmpty(env[variable(name)])?.split(/[\s,]+/) ?? []);
  const optional = (name: 'sip-ws' | 'msrps' | 'msrp-ws' | 'http', text: string | undefined): HostPort | undefined =>
    text === undefined || text === 'off' ? undefined : address(name, text);

  const sip = address('sip', value('sip') ?? '127.0.0.1:5060');
  const sipWs = optional('sip-ws', value('sip-ws'));
  const msrp = value('msrp') ?? '127.0.0.1:2855';
  const msrps = optional('msrps', value('msrps') ?? beside(address('msrp', msrp)));
  const [cert, key] = [value('tls-cert'), value('tls-key')];
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key belong together; give both or neither');
  }
  const msrpWs = optional('msrp-ws', value('msrp-ws'));
  const advertiseWs = value('advertise-ws');
  if (advertiseWs !== undefined) address('advertise-ws', advertiseWs);
  // 7977-5.1-02: WSS wherever others could listen in.
  const wss = msrpWs !== undefined && advertiseWs === undefined && !isLoopback(msrpWs.host);
  if (wss && !msrps) throw new UsageError('--msrp-ws shows the certificate of --msrps, which is off; turn that on');
  const http = optional('http', value('http') ?? '127.0.0.1:8080');
  const server = value('drachtio') ?? serverOf(env);
  const drachtio = server === undefined ? undefined : address('drachtio', server);
  // The listeners of a drachtio-server are not ours to know.
  const listeners = [address('msrp', msrp), msrps, msrpWs, http, ...(drachtio ? [] : [sip, sipWs])];
  const network = readNetworkOptions({
    value,
    trustedPeers: blocks('trusted-peer'),
    loopback: listeners.every((listener) => listener === undefined || isLoopback(listener.host)),
  });
  const workers = check('workers', value('workers') ?? '1', WORKERS);
  return {
    domains: domains(given.domain, env),
    sip,
    sipWs,
    drachtio: drachtio && { ...drachtio, secret: value('secret') ?? env.DRACHTIO_SECRET ?? 'cymru' },
    msrp,
    msrps: msrps && { listen: joined(msrps), cert, key },
    msrpWs: msrpWs && { listen: joined(msrpWs), tls: wss, advertise: advertiseWs },
    advertise: value('advertise'),
    connect: { allow: blocks('connect-allow'), deny: blocks('connect-deny') },
    workers,
    workerPortStep: check('worker-port-step', value('worker-port-step') ?? '10', PORT_STEP),
    http,
    network,
    limits: readLimits(given.limit ?? nonEmpty(env.CHATROOM_LIMIT)?.split(/[\s,]+/) ?? [], drachtio === undefined),
    logLevel: check('log-level', value('log-level') ?? 'info', LEVEL),
    logFormat: value('log-format') === undefined ? undefined : check('log-format', value('log-format'), FORMAT),
    maxMemory: memory(value('max-memory'), workers),
    drainTimeout: check('drain-timeout', value('drain-timeout') ?? '5', SECONDS) * 1000,
  };
}

/** Where MSRP over TLS listens unless that is said: next to MSRP over TCP. */
const beside = ({ host, port }: HostPort): string => joined({ host, port: port === 0 ? 0 : 2856 });

const joined = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

type AddressFlag = 'sip' | 'sip-ws' | 'msrp' | 'msrps' | 'msrp-ws' | 'advertise-ws' | 'http' | 'drachtio';

function address(name: AddressFlag, text: string): HostPort {
  try {
    return hostPort(text, `--${name}`);
  } catch (error) {
    throw error instanceof ChatroomsError ? new UsageError(error.message.replace(/\.$/, '')) : error;
  }
}

const MIB = 1_048_576;
/**
 * Of 80 % of less, what the program needs with nobody in it (100 MiB, and 15 to 30 for each further worker) would leave so
 * little that everybody is refused.
 */
const leastMemory = (workers: number): number => (192 + 32 * (workers - 1)) * MIB;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: MIB, G: 1024 * MIB };
const MEMORY = z
  .string()
  .regex(/^\d+[KMG]?$/i, 'is no size; write it like 512M or 2G')
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.replace(/\d+/, '').toUpperCase()]);

/** @throws UsageError */
function memory(text: string | undefined, workers: number | 'auto'): number | undefined {
  if (text === undefined) return undefined;
  const octets = check('max-memory', text, MEMORY);
  const least = leastMemory(workersOf(workers));
  if (octets >= least) return octets;
  const who = workers === 1 ? 'the program' : 'with its workers the program';
  throw new UsageError(`--max-memory ${text} is too little; ${who} needs ${least / MIB}M`);
}

const LEVEL = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);
const FORMAT = z.enum(['json', 'pretty']);
const WORKERS = z.union(
  [z.literal('auto'), z.coerce.number().int().min(1).max(64)],
  'is no number from 1 to 64, nor auto',
);
const PORT_STEP = z.coerce.number().int().min(1).max(10_000);
const SECONDS = z.coerce.number().min(0).max(3600);
const DOMAIN = z.string().regex(/^(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-f:.]+\])$/i);

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(flagProblem(error));
  }
}

/** One line for what node's parser says in several. */
function flagProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const name = /'(?:-\w, )?(-{1,2}[^' ]+)[^']*'/.exec(message)?.[1];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `unknown flag ${name ?? ''}; drachtio-chatroom serve --help lists the flags`;
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `${message.split('. ', 1)[0]}; drachtio-chatroom serve --help lists the flags`;
  }
  return `${name ?? message.split('\n', 1)[0]}: a value is missing, or there is one too many`;
}

function check<T>(flag: string, text: string | undefined, type: z.ZodType<T>): T {
  const parsed = type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--${flag} ${text}: ${parsed.error.issues[0].message}`);
}

function domains(flags: Flags['domain'], env: NodeJS.ProcessEnv): string[] {
  const names = flags ?? nonEmpty(env.CHATROOM_DOMAIN)?.split(/[\s,]+/) ?? ['localhost'];
  for (const name of names) {
    if (!DOMAIN.safeParse(name).success) throw new UsageError(`--domain ${JSON.stringify(name)} is no host name`);
  }
  return names;
}

const variable = (flag: string): string => `CHATROOM_${flag.toUpperCase().replaceAll('-', '_')}`;

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const serverOf = ({ DRACHTIO_HOST, DRACHTIO_PORT }: NodeJS.ProcessEnv): string | undefined =>
  DRACHTIO_HOST === undefined || DRACHTIO_HOST === '' ? undefined : `${DRACHTIO_HOST}:${DRACHTIO_PORT || '9022'}`;
