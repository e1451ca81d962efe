import { createHash } from 'node:crypto';
import type { SipRequest, SipResponse } from '../../lib/embedded-drachtio/sip.js';

export interface Login {
  username: string;
  password: string;
  /** @defaultValue the first challenge's */
  algorithm?: 'MD5' | 'SHA-256';
  nonce?: string;
  nc?: string;
  cnonce?: string;
  /** @defaultValue the Request-URI */
  uri?: string;
}

const hashed = (algorithm: string, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** The challenges of a 401 or 407, in their order. */
export const challengesOf = ({ headers }: SipResponse): Map<string, string>[] =>
  [...headers.getAll('WWW-Authenticate'), ...headers.getAll('Proxy-Authenticate')].map(
    (value) =>
      new Map(
        Array.from(value.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g), ([, name = '', quoted, token]) => [
          name,
          quoted ?? token ?? '',
        ]),
      ),
  );

/** The same request with the answer to a challenge, written by hand. */
export function answering(request: SipRequest, response: SipResponse, login: Login): SipRequest {
  const challenges = challengesOf(response);
  const challenge = challenges.find((each) => each.get('algorithm') === login.algorithm) ?? challenges[0];
  const [realm, algorithm, opaque] = ['realm', 'algorithm', 'opaque'].map((name) => challenge?.get(name) ?? '');
  const { username, password, nc = '00000001', cnonce = '0a4f113b', uri = request.uri } = login;
  const nonce = login.nonce ?? challenge?.get('nonce') ?? '';
  const ha1 = hashed(algorithm, `${username}:${realm}:${password}`);
  const ha2 = hashed(algorithm, `${request.method}:${uri}`);
  const answer = hashed(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
  const headers = request.headers.clone();
  headers.delete('Via');
  headers.set('CSeq', `${Number.parseInt(request.headers.get('CSeq') ?? '0', 10) + 1} ${request.method}`);
  headers.set(
    response.status === 407 ? 'Proxy-Authorization' : 'Authorization',
    [
      `Digest username="${username}"`,
      `realm="${realm}"`,
      `nonce="${nonce}"`,
      `uri="${uri}"`,
      `response="${answer}"`,
      `algorithm=${algorithm}`,
      `cnonce="${cnonce}"`,
      'qop=auth',
      `nc=${nc}`,
      `opaque="${opaque}"`,
    ].join(', '),
  );
  return { ...request, headers };
}
