/** Flags of `serve` about the SIP network around it: who is believed, where calls go, what handsets need. */
import { readBlock } from '../../lib/chat-server.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { hostPort } from '../host-port.js';
import type { AuthMode, ChatroomsOptions } from '../options.js';
import { UsageError } from './usage-error.js';

export const NETWORK_FLAGS = {
  auth: { type: 'string' },
  'trusted-peer': { type: 'string', multiple: true },
  'connect-allow': { type: 'string', multiple: true },
  'connect-deny': { type: 'string', multiple: true },
  credentials: { type: 'string' },
  realm: { type: 'string' },
  profile: { type: 'string' },
  'outbound-proxy': { type: 'string' },
  factory: { type: 'string' },
  registrations: { type: 'string' },
  data: { type: 'string' },
  rtpengine: { type: 'string' },
} as const;

export const NETWORK_HELP = `\
  --auth MODE             open: From is believed; trusted-proxy: P-Asserted-Identity of --trusted-peer;
                          digest: a password, or that. Must be said unless every listener is on loopback
  --trusted-peer CIDR     address of a proxy, or several: 10.0.0.0/8; may be repeated
  --credentials FILE|URL  users for digest: htdigest file, postgres://…, sqlite:FILE
  --realm REALM           that users log in to                                the domain of the room
  --profile rcs           what handsets of RCS and OMA CPM group chat need
  --outbound-proxy URI    where invitations go: sip:10.0.0.5;transport=tcp    nobody is invited
  --factory NAME          user part, or URI, of the conference factory        none
  --registrations third-party  answer the REGISTERs of --trusted-peer           off
                          that tell who of its users is online
  --data DIR|memory       where rooms are kept that outlive the program       memory
  --connect-allow CIDR    private addresses at which MSRP peers may wait      the network of --advertise
  --connect-deny CIDR     addresses at which they may not; both may be repeated
  --rtpengine HOST:PORT   ng control port of rtpengine, for audio             none
`;

/** Flags with address blocks as values. */
export type BlockFlag = 'trusted-peer' | 'connect-allow' | 'connect-deny';

/** What the flags come to, as options of `chatrooms()`. */
export type NetworkOptions = Pick<
  ChatroomsOptions,
  'auth' | 'trustedPeers' | 'digest' | 'profile' | 'registrations' | 'outboundProxy' | 'factory' | 'data' | 'audio'
>;

export interface NetworkFlags {
  /** A flag, or what stands for it in the environment. */
  value: (name: Exclude<keyof typeof NETWORK_FLAGS, BlockFlag>) => string | undefined;
  trustedPeers: readonly string[];
  /** Nobody but this machine can connect to any listener. */
  loopback: boolean;
}

/** @throws UsageError naming the flag */
export function readNetworkOptions({ value, trustedPeers, loopback }: NetworkFlags): NetworkOptions {
  const [realm, outboundProxy, factory, data] = [
    value('realm'),
    value('outbound-proxy'),
    value('factory'),
    value('data'),
  ];
  const credentials = value('credentials');
  const auth = authOf(value('auth'), loopback);
  if (auth === 'trusted-proxy' && trustedPeers.length === 0) {
    throw new UsageError('--auth trusted-proxy needs --trusted-peer, the address of the proxy');
  }
  if (auth === 'digest' && credentials === undefined) {
    throw new UsageError('--auth digest needs --credentials, the file or database of the users');
  }
  const profile = value('profile');
  if (profile !== undefined && profile !== 'rcs') throw new UsageError(`--profile ${profile} is not known; rcs is`);
  const registrations = value('registrations');
  if (registrations !== undefined && registrations !== 'third-party' && registrations !== 'off') {
    throw new UsageError(`--registrations ${registrations} is not known; use third-party or off`);
  }
  const rtpengine = value('rtpengine');
  if (rtpengine !== undefined) checkAddress('--rtpengine', rtpengine);
  if (outboundProxy !== undefined && !/^sips?:[^\s<>"]+$/i.test(outboundProxy)) {
    throw new UsageError(`--outbound-proxy ${outboundProxy} is no SIP URI; write it like sip:10.0.0.5:5060`);
  }
  return {
    auth,
    trustedPeers,
    digest: { ...(realm !== undefined && { realm }), ...usersIn(credentials) },
    ...(profile !== undefined && { profile }),
    ...(registrations !== undefined && { registrations: registrations === 'off' ? false : registrations }),
    ...(outboundProxy !== undefined && { outboundProxy }),
    ...(factory !== undefined && { factory }),
    ...(data !== undefined && { data }),
    ...(rtpengine !== undefined && { audio: { rtpengine } }),
  };
}

const MODES: readonly string[] = ['open', 'trusted-proxy', 'digest'] satisfies AuthMode[];

const isMode = (text: string): text is AuthMode => MODES.includes(text);

/** D5: everybody is believed by default only where nobody but this machine can call. */
function authOf(auth: string | undefined, loopback: boolean): AuthMode {
  if (auth === undefined && loopback) return 'open';
  if (auth === undefined) {
    throw new UsageError(
      'others than this machine could join under any name; say --auth open to allow that, --auth trusted-proxy or ' +
        '--auth digest to prevent it, or listen on 127.0.0.1',
    );
  }
  if (isMode(auth)) return auth;
  throw new UsageError(`--auth ${auth} is not known; use ${MODES.join(', ')}`);
}

function usersIn(credentials: string | undefined): NonNullable<ChatroomsOptions['digest']> {
  if (credentials === undefined) return {};
  return /^(?:postgres(?:ql)?:\/\/|sqlite:)/i.test(credentials) ? { sql: { url: credentials } } : { file: credentials };
}

/** @throws UsageError for what is no address block */
export function checkedBlocks(flag: BlockFlag, blocks: readonly string[]): readonly string[] {
  for (const block of blocks) {
    usage(`--${flag} ${block} is no address block; write it like 10.0.0.0/8`, () => readBlock(block, flag));
  }
  return blocks;
}

function checkAddress(flag: string, text: string): void {
  usage(`${flag} ${text} is not HOST:PORT`, () => hostPort(text, flag));
}

function usage(problem: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw error instanceof ChatroomsError ? new UsageError(problem) : error;
  }
}
