import { AddressRanges } from '../../lib/chat-server.js';

/** The addresses within the trust domain of RFC 3325 §2.2: what comes from there is believed, and only there it goes. */
export class TrustedPeers extends AddressRanges {
  /**
   * @param blocks `10.0.0.0/8`, `2001:db8::/32`, or one address
   * @throws ChatroomsError `CHAT_ERR_OPTION` for what is none
   */
  constructor(blocks: readonly string[]) {
    super(blocks, 'trustedPeers');
  }
}
