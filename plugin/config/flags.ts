/** The flags of `serve`, each with the variable that stands for it: what they say, of which options. */
import { readLimit } from './limit-flag.js';
import { type Assignment, type Reader, readNumber, readServer, readSwitch, readUsers } from './readers.js';
import { dotted, type Path } from './tree.js';

export interface Flag {
  /** The option it is for; with a reader, the section. */
  key: string;
  /** @defaultValue the text is the value */
  read?: Reader;
  /** It may be repeated; as a variable it has several values with blanks or commas between. @defaultValue `false` */
  list?: boolean;
  /** It stands alone, for true. @defaultValue `false` */
  alone?: boolean;
  /** Other people would see it among the processes. @defaultValue `false` */
  variableOnly?: boolean;
  /** In errors a colon stands between the value and what is wrong with it. @defaultValue `false` */
  colon?: boolean;
  /** What `--help` writes: its value, what it is for, in lines, and its default. */
  help: readonly [value: string, text: string, fallback?: string];
}

const FLAG_TABLE = {
  domain: {
    key: 'domain',
    list: true,
    help: ['NAME', 'host whose user parts are rooms; may be repeated', 'localhost'],
  },
  sip: { key: 'sip.listen', help: ['HOST:PORT', 'SIP over UDP and TCP', '127.0.0.1:5060'] },
  'sip-tls': { key: 'sip.tls', help: ['HOST:PORT', 'SIP over TLS, with the certificate of --msrps', 'off'] },
  'sip-ws': { key: 'sip.ws', help: ['HOST:PORT', 'SIP over WebSocket', 'off'] },
  drachtio: {
    key: 'drachtio',
    read: readServer,
    help: ['HOST:PORT', 'a running drachtio-server instead of --sip', '$DRACHTIO_HOST, $DRACHTIO_PORT'],
  },
  secret: { key: 'drachtio.secret', help: ['S', 'its secret', '$DRACHTIO_SECRET, else cymru'] },
  msrp: { key: 'msrp.listen', help: ['HOST:PORT', 'MSRP over TCP', '127.0.0.1:2855'] },
  msrps: { key: 'msrp.tls.listen', help: ['HOST:PORT|off', 'MSRP over TLS', 'the host of --msrp, port 2856'] },
  'tls-cert': {
    key: 'msrp.tls.cert',
    help: ['FILE', 'certificate of --msrps and --sip-tls, PEM; read again on SIGHUP', 'self-signed, made at start'],
  },
  'tls-key': { key: 'msrp.tls.key', help: ['FILE', 'the key of that'] },
  'msrp-ws': { key: 'msrp.ws.listen', help: ['HOST:PORT', 'MSRP over WebSocket; on loopback plain, else TLS', 'off'] },
  advertise: {
    key: 'msrp.advertise',
    help: ['HOST', 'address of this machine written into a=path', 'the one of --msrp'],
  },
  'advertise-ws': {
    key: 'msrp.ws.advertise',
    help: ['HOST:PORT', 'where a proxy in front of --msrp-ws ends TLS; it then speaks plain WebSocket'],
  },
  workers: {
    key: 'workers',
    read: readNumber('workers'),
    colon: true,
    help: ['N|auto', 'threads for MSRP; each listens at ports of its own', '1; auto: one a core'],
  },
  'worker-port-step': {
    key: 'workerPortStep',
    read: readNumber('workerPortStep'),
    help: ['N', 'so many ports above those of the one before', '10'],
  },
  http: { key: 'http.listen', help: ['HOST:PORT|off', 'web pages, API, health and metrics', '127.0.0.1:8080'] },
  'http-token-file': {
    key: 'http.tokenFile',
    help: ['FILE', 'with the token that the API asks for', '$CHATROOM_HTTP_TOKEN'],
  },
  'http-token': { key: 'http.token', variableOnly: true, help: ['', 'the token that the API asks for', 'none'] },
  auth: {
    key: 'auth',
    help: [
      'MODE',
      'open: From is believed; trusted-proxy: P-Asserted-Identity of --trusted-peer;\n' +
        'digest: a password, or that. Must be said unless every listener is on loopback',
    ],
  },
  'trusted-peer': {
    key: 'trustedPeers',
    list: true,
    help: ['CIDR', 'address of a proxy, or several: 10.0.0.0/8; may be repeated'],
  },
  credentials: {
    key: 'digest',
    read: readUsers,
    help: ['FILE|URL', 'users for digest: htdigest file, postgres://…, sqlite:FILE'],
  },
  realm: { key: 'digest.realm', help: ['REALM', 'that users log in to', 'the domain of the room'] },
  profile: { key: 'profile', help: ['rcs', 'what handsets of RCS and OMA CPM group chat need'] },
  'outbound-proxy': {
    key: 'outboundProxy',
    help: ['URI', 'where invitations go: sip:10.0.0.5;transport=tcp', 'nobody is invited'],
  },
  factory: { key: 'factory', help: ['NAME', 'user part, or URI, of the conference factory', 'none'] },
  registrations: {
    key: 'registrations',
    help: ['third-party', 'answer the REGISTERs of --trusted-peer\nthat tell who of its users is online', 'off'],
  },
  data: { key: 'data', help: ['DIR|memory', 'where rooms are kept that outlive the program', 'memory'] },
  'connect-allow': {
    key: 'msrp.connect.allow',
    list: true,
    help: ['CIDR', 'private addresses at which MSRP peers may wait', 'the network of --advertise'],
  },
  'connect-deny': {
    key: 'msrp.connect.deny',
    list: true,
    help: ['CIDR', 'addresses at which they may not; both may be repeated'],
  },
  rtpengine: { key: 'audio.rtpengine', help: ['HOST:PORT', 'ng control port of rtpengine, for audio', 'none'] },
  limit: {
    key: 'limits',
    read: readLimit,
    list: true,
    help: ['NAME=VALUE', 'one of docs/limits.md, e.g. messagesPerSecond=50; may be repeated; =off takes a rate away'],
  },
  'log-level': { key: 'log.level', colon: true, help: ['LEVEL', 'fatal error warn info debug trace silent', 'info'] },
  'log-format': { key: 'log.format', colon: true, help: ['json|pretty', '', 'pretty on a terminal'] },
  'log-bodies': {
    key: 'log.bodies',
    read: readSwitch('log', 'bodies'),
    alone: true,
    help: ['', 'what people write gets into the log of level debug', 'off'],
  },
  'max-memory': {
    key: 'limits.maxMemory',
    colon: true,
    help: ['SIZE', '512M, 2G: from 80 % of it on nobody new is let in', 'no bound'],
  },
  'drain-timeout': {
    key: 'drainTimeout',
    read: readNumber('drainTimeout'),
    help: ['SECONDS', 'how long leaving may take', '5'],
  },
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof FLAG_TABLE;

export const FLAGS: Readonly<Record<FlagName, Flag>> = FLAG_TABLE;

export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];

export const isFlag = (name: string): name is FlagName => Object.hasOwn(FLAGS, name);

/** Of a flag: `CHATROOM_SIP_WS`. */
export const variableOf = (flag: string): string => `CHATROOM_${flag.toUpperCase().replaceAll('-', '_')}`;

/** The flag of an option, if it has one. */
export function flagOf(path: Path): FlagName | undefined {
  const key = dotted(path);
  if (key === 'digest.file' || key === 'digest.sql' || key === 'digest.sql.url') return 'credentials';
  if (key === 'drachtio.host' || key === 'drachtio.port') return 'drachtio';
  return FLAG_NAMES.find((name) => FLAGS[name].key === key);
}

/** What a flag with that text says. */
export function assignments(flag: FlagName, text: string): readonly Assignment[] | string {
  const { key, read } = FLAGS[flag];
  return read ? read(text) : [[key.split('.'), text]];
}
