import { keyOf, signed } from '../../../../../plugin/events/webhooks/signature.js';

const TIMESTAMP = 1_700_000_000;

// Computed by the package `standardwebhooks` 1.0 of the convention's authors.
test.each([
  [
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '{"test": 2432232314}',
    'v1,hw6D+jquXiPwVQiZTwb2ek9FSrOofldv7tv4JVMsFUY=',
  ],
  [
    'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    '0loyw3v28-00000001',
    '{"type":"message","text":"Pizza? 🍕"}',
    'v1,woTwSRpDtwJLZ907ttCZuVpD+rrd66tQofYbezoM13U=',
  ],
  ['correct horse battery staple', '0loyw3v28-00000002', '{}', 'v1,A2M1P2I3jISPpn6tkemq9vD6ThtGBwloUZ89lsOH2BE='],
])('secret %s', (secret, id, body, signature) => {
  expect(signed(keyOf(secret), { id, timestamp: TIMESTAMP, body })).toEqual({
    'webhook-id': id,
    'webhook-timestamp': String(TIMESTAMP),
    'webhook-signature': signature,
  });
});
