import { isOwn, targetOf } from '../../../../plugin/sip/interception.js';
import type { ChatroomsOptions } from '../../../../plugin/options/options.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';
import type { SipRequest } from '../../../../plugin/drachtio/srf-types.js';

const LUNCH = 'sip:lunch@conf.example.com';

/** By name and alias. */
const EXISTING = new Map([
  [LUNCH, LUNCH],
  ['sip:8000@conf.example.com', LUNCH],
]);

const rooms = { find: (uri: string): string | undefined => EXISTING.get(uri) };

async function target(method: string, uri: string, options: ChatroomsOptions): Promise<string> {
  const req: Pick<SipRequest, 'method' | 'uri' | 'body' | 'get'> = {
    method,
    uri,
    body: undefined,
    get: () => undefined,
  };
  const settings = parseOptions({ domain: ['conf.example.com', 'two.example.com'], ...options });
  const found = await targetOf(req as SipRequest, settings, rooms);
  if (found.is === 'room') return found.room.uri;
  return found.is === 'factory' ? `factory ${found.factory.uri}` : found.is;
}

const nobody: ChatroomsOptions = { rooms: { create: 'nobody' } };

test.each<[string, string, string, ChatroomsOptions, string]>([
  ['a room there is', 'INVITE', 'sip:lunch@conf.example.com', nobody, 'sip:lunch@conf.example.com'],
  [
    'whatever the case, port and parameters',
    'INVITE',
    'sips:lunch@CONF.example.com:5061;x=y',
    nobody,
    'sip:lunch@conf.example.com',
  ],
  ['PBX-02 an alias of it', 'INVITE', 'sip:8000@conf.example.com;user=phone', nobody, LUNCH],
  ['PBX-02 though it could be made', 'INVITE', 'sip:8000@conf.example.com', {}, LUNCH],
  ['PBX-13 not in the other domain', 'INVITE', 'sip:8000@two.example.com', nobody, 'unknown'],
  ['a room that may be made', 'INVITE', 'sip:new@conf.example.com', {}, 'sip:new@conf.example.com'],
  ['one that only an INVITE makes', 'SUBSCRIBE', 'sip:new@conf.example.com', {}, 'unknown'],
  ['one that nobody may make', 'INVITE', 'sip:new@conf.example.com', nobody, 'unknown'],
  ['a name that is none', 'INVITE', 'sip:%@conf.example.com', {}, 'unknown'],
  ['the domain itself', 'OPTIONS', 'sip:conf.example.com', {}, 'foreign'],
  ['another domain', 'INVITE', 'sip:lunch@example.com', {}, 'foreign'],
  ['another scheme', 'INVITE', 'tel:+34600000001', {}, 'foreign'],
])('FAC-02: %s', async (_, method, uri, options, expected) => {
  expect(await target(method, uri, options)).toBe(expected);
});

test.each<[string, ChatroomsOptions['factory'], string, string]>([
  ['a user part', 'new', 'sip:new@conf.example.com', 'factory sip:new@conf.example.com'],
  ['a user part, in each domain', 'new', 'sip:new@TWO.example.com;user=phone', 'factory sip:new@two.example.com'],
  ['a URI', 'sip:new@conf.example.com', 'sip:new@conf.example.com:5060', 'factory sip:new@conf.example.com'],
  ['a URI, in no other domain', 'sip:new@conf.example.com', 'sip:new@two.example.com', 'unknown'],
  ['several', ['new', 'sip:grp@two.example.com'], 'sip:grp@two.example.com', 'factory sip:grp@two.example.com'],
  ['not in the domain of others', 'new', 'sip:new@example.com', 'foreign'],
])('FAC-01: the factory: %s', async (_, factory, uri, expected) => {
  expect(await target('INVITE', uri, { ...nobody, factory })).toBe(expected);
});

test('FAC-01: a factory by another name', async () => {
  const options = { factory: 'new', resolveRoom: () => 'new' };
  expect(await target('OPTIONS', 'sip:8000@example.com', options)).toBe('factory sip:new@conf.example.com');
});

describe('FAC-09 which URIs of a list are ours', () => {
  const nobody = { find: () => undefined };
  const ours = parseOptions({ domain: ['conf.example.com', 'two.example.com'], factory: 'new' });
  it.each([
    ['sip:new@conf.example.com', true],
    ['sip:new@TWO.example.com', true],
    ['sip:anything@conf.example.com', true],
    ['sip:new@example.com', false],
    ['tel:+33600000001', false],
  ])('%s: %s', (uri, own) => {
    expect(isOwn(uri, ours, nobody)).toBe(own);
  });

  it('where a function knows the domains: rooms there are', () => {
    const room = 'sip:lunch@anywhere.example.com';
    const anywhere = parseOptions({ domain: () => null });
    expect(isOwn(room, anywhere, { find: (uri) => (uri === room ? room : undefined) })).toBe(true);
    expect(isOwn('sip:bob@anywhere.example.com', anywhere, nobody)).toBe(false);
  });
});
