import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { ChatroomsError } from '../util/errors.js';

/** An IPv4 address as an IPv6 socket sees it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Addresses, by blocks of them. */
export class AddressRanges {
  readonly #blocks = new BlockList();

  /**
   * @param blocks `10.0.0.0/8`, `2001:db8::/32`, or one address
   * @param option that they are the value of, for the error
   * @throws ChatroomsError `CHAT_ERR_OPTION` for what is none
   */
  constructor(blocks: readonly string[], option: string) {
    for (const block of blocks) {
      const { address, prefix, family } = readBlock(block, option);
      this.#blocks.addSubnet(address, prefix, family);
    }
  }

  /** Of a socket; brackets and zone of an IPv6 address do not count. False for what is no address, names too. */
  has(address: string): boolean {
    const bare = address.replace(/^\[|\]$/g, '').split('%', 1)[0];
    if (isIPv4(bare)) return this.#blocks.check(bare, 'ipv4');
    // Rules for IPv4 hold for mapped addresses too.
    return isIPv6(bare) && this.#blocks.check(bare, 'ipv6');
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
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming `option`
 */
export function readBlock(block: string, option: string): Block {
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
    `Option ${option}: ${JSON.stringify(block)} is no address block; write it like 10.0.0.0/8 or 2001:db8::/32.`,
  );
}
