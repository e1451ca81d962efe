/** What depends on several options at once: defaults beside one another, and what does not go together. */
import { isIPv6 } from 'node:net';
import { readBlock } from '../../lib/chat-server.js';
import { keyOf } from '../events/webhooks/signature.js';
import { type HostPort, hostPort, hostPortText, isLoopback } from '../sip/host-port.js';
import { workersOf } from '../options/parse-options.js';
import { isCallable, roomFrom } from '../sip/room-uri.js';
import { lineOf } from './lines.js';
import type { Problem } from './problems.js';
import type { Settings } from './schema.js';
import type { Sources } from './sources.js';
import { type Path, valueAt } from './tree.js';

/** One rule: it completes the settings, or reports what is wrong. */
type Rule = (settings: Settings, report: Report) => void;

class Report {
  readonly problems: Problem[] = [];

  constructor(
    readonly settings: Settings,
    readonly sources: Sources,
  ) {}

  /** @param message a whole line */
  line(path: Path, message: string): void {
    this.problems.push({ message, path, origin: this.sources.origin(path) });
  }

  /** @param message about the value at `path` */
  value(path: Path, message: string): void {
    const given = this.sources.origin(path);
    const origin = given?.kind === 'file' ? given : given && { ...given, colon: false };
    this.line(path, lineOf({ path, origin, message, value: valueAt(this.settings, path) }));
  }

  /** As whoever gave `path` calls it. */
  name(path: Path): string {
    return this.sources.name(path);
  }

  /** As whoever gave `path` would call `other`. */
  like(other: Path, path: Path): string {
    return this.sources.nameLike(other, path);
  }

  given(path: Path): boolean {
    return this.sources.origin(path) !== undefined;
  }
}

const MSRP = ['msrp', 'listen'];
const TLS = ['msrp', 'tls', 'listen'];
const [CERT, KEY] = [
  ['msrp', 'tls', 'cert'],
  ['msrp', 'tls', 'key'],
];
const WS = ['msrp', 'ws', 'listen'];
const SIP_TLS = ['sip', 'tls'];

/** MSRP over TLS listens next to MSRP over TCP unless that is said. */
const besideMsrp: Rule = ({ msrp }, report) => {
  if (msrp.tls && msrp.tls.listen === false) msrp.tls = false;
  if (!msrp.tls) return;
  const { cert, key } = msrp.tls;
  if ((cert === undefined) !== (key === undefined)) {
    const given = cert === undefined ? KEY : CERT;
    const both = [CERT, KEY].map((path) => (path === given ? report.name(path) : report.like(path, given)));
    report.line(given, `${both.join(' and ')} belong together; give both or neither`);
  }
  const { host, port } = hostPort(msrp.listen, '');
  msrp.tls.listen ??= hostPortText({ host, port: port === 0 ? 0 : 2856 });
};

/** 7977-5.1-02: WSS wherever others could listen in. */
const encryptedWebSocket: Rule = ({ msrp }, report) => {
  for (const key of ['ws', 'wss'] as const) if (msrp[key] && !msrp[key].listen) msrp[key] = false;
  const { ws } = msrp;
  if (!ws || !ws.listen || ws.advertise !== undefined || isLoopback(hostPort(ws.listen, '').host)) return;
  if (!msrp.tls) {
    const tls = report.like(TLS, WS);
    report.line(WS, `${report.name(WS)} shows the certificate of ${tls}, which is off; turn that on`);
  } else if (msrp.wss) {
    report.line(WS, `${report.name(WS)} has to speak TLS, and ${report.name(['msrp', 'wss'])} does; change that one`);
  } else {
    msrp.wss = ws;
    msrp.ws = false;
  }
};

/** There is one certificate. */
const certificateForSip: Rule = ({ msrp, sip, drachtio }, report) => {
  if (!sip.tls || msrp.tls || drachtio.host !== undefined) return;
  const tls = report.like(TLS, SIP_TLS);
  report.line(SIP_TLS, `${report.name(SIP_TLS)} shows the certificate of ${tls}, which is off; turn that on`);
};

/** Where it listens, by the options that say so. */
function listenersOf({ msrp, http, sip, drachtio }: Settings, report: Report): [Path, string][] {
  const listeners: [Path, string | false | undefined][] = [
    [MSRP, msrp.listen],
    [TLS, msrp.tls && msrp.tls.listen],
    [WS, msrp.ws && msrp.ws.listen],
    [msrp.wss && !report.given(['msrp', 'wss']) ? WS : ['msrp', 'wss', 'listen'], msrp.wss && msrp.wss.listen],
    [['http', 'listen'], http.listen],
  ];
  // The listeners of a drachtio-server are not ours to know.
  if (drachtio.host === undefined) {
    listeners.push([['sip', 'listen'], sip.listen], [SIP_TLS, sip.tls], [['sip', 'ws'], sip.ws]);
  }
  return listeners.flatMap(([path, listen]) => (listen ? [[path, listen]] : []));
}

const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** Whether only one program, or one part of ours, can listen at both. */
function exclude(one: HostPort, other: HostPort): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  if (one.host === other.host || [one.host, other.host].includes('::')) return true;
  return [one.host, other.host].some(isAnyAddress) && isIPv6(one.host) === isIPv6(other.host);
}

/** Else "in use by another program" would be said of ourselves. */
const addressesOfTheirOwn: Rule = (settings, report) => {
  const listeners = listenersOf(settings, report).map(([path, listen]) => ({ path, at: hostPort(listen, '') }));
  for (const [index, one] of listeners.entries()) {
    const other = listeners.slice(0, index).find(({ at }) => exclude(at, one.at));
    if (!other) continue;
    const [path, second] = report.given(one.path) ? [one.path, other.path] : [other.path, one.path];
    const also = report.given(second) ? report.name(second) : `${report.like(second, path)} by default`;
    report.line(path, `${report.name(path)} has port ${one.at.port}, as has ${also}; choose another`);
  }
};

/** D5: everybody is believed by default only where nobody but this machine can call. */
const saidWhoIsBelieved: Rule = (settings, report) => {
  if (settings.auth !== undefined) return;
  const open = listenersOf(settings, report).find(([, listen]) => !isLoopback(hostPort(listen, '').host));
  if (!open) {
    settings.auth = 'open';
    return;
  }
  const [path, listen] = open;
  const where = report.given(path) ? ` at ${listen}, ${report.name(path)}` : '';
  const name = report.like(['auth'], path);
  const between = { '--auth': ' ', auth: ': ' }[name] ?? '=';
  const say = (mode: string): string => name + between + mode;
  report.line(
    ['auth'],
    `others than this machine could join under any name${where}; say ${say('open')} to allow that, ` +
      `${say('trusted-proxy')} or ${say('digest')} to prevent it, or listen on 127.0.0.1`,
  );
};

/** What `auth` needs to know people by. */
const waysToRecognise: Rule = ({ auth, trustedPeers, digest }, report) => {
  const modes = typeof auth === 'object' ? Object.values(auth) : [auth];
  const name = report.name(['auth']);
  if (modes.includes('trusted-proxy') && trustedPeers.length === 0) {
    report.line(
      ['auth'],
      `${name} trusted-proxy needs ${report.like(['trustedPeers'], ['auth'])}, the address of the proxy`,
    );
  }
  if (modes.includes('digest') && digest.file === undefined && digest.sql === undefined) {
    const users = report.like(['digest', 'file'], ['auth']);
    const sql = users.startsWith('digest') ? ' or digest.sql' : '';
    report.line(['auth'], `${name} digest needs ${users}${sql}, the file or database of the users`);
  }
};

/** Secrets that there is no use without; each may be in a file. */
const neededSecrets: Rule = ({ digest, invitations, webhooks }, report) => {
  if (digest.sql && digest.sql.url === undefined)
    report.value(['digest', 'sql', 'url'], 'is missing; give it or urlFile');
  const { credentials } = invitations;
  if (credentials && credentials.password === undefined) {
    report.value(['invitations', 'credentials', 'password'], 'is missing; give it or passwordFile');
  }
  for (const [index, { secret }] of webhooks.entries()) {
    if (secret === undefined) {
      report.value(['webhooks', index, 'secret'], 'is missing; give it or secretFile: deliveries are signed');
    } else if (keyOf(secret).length === 0) {
      report.value(['webhooks', index, 'secret'], 'is empty behind whsec_; Base64 belongs there');
    }
  }
};

/** PBX-02: no two rooms have one name, be it an alias. */
const roomsOfTheirOwn: Rule = ({ rooms, domain: domains }, report) => {
  const owners = new Map<string, string>();
  const served = domains.map((domain) => domain.toLowerCase());
  for (const [name, { aliases = [] }] of Object.entries(rooms.static)) {
    const path = ['rooms', 'static', name];
    const room = roomFrom(name, domains[0]);
    if (!room) {
      report.line(path, `${report.name(path)} is no name of a room; write it like lobby or sip:lobby@example.com`);
    } else if (!isCallable(room, aliases, served)) {
      report.line(path, `${report.name(path)} is in no domain of option domain, so that nobody could call it`);
    }
    for (const alias of room ? [name, ...aliases] : []) {
      const uri = roomFrom(alias, room?.domain ?? '')?.uri ?? alias;
      const owner = owners.get(uri);
      if (owner === undefined) owners.set(uri, name);
      else if (owner !== name) report.line(path, `${report.name(path)}: ${owner} has the name ${alias} already`);
    }
  }
};

const MIB = 1_048_576;

/**
 * Of 80 % of less, what the program needs with nobody in it (100 MiB, and 15 to 30 for each further worker) would leave so
 * little that everybody is refused.
 */
const enoughMemory: Rule = ({ limits, workers }, report) => {
  if (limits.maxMemory === undefined) return;
  const least = (192 + 32 * (workersOf(workers) - 1)) * MIB;
  const who = workers === 1 ? 'the program' : 'with its workers the program';
  if (limits.maxMemory < least) {
    report.value(['limits', 'maxMemory'], `is too little; ${who} needs ${least / MIB}M`);
  }
};

const limitsOfOurEndpoint: Rule = ({ sip, drachtio }, report) => {
  if (drachtio.host === undefined) return;
  for (const name of Object.keys(sip.limits)) {
    const path = ['sip', 'limits', name];
    report.value(path, 'is for the embedded endpoint; drachtio-server has its own');
  }
};

const addressBlocks: Rule = (settings, report) => {
  for (const list of [['trustedPeers'], ['msrp', 'connect', 'allow'], ['msrp', 'connect', 'deny']]) {
    for (const [index, block] of (valueAt(settings, list) as readonly string[]).entries()) {
      try {
        readBlock(block, '');
      } catch {
        report.value([...list, index], 'is no address block; write it like 10.0.0.0/8');
      }
    }
  }
};

const RULES: readonly Rule[] = [
  besideMsrp,
  encryptedWebSocket,
  certificateForSip,
  addressesOfTheirOwn,
  saidWhoIsBelieved,
  waysToRecognise,
  neededSecrets,
  enoughMemory,
  limitsOfOurEndpoint,
  addressBlocks,
  roomsOfTheirOwn,
];

/** Completes `settings`, which are changed. */
export function applyRules(settings: Settings, sources: Sources): readonly Problem[] {
  const report = new Report(settings, sources);
  for (const rule of RULES) rule(settings, report);
  return report.problems;
}
