import { parseMsrpUri, relayHops } from '../msrp/index.js';
import type { ExpectedFingerprint } from '../sdp/index.js';
import type { Clock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { MsrpTransport, StreamListener } from './msrp/byte-stream.js';
import { type LinkDelegate, MsrpLink } from './msrp/link.js';
import { FIXED_CHUNKS } from './msrp/sender.js';
import { checkRelays, RelayAccess, type RelayAccount } from './msrp/relay-access.js';
import { ChatMedia, type RoomMedia } from './session-description.js';

/** How a participant's MSRP session comes to be. */
export interface SessionSettings {
  /** Offer MSRP over TLS; relays and TLS listeners need it and have it anyway. @defaultValue false */
  secure?: boolean;
  /** Let the room open the connection where it wants to (RFC 6135 `actpass`), on this port. @defaultValue never */
  listen?: { port?: number };
  /** Relays of ours, the one we connect to first (RFC 4976). @defaultValue none */
  relays?: readonly RelayAccount[];
  /**
   * Octets of the longest chunk; up to 2048 each is sent with a fixed range.
   * @defaultValue 262144; 2048 over WebSocket, where a frame is a message of its own (7977-5.1-01), and through relays of
   * ours: Kamailio's, for one, closes the connection over a chunk that does not fit into its read buffer of 4096 octets
   */
  chunkSize?: number;
}

export interface OpenerOptions extends SessionSettings {
  transport: MsrpTransport;
  clock: Clock;
  /** Octets of one incoming message. */
  maxSize: number;
  delegate: LinkDelegate;
  /** Sends an offer within the call; resolves with the answer. Undefined where the user agent cannot. */
  reinvite: ((offer: string) => Promise<string>) | undefined;
}

/** RFC 4976 §8: where a relay's name has no SRV record. */
const RELAY_PORT = 2855;
/** The port of the own URI behind a relay, to which nobody connects. */
const MSRP_PORT = 2855;

/** The way to one MSRP session: what must be there before the offer, and what follows the answer. */
export class SessionOpener {
  readonly #options: OpenerOptions;
  #link: MsrpLink | undefined;
  #listener: StreamListener | undefined;
  #relays: RelayAccess | undefined;
  #media: ChatMedia | undefined;

  constructor(options: OpenerOptions) {
    this.#options = options;
    checkRelays(options.relays ?? []);
  }

  /**
   * Opens what the offer names: listener or relay.
   * @param host address of ours that the room can reach
   * @throws ChatroomsError `CHAT_ERR_USAGE`, `CHAT_ERR_RELAY_REFUSED`, `CHAT_ERR_MSRP_…`; Node's error where the port is taken
   */
  async prepare(host: string): Promise<ChatMedia> {
    const { transport, maxSize, relays = [], listen, secure = false } = this.#options;
    if (relays.length > 0) return this.#prepareRelays(host, relays);
    const fingerprints = secure ? await transport.fingerprints?.() : undefined;
    const { carrier = 'tcp' } = transport;
    const common = { host, secure, carrier, maxSize, ...(fingerprints?.length ? { fingerprints } : {}) };
    if (!listen) {
      this.#media = new ChatMedia(common);
      this.#link = this.#newLink(this.#media);
      return this.#media;
    }
    if (!transport.listen) throw new ChatroomsError('CHAT_ERR_USAGE', 'this transport cannot listen');
    this.#listener = await transport.listen({
      host,
      port: listen.port ?? 0,
      secure,
      accept: (stream) => this.#link?.accept(stream),
    });
    this.#media = new ChatMedia({ ...common, port: this.#listener.port });
    this.#link = this.#newLink(this.#media);
    return this.#media;
  }

  /** @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE`, `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_MSRP_REFUSED`, `CHAT_ERR_CERTIFICATE` */
  async open(room: RoomMedia): Promise<MsrpLink> {
    const link = this.#link;
    if (!link) throw new ChatroomsError('CHAT_ERR_USAGE', 'nothing was offered yet');
    // 4976-5.1-01: "own Use-Path list (if any) followed by the peer's path list"
    link.peerPath = [...(this.#relays?.usePath ?? []), ...room.path];
    // 6135-4.5-01: behind an own relay "send the binding SEND only if negotiated active"
    if (room.target && !this.#relays) {
      this.#listener?.close();
      const { host, port, tls } = room.target;
      const presentCertificate = this.#media?.namesCertificate ?? false;
      await link.connect(this.#options.transport, {
        host: host.replace(/^\[|\]$/g, ''),
        port,
        secure: tls,
        fingerprint: onConnection(room),
        presentCertificate,
      });
    }
    if (room.target) await link.bind();
    else {
      this.#listener?.expect(onConnection(room));
      await link.bound();
      // 4975-5.4-06: the session has its connection; nobody else has to come
      this.#listener?.close();
    }
    return link;
  }

  /** Lets go of everything, in good order where the session was open. */
  close(): void {
    this.#relays?.close();
    this.#listener?.close();
    this.#link?.close();
  }

  destroy(): void {
    this.#relays?.close();
    this.#listener?.close();
    this.#link?.destroy();
  }

  async #prepareRelays(host: string, accounts: readonly RelayAccount[]): Promise<ChatMedia> {
    const { transport, clock, maxSize } = this.#options;
    const hash = transport.hash?.bind(transport);
    if (!hash) throw new ChatroomsError('CHAT_ERR_USAGE', 'this transport cannot authenticate at relays');
    const media = new ChatMedia({ host, secure: true, maxSize, port: MSRP_PORT });
    const link = this.#newLink(media);
    this.#media = media;
    this.#link = link;
    await this.#connectRelay(link, accounts[0].uri);
    const relays = new RelayAccess({
      accounts,
      hash,
      clock,
      link,
      onRenewed: (usePath) => void this.#offerAnew(media, link, usePath),
    });
    this.#relays = relays;
    await relays.open();
    media.relays = relayHops(relays.usePath);
    return media;
  }

  /** 4976-5.1-03: "the relay URI (may lack a port: SRV `_msrps._tcp`, then A/AAAA with port 2855)" */
  async #connectRelay(link: MsrpLink, uri: string): Promise<void> {
    const { transport } = this.#options;
    const { host = '', port = null } = parseMsrpUri(uri) ?? {};
    const name = host.replace(/^\[|\]$/g, '');
    const found = port === null ? await transport.locateRelay?.(name) : [{ host: name, port }];
    const targets = found?.length ? found : [{ host: name, port: RELAY_PORT }];
    let failure: unknown;
    for (const target of targets) {
      try {
        // RFC 4976 §9.2: the certificate has to be good for the name in the URI, whatever DNS made of it
        await link.connect(transport, { ...target, secure: true, fingerprint: null, serverName: name });
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** RFC 4976 §9.4: "Clients need to re-negotiate the tokens using a new offer/answer exchange". */
  async #offerAnew(media: ChatMedia, link: MsrpLink, usePath: readonly string[]): Promise<void> {
    const { reinvite } = this.#options;
    media.relays = relayHops(usePath);
    try {
      if (!reinvite) throw new Error('the user agent cannot offer anew');
      // 4975-8.4-01: the answerer's path may be another one too
      const room = media.accept(await reinvite(media.offer()));
      link.peerPath = [...usePath, ...room.path];
    } catch (error) {
      link.fail(`the renewed path was not accepted: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #newLink(media: ChatMedia): MsrpLink {
    const { transport, relays = [] } = this.#options;
    const fixed = relays.length > 0 || transport.carrier === 'ws' ? { chunkSize: FIXED_CHUNKS } : {};
    const { needsKeepAlive: keepAlive = false } = transport;
    return new MsrpLink({ ...fixed, ...this.#options, keepAlive, ownUri: media.ownUri, acceptTypes: ['message/cpim'] });
  }
}

/**
 * What the certificate at the other end has to match. With relays of the room's the connection ends at the one next to us,
 * and the fingerprint is that of somebody behind it.
 */
const onConnection = ({ path, fingerprint }: RoomMedia): ExpectedFingerprint | null =>
  path.length === 1 ? fingerprint : null;
