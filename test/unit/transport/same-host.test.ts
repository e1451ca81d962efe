import { addressComparison, hostsIn } from '../../../lib/transport/same-host.js';
import { ManualClock } from '../../support/manual-clock.js';

const RECORDS: Record<string, string[]> = {
  'a.example': ['192.0.2.1', '2001:db8::1'],
  'b.example': ['192.0.2.9', '192.0.2.1'],
  'c.example': ['192.0.2.3'],
};

const resolve = (name: string): Promise<string[]> =>
  name in RECORDS ? Promise.resolve(RECORDS[name] ?? []) : Promise.reject(new Error('ENOTFOUND'));

test.each([
  ['a.example', '192.0.2.1', true],
  ['a.example', '[2001:DB8:0::1]', true],
  ['A.Example', 'b.example', true],
  ['a.example', 'c.example', false],
  ['nowhere.example', 'NOWHERE.example', true],
  ['nowhere.example', '192.0.2.1', false],
  ['192.0.2.1', '192.0.2.1', true],
])('6714-4.4-01: %s and %s: %s', async (a, b, same) => {
  const sameHost = await addressComparison([a, b], { clock: new ManualClock(), resolve });
  expect(sameHost(a, b)).toBe(same);
});

test('addresses are not resolved, and a name only once', async () => {
  const asked: string[] = [];
  const noting = (name: string): Promise<string[]> => {
    asked.push(name);
    return resolve(name);
  };
  await addressComparison(['192.0.2.1', '[::1]', 'a.example', 'A.example'], {
    clock: new ManualClock(),
    resolve: noting,
  });
  expect(asked).toEqual(['a.example']);
});

test('a resolver that does not answer makes nobody wait for ever', async () => {
  const clock = new ManualClock();
  const comparing = addressComparison(['slow.example', 'a.example'], {
    clock,
    resolve: (name) => (name === 'slow.example' ? new Promise(() => undefined) : resolve(name)),
  });
  clock.advance(5000);
  const sameHost = await comparing;
  expect(sameHost('slow.example', '192.0.2.1')).toBe(false);
  expect(sameHost('slow.example', 'slow.example')).toBe(true);
});

test('hosts of message lines only; nothing of what is no SDP', () => {
  const sdp = [
    'v=0',
    'o=- 1 1 IN IP4 a.example',
    's=-',
    'c=IN IP4 b.example',
    't=0 0',
    'm=audio 5 RTP/AVP 0',
    'c=IN IP4 audio.example',
    'm=message 2855 TCP/MSRP *',
    'a=path:msrp://relay.example:2855/x;tcp msrp://[::1]:2855/y;tcp',
    '',
  ].join('\r\n');
  expect(hostsIn(sdp)).toEqual(['b.example', 'relay.example', '[::1]']);
  expect(hostsIn('nonsense')).toEqual([]);
});
