/** Which addresses we open connections to where peers say whereto (RFC 4975 §14.5): nobody reaches through us what he cannot. */
import { isIP } from 'node:net';
import { AddressRanges } from './address-ranges.js';

export interface ConnectRules {
  /** CIDR blocks connected to although they are of no public network. @defaultValue none */
  allow?: readonly string[];
  /** CIDR blocks never connected to; goes before `allow`. @defaultValue none */
  deny?: readonly string[];
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

/** Of loopback (RFC 1122), private networks (RFC 1918, RFC 4193), carriers (RFC 6598) and one link (RFC 3927, RFC 4291). */
const NETWORKS = [
  LOOPBACK,
  ['10.0.0.0/8'],
  ['172.16.0.0/12'],
  ['192.168.0.0/16'],
  ['fc00::/7'],
  ['100.64.0.0/10'],
  ['169.254.0.0/16', 'fe80::/10'],
];

/** Nobody's, or several people's; and where clouds hand out the credentials of a machine to whoever asks from it. */
const NEVER = [
  '0.0.0.0/8',
  '::',
  '224.0.0.0/4',
  'ff00::/8',
  '240.0.0.0/4',
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd20:ce::254',
];

/** Benchmarks and IETF protocols (RFC 6890), and what hides an IPv4 address or is given up. */
const SPECIAL = ['192.0.0.0/24', '198.18.0.0/15', '::/96', '2001::/32', '2002::/16', '64:ff9b:1::/48', 'fec0::/10'];

/** IPv4 blocks as NAT64 reaches them (RFC 6052 §2.1); through it public ones may be. */
const throughNat64 = (blocks: readonly string[]): string[] =>
  blocks
    .filter((block) => !block.includes(':'))
    .map((block) => block.split('/'))
    .map(([address, prefix = '32']) => `64:ff9b::${address}/${96 + Number(prefix)}`);

const never = new AddressRanges(NEVER, '');
const networks = NETWORKS.map((blocks) => new AddressRanges(blocks, ''));
const [loopback] = networks;
const special = new AddressRanges([...SPECIAL, ...throughNat64([...NEVER, ...NETWORKS.flat(), ...SPECIAL])], '');

/**
 * Public addresses may be connected to. Those of a private network may while our own are in the same one, which shows that
 * its peers are meant to be ours; one public address, or a name, among ours shows that strangers are too.
 */
export class ConnectPolicy {
  #allow: AddressRanges;
  #deny: AddressRanges;
  /** Networks that our own addresses are in. */
  #ours: readonly AddressRanges[] = [];

  /** @throws ChatroomsError `CHAT_ERR_OPTION` for what is no CIDR block */
  constructor({ allow = [], deny = [] }: ConnectRules = {}) {
    this.#allow = new AddressRanges(allow, 'msrp.connect.allow');
    this.#deny = new AddressRanges(deny, 'msrp.connect.deny');
  }

  /** Other rules, for connections that are opened from now on. @throws ChatroomsError `CHAT_ERR_OPTION` */
  adjust({ allow = [], deny = [] }: ConnectRules = {}): void {
    const [allowed, denied] = [
      new AddressRanges(allow, 'msrp.connect.allow'),
      new AddressRanges(deny, 'msrp.connect.deny'),
    ];
    this.#allow = allowed;
    this.#deny = denied;
  }

  /** @param hosts of our own paths */
  listening(hosts: readonly string[]): void {
    const found = hosts.map((host) => networkOf(host === 'localhost' ? '127.0.0.1' : host));
    const ours = found.filter((network) => network !== undefined);
    const isPrivate = ours.length === found.length;
    // Who comes from another machine is not to reach what listens for this one alone.
    const outside = ours.filter((network) => network !== loopback);
    this.#ours = isPrivate ? (outside.length > 0 ? outside : ours) : [];
  }

  /** Of an address, not a name. */
  permits(address: string): boolean {
    if (isIP(address) === 0 || this.#deny.has(address) || never.has(address)) return false;
    if (this.#allow.has(address)) return true;
    const network = networkOf(address);
    return network ? this.#ours.includes(network) : !special.has(address);
  }
}

const networkOf = (address: string): AddressRanges | undefined => networks.find((network) => network.has(address));
