import { randomBytes } from 'node:crypto';
import { silent } from '../../../../../lib/util/log.js';
import { authorization, chooseChallenge } from '../../../../../lib/msrp/index.js';
import { Challenge } from '../../../../../plugin/identity/digest/challenge.js';
import { hash, ha1Of } from '../../../../../plugin/identity/digest/response.js';
import { DigestVerifier, type DigestVerifierOptions } from '../../../../../plugin/identity/digest/verifier.js';
import type { SipRequest } from '../../../../../plugin/drachtio/srf-types.js';
import type { Secret } from '../../../../../plugin/options/options.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const REALM = 'example.com';
const URI = 'sip:lobby@conf.example.com';

function verifier(users: Record<string, Secret[]>, options: Partial<DigestVerifierOptions> = {}) {
  const asked: string[] = [];
  const source = {
    open: async () => {},
    close: async () => {},
    find: async (user: string) => {
      asked.push(user);
      return users[user] ?? [];
    },
  };
  const clock = new ManualClock();
  const all = { source, nonceLifetime: 60_000, proxy: false, clock, log: silent, ...options };
  return { digest: new DigestVerifier(all), asked, clock };
}

const request = (headers: Record<string, string> = {}, uri = URI): SipRequest =>
  ({
    method: 'INVITE',
    uri,
    source_address: '192.0.2.1',
    get: (name: string) => headers[name],
  }) as unknown as SipRequest;

/** What it is refused with. */
async function refusal(digest: DigestVerifier, req: SipRequest): Promise<Challenge> {
  const error: unknown = await digest.authenticate(req, REALM).catch((cause: unknown) => cause);
  if (error instanceof Challenge) return error;
  throw new Error(`not challenged: ${String(error)}`);
}

const lines = ({ headers }: Challenge): readonly string[] => Object.values(headers)[0] ?? [];

/** Credentials as our client makes them for one of the challenges. */
function answer(
  challenge: Challenge,
  password: string,
  algorithm: 'MD5' | 'SHA-256' = 'SHA-256',
): Record<string, string> {
  const chosen = chooseChallenge(lines(challenge).filter((line) => line.includes(`algorithm=${algorithm}`)));
  if (!chosen) throw new Error('not offered');
  const how = { method: 'INVITE', uri: URI, count: 1, cnonce: randomBytes(8).toString('hex') };
  return { Authorization: authorization(hash, chosen, { username: 'ana', password }, how) };
}

const ana = { ana: [{ password: 'secret' }] };

test('RFC 8760 §2.4: a line for each algorithm, the best first; IDN-04: 401, or 407', async () => {
  const challenge = await refusal(verifier(ana).digest, request());
  expect(challenge.sipStatus).toBe(401);
  expect(lines(challenge)).toEqual([
    expect.stringMatching(
      /^Digest realm="example.com", nonce="[\w-]{40}", opaque="[\w-]+", algorithm=SHA-256, qop="auth"$/,
    ),
    expect.stringMatching(/, algorithm=MD5, qop="auth"$/),
  ]);
  const proxy = await refusal(verifier(ana, { proxy: true, algorithms: ['MD5'] }).digest, request());
  expect(proxy.sipStatus).toBe(407);
  expect(Object.keys(proxy.headers)).toEqual(['Proxy-Authenticate']);
  expect(lines(proxy)).toHaveLength(1);
});

test.each(['MD5', 'SHA-256'] as const)('with %s, a password is as good as its hash', async (algorithm) => {
  for (const secret of [{ password: 'secret' }, { algorithm, ha1: ha1Of(algorithm, 'ana', REALM, 'secret') }]) {
    const { digest } = verifier({ ana: [secret] });
    const credentials = answer(await refusal(digest, request()), 'secret', algorithm);
    await expect(digest.authenticate(request(credentials), REALM)).resolves.toBe('ana');
  }
});

test('credentials of a proxy on the way, for the same realm, stand beside ours', async () => {
  const { digest } = verifier(ana);
  const ours = answer(await refusal(digest, request()), 'secret');
  const theirs = answer(await refusal(verifier(ana).digest, request()), 'secret');
  const both = { Authorization: theirs.Authorization ?? '', 'Proxy-Authorization': ours.Authorization ?? '' };
  await expect(digest.authenticate(request(both), REALM)).resolves.toBe('ana');
});

test('RFC 7616 §3.3: a nonce of another server is stale, and nobody is looked up for it', async () => {
  const { digest, asked } = verifier(ana);
  const foreign = answer(await refusal(verifier(ana).digest, request()), 'secret');
  const challenge = await refusal(digest, request(foreign));
  expect(lines(challenge)[0]).toMatch(/, stale=true$/);
  expect(asked).toEqual([]);
});

test('credentials for another realm are none', async () => {
  const { digest, asked } = verifier(ana);
  const credentials = answer(await refusal(digest, request()), 'secret');
  const other = { Authorization: (credentials.Authorization ?? '').replace(REALM, 'other.example') };
  expect(lines(await refusal(digest, request(other)))[0]).not.toContain('stale');
  expect(asked).toEqual([]);
});

test.each([
  'sip:lobby@conf.example.com;transport=tcp',
  'sip:lobby@CONF.example.com:5070',
  'sip:lobb%79@conf.example.com',
])('RFC 3261 §22.4: %s is the same place', async (uri) => {
  const { digest } = verifier(ana);
  const credentials = answer(await refusal(digest, request()), 'secret');
  await expect(digest.authenticate(request(credentials, uri), REALM)).resolves.toBe('ana');
});

test('RFC 7616 §3.4.6: another place is 400, as are credentials without qop', async () => {
  const { digest } = verifier(ana);
  const credentials = answer(await refusal(digest, request()), 'secret');
  const elsewhere = digest.authenticate(request(credentials, 'sip:other@conf.example.com'), REALM);
  await expect(elsewhere).rejects.toMatchObject({ code: 'CHAT_ERR_CREDENTIALS', sipStatus: 400 });
  const legacy = { Authorization: (credentials.Authorization ?? '').replace('qop=auth, ', '') };
  await expect(digest.authenticate(request(legacy), REALM)).rejects.toMatchObject({ sipStatus: 400 });
});

test('IDN-04: three wrong passwords in a minute are 403; the right one is taken even then', async () => {
  const { digest, clock } = verifier(ana);
  const attempt = async (password: string): Promise<unknown> => {
    const credentials = answer(await refusal(digest, request()), password);
    return digest
      .authenticate(request(credentials), REALM)
      .catch((error: unknown) => Reflect.get(Object(error), 'sipStatus'));
  };
  expect([await attempt('a'), await attempt('b'), await attempt('c'), await attempt('d')]).toEqual([
    401, 401, 403, 403,
  ]);
  expect(await attempt('secret')).toBe('ana');
  expect(await attempt('a')).toBe(401);
  expect(await attempt('a')).toBe(401);
  clock.advance(60_000);
  expect(await attempt('a')).toBe(401);
});

test('users with the old hash alone: what cannot be checked is no longer offered, to anybody', async () => {
  const { digest } = verifier({ ana: [{ algorithm: 'MD5', ha1: ha1Of('MD5', 'ana', REALM, 'secret') }] });
  const better = answer(await refusal(digest, request()), 'secret');
  const challenge = await refusal(digest, request(better));
  expect(lines(challenge)).toEqual([expect.stringContaining('algorithm=MD5')]);
  await expect(digest.authenticate(request(answer(challenge, 'secret', 'MD5')), REALM)).resolves.toBe('ana');
  expect(lines(await refusal(digest, request()))).toHaveLength(1);
});
