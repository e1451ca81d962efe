/** Who is behind an HTTP request. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { AddressRanges } from '../../lib/chat-server.js';
import { isKnownHost, isSecurePage } from '../../lib/util/page-origin.js';

export interface Visitor {
  /** IP address; undefined when he is gone already. */
  address: string | undefined;
  /** TLS protects what he says up to the last proxy. */
  secure: boolean;
}

export interface VisitorsOptions {
  /** See `WebOptions`. */
  proxies?: readonly string[];
  /** Origins and names under which we are known, beside those of this machine. */
  origins?: readonly string[];
  names: readonly string[];
  /** Only who means one of these names is let in: nobody is asked who he is, and only this machine is to get here. */
  onlyKnownHosts: boolean;
}

export class Visitors {
  readonly #proxies: AddressRanges;
  readonly #options: VisitorsOptions;
  readonly #hosts: readonly string[];

  /** @throws ChatroomsError `CHAT_ERR_OPTION` for what is no address block */
  constructor(options: VisitorsOptions) {
    const { proxies = [], origins = [], names } = options;
    this.#options = options;
    this.#proxies = new AddressRanges(proxies, 'http.web.proxies');
    this.#hosts = [...origins, ...names.map((name) => `http://${name}`)];
  }

  /** A name of elsewhere, under which a page of elsewhere would be of our origin (DNS rebinding), is not let in. */
  meansUs(host: string | undefined): boolean {
    return !this.#options.onlyKnownHosts || isKnownHost(host, this.#hosts);
  }

  of({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): Visitor {
    const { remoteAddress } = socket;
    const visitor = { address: remoteAddress, secure: isSecurePage(headers) };
    if (remoteAddress === undefined || !this.#proxies.has(remoteAddress)) return visitor;
    const proto = lastOf(headers['x-forwarded-proto'])?.toLowerCase();
    return {
      address: this.#nearest(headers['x-forwarded-for']) ?? remoteAddress,
      secure: proto === undefined ? visitor.secure : proto === 'https',
    };
  }

  /** Each proxy adds at the end whom it saw; in front of the last one that we do not know, anything may stand. */
  #nearest(forwarded: string | string[] | undefined): string | undefined {
    const addresses = entriesOf(forwarded).toReversed();
    const first = addresses.find((address) => !this.#proxies.has(address));
    return first !== undefined && isIP(first) !== 0 ? first : undefined;
  }
}

const entriesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((entry) => entry.trim());

const lastOf = (header: string | string[] | undefined): string | undefined => entriesOf(header).at(-1) || undefined;
