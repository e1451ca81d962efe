/** What a script says about an actor's client: `without chatroom, accepts text/plain`. */
import { type OfferOptions, offer } from '../../support/caller.js';
import { QUOTED, unquote } from './text.js';

/** How an actor calls and what its offer says. */
export interface Client {
  /** SIP headers beside those every INVITE has, by name. */
  headers: Map<string, string>;
  displayName: string | undefined;
  /** URI it writes as CPIM From and by which others address it; undefined for that of its calls. */
  knownAs: string | undefined;
  /** Tokens of `a=chatroom`; null for no such line. */
  chatroom: readonly string[] | null;
  /** Lines of the offer that take the place of those of the same name, or are added. */
  lines: readonly string[];
  /** SIP over. */
  sip: 'tcp' | 'udp';
  /** MSRP over. */
  msrp: 'tcp' | 'tls' | 'ws';
}

export const ORDINARY: Readonly<Client> = {
  headers: new Map(),
  displayName: undefined,
  knownAs: undefined,
  chatroom: ['nickname', 'private-messages'],
  lines: [],
  sip: 'tcp',
  msrp: 'tcp',
};

type Change = (client: Readonly<Client>, found: RegExpExecArray) => Partial<Client>;

const withHeader = (client: Readonly<Client>, name: string, value: string): Partial<Client> => ({
  headers: new Map(client.headers).set(name, value),
});

/** Every clause there is. */
const CLAUSES: readonly (readonly [RegExp, Change])[] = [
  [/^without chatroom$/, () => ({ chatroom: null })],
  [/^with chatroom$/, () => ({ chatroom: ORDINARY.chatroom })],
  [/^without private messages$/, ({ chatroom }) => ({ chatroom: without(chatroom, 'private-messages') })],
  [/^without nicknames$/, ({ chatroom }) => ({ chatroom: without(chatroom, 'nickname') })],
  [/^accepts (\S.*)$/, ({ lines }, found) => ({ lines: [...lines, `a=accept-wrapped-types:${found[1]}`] })],
  [
    new RegExp(`^offers (${QUOTED})$`),
    ({ lines }, found) => ({
      lines: [...lines, unquote(found[1])],
    }),
  ],
  [/^anonymous$/, (client) => withHeader(client, 'Privacy', 'id')],
  [/^anonymous \(Privacy: ([^)]*)\)$/, (client, found) => withHeader(client, 'Privacy', found[1])],
  [/^known as (\S+)$/, (_client, found) => ({ knownAs: found[1] })],
  [new RegExp(`^named (${QUOTED})$`), (_client, found) => ({ displayName: unquote(found[1]) })],
  [new RegExp(`^user-agent (${QUOTED})$`), (client, found) => withHeader(client, 'User-Agent', unquote(found[1]))],
  [
    new RegExp(`^with header (${QUOTED})$`),
    (client, found) => {
      const [name, value] = headerOf(unquote(found[1]));
      return withHeader(client, name, value);
    },
  ],
  [/^over (tcp|udp)$/, (_client, found) => ({ sip: found[1] as 'tcp' | 'udp' })],
  [/^over (tls|ws)$/, (_client, found) => ({ msrp: found[1] as 'tls' | 'ws' })],
];

const without = (tokens: readonly string[] | null, token: string): string[] =>
  (tokens ?? []).filter((other) => other !== token);

/** `Name: value` */
export function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

/** The client after one more clause; undefined when there is no such clause. */
export function clause(client: Readonly<Client>, text: string): Client | undefined {
  for (const [form, change] of CLAUSES) {
    const found = form.exec(text);
    if (found) return { ...client, ...change(client, found) };
  }
  return undefined;
}

/** What the client offers. */
export function offerOf(client: Readonly<Client>, path: string): string {
  const { chatroom, lines } = client;
  const tokens = chatroom && chatroom.length > 0 ? `:${chatroom.join(' ')}` : '';
  const options: OfferOptions = { path, attributes: chatroom ? [`a=chatroom${tokens}`] : [] };
  return lines.reduce(replaced, offer(options));
}

/** The line instead of the one of its name, or behind the last. */
function replaced(sdp: string, line: string): string {
  const name = /^a=[^:]+|^[a-z]=/.exec(line)?.[0] ?? line;
  const old = sdp
    .split('\r\n')
    .find((other) => other === name || other.startsWith(name.endsWith('=') ? name : `${name}:`));
  return old === undefined ? `${sdp}${line}\r\n` : sdp.replace(`${old}\r\n`, `${line}\r\n`);
}
