/** MSRP over WebSocket on an HTTP server of somebody else, who hands over what asks for it. */
import { isOwnPage } from '../util/page-origin.js';
import { refuseUpgrade } from '../util/refuse-upgrade.js';
import type { Door, Endpoint, Listener } from './transport.js';
import { type UpgradeRequest, WsUpgrades, type WsUpgradesOptions } from './ws-upgrades.js';

export interface SharedWsListenerOptions extends Omit<WsUpgradesOptions, 'admitsPage'> {
  /** Origins of pages let in beside those of that server itself. @defaultValue none */
  origins?: readonly string[];
}

/**
 * Listens nowhere itself. How long and from whom connections may be without a handshake is for that HTTP server to bound;
 * from the handshake on they count as any other.
 */
export class SharedWsListener implements Listener {
  readonly address: Endpoint;
  readonly #upgrades: WsUpgrades;
  #open = true;

  /** @param address where that server is reached */
  constructor(address: Endpoint, door: Door, { origins, ...options }: SharedWsListenerOptions) {
    this.address = address;
    this.#upgrades = new WsUpgrades(door, { ...options, admitsPage: (headers) => isOwnPage(headers, origins) });
  }

  /** The connection is ours from now on, whether it gets a stream or a refusal. */
  take(asked: UpgradeRequest): void {
    if (this.#open) this.#upgrades.take(asked);
    else refuseUpgrade(asked.socket, '503 Service Unavailable', 'shutting down');
  }

  listen(): Promise<Endpoint> {
    return Promise.resolve(this.address);
  }

  close(): Promise<void> {
    this.#open = false;
    return Promise.resolve();
  }
}
