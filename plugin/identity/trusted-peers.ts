import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { ChatroomsError } from '../../lib/util/errors.js';

/** An IPv4 address as an IPv6 socket sees it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The addresses within the trust domain of RFC 3325 §2.2: what comes from there is believed, and only there it goes. */
export class TrustedPeers {
  readonly #blocks = new BlockList();
  readonly #nobody: boolean;

  /**
   * @param blocks `10.0.0.0/8`, `2001:db8::/32`, or one address
   * @throws ChatroomsError `CHAT_ERR_OPTION` for what is none
   */
  constructor(blocks: readonly string[]) {
    this.#nobody = blocks.length === 0;
    for (const block of blocks) this.#add(readBlock(block));
  }

  /** Of a socket; brackets and zone of an IPv6 address do not count. */
  has(address: string): boolean {
    if (this.#nobody) return false;
    const bare = address.replace(/^\[|\]$/g, '').split('%', 1)[0];
    if (isIPv4(bare)) return this.#blocks.check(bare, 'ipv4');
    // Rules for IPv4 hold for mapped addresses too.
    return isIPv6(bare) && this.#blocks.check(bare, 'ipv6');
  }

  #add({ address, prefix, family }: Block): void {
    this.#blocks.addSubnet(address, prefix, family);
  }
}

export interface Block {
  address: string;
  /** Bits that count. */
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32`, or one address.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function readBlock(block: string): Block {
  const [, address = '', length] = /^\[?([\da-f:.]+)\]?(?:\/(\d{1,3}))?$/i.exec(block) ?? [];
  const mapped = MAPPED.exec(address)?.[1];
  const family = isIPv4(mapped ?? address) ? 'ipv4' : 'ipv6';
  const bits = family === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length) - (mapped === undefined ? 0 : 96);
  if ((isIPv4(address) || isIPv6(address)) && prefix >= 0 && prefix <= bits) {
    return { address: mapped ?? address, prefix, family };
  }
  throw new ChatroomsError(
    'CHAT_ERR_OPTION',
    `Option trustedPeers: ${JSON.stringify(block)} is no address block; write it like 10.0.0.0/8 or 2001:db8::/32.`,
  );
}
