import type { Config } from '../config/config.js';
import { type HostPort, hostPortText } from '../sip/host-port.js';
import type { ServerEvents } from '../index.js';

export interface Addresses {
  /** Of the embedded endpoint, by transport. */
  sip: { udp?: HostPort; tcp?: HostPort; tls?: HostPort; ws?: HostPort } | undefined;
  msrp: ServerEvents['listening'][0];
  /** The port that `http.listen` came to. */
  http: number;
}

/** What a program that runs says: where it listens, and what to type next. */
export function welcome(config: Config, { sip, msrp, http: port }: Addresses, invocation?: string): string {
  const { chatrooms, drachtio, http } = config;
  const lines = ['drachtio-chatroom is running'];
  if (drachtio) lines.push(`  SIP     through drachtio-server ${hostPortText(drachtio)}`);
  for (const [transport, address] of Object.entries(sip ?? {})) {
    const note = transport === 'tls' ? selfSigned(chatrooms) : '';
    if (address) lines.push(`  SIP     ${transport}/${hostPortText(address)}${note}`);
  }
  lines.push(...mediaLines(config, msrp));
  if (http.listen) {
    const url = `http://${hostPortText({ ...http.listen, port })}`;
    if (http.web) lines.push(`  Web     ${url}/`, `  Admin   ${url}/admin`);
    lines.push(`  Health  ${url}/healthz`, `  Metrics ${url}/metrics`);
  }
  lines.push(`  Rooms   ${chatrooms.domain.map((domain) => `sip:NAME@${domain}`).join(' ')}`);
  lines.push('', 'Join one in another terminal:', `  ${chatCommand(config, sip?.udp, invocation)}`, '');
  return lines.join('\n');
}

const selfSigned = ({ msrp }: Config['chatrooms']): string =>
  msrp?.tls && msrp.tls.cert !== undefined ? '' : ', self-signed certificate';

function mediaLines({ chatrooms }: Config, { msrp, msrps, ws, wss, others = [] }: Addresses['msrp']): string[] {
  const { advertise, ws: plain } = chatrooms.msrp ?? {};
  const advertised = advertise === undefined ? '' : `, advertised as ${advertise}`;
  const lines = [`  MSRP    msrp://${msrp}${advertised}`];
  if (msrps !== undefined) {
    lines.push(`  MSRP    msrps://${msrps}${advertised}${selfSigned(chatrooms)}`);
  }
  if (wss !== undefined) lines.push(`  MSRP    wss://${wss}${advertised}`);
  if (ws !== undefined) {
    const proxy = plain && plain.advertise !== undefined ? `, behind wss://${plain.advertise}` : '';
    lines.push(`  MSRP    ws://${ws}${proxy}`);
  }
  for (const [index, { msrp, ...more }] of others.entries()) {
    const rest = Object.entries(more).map(([scheme, address]) => `, ${scheme}://${address}`);
    lines.push(`  Worker  ${index + 2}: msrp://${msrp}${rest.join('')}`);
  }
  return lines;
}

/** Who listens everywhere is called at an address there is. */
function reachable({ host, port }: HostPort): HostPort {
  return { host: { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host, port };
}

function chatCommand({ chatrooms }: Config, udp: HostPort | undefined, invocation = 'npx drachtio-chatroom'): string {
  const { auth, digest, domain: domains } = chatrooms;
  const [domain] = domains;
  const sip = udp && reachable(udp);
  const direct = domain === 'localhost' && sip?.host === '127.0.0.1' && sip.port === 5060;
  const proxy = sip && !direct ? ` --proxy ${hostPortText(sip)}` : '';
  const login = auth === 'digest' ? ` --from sip:USER@${digest?.realm ?? domain} --password PASSWORD` : '';
  return `${invocation} chat sip:lobby@${domain} --nick alice${login}${proxy}`;
}
