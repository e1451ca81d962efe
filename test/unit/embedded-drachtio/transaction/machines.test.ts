import type { Flow } from '../../../../lib/embedded-drachtio/sip.js';
import {
  createResponse,
  DEFAULT_TIMERS,
  Headers,
  type SipMessage,
  type SipRequest,
} from '../../../../lib/embedded-drachtio/sip.js';
import type { Environment } from '../../../../lib/embedded-drachtio/transaction/environment.js';
import { InviteClientTransaction } from '../../../../lib/embedded-drachtio/transaction/invite-client.js';
import { InviteServerTransaction } from '../../../../lib/embedded-drachtio/transaction/invite-server.js';
import { NonInviteClientTransaction } from '../../../../lib/embedded-drachtio/transaction/non-invite-client.js';
import { NonInviteServerTransaction } from '../../../../lib/embedded-drachtio/transaction/non-invite-server.js';
import { ManualClock } from '../../../support/manual-clock.js';

const request = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:bob@192.0.2.2',
  headers: new Headers([
    ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
    ['Route', '<sip:proxy.example.com;lr>'],
    ['From', '<sip:alice@192.0.2.1>;tag=1'],
    ['To', '<sip:bob@192.0.2.2>'],
    ['Call-ID', 'a@b'],
    ['CSeq', `7 ${method}`],
  ]),
  body: Buffer.alloc(0),
});
const endpoint = { host: '192.0.2.2', port: 5060 };
const flowOf = (reliable: boolean): Flow => ({
  transport: reliable ? 'tcp' : 'udp',
  reliable,
  local: endpoint,
  remote: endpoint,
  closed: false,
  send: () => {},
});

interface Bench {
  clock: ManualClock;
  /** What was sent, and when, in milliseconds from the start. */
  sent: [at: number, what: string][];
  events: string[];
  environment: Environment;
  transmit: (message: SipMessage, failed: (error: Error) => void) => void;
  fail: (error: Error) => void;
}
function bench(): Bench {
  const clock = new ManualClock(0);
  const result: Bench = {
    clock,
    sent: [],
    events: [],
    environment: { clock, timers: DEFAULT_TIMERS, terminated: () => void result.events.push('terminated') },
    transmit: (message, failed) => {
      result.sent.push([clock.now(), message.kind === 'request' ? message.method : String(message.status)]);
      result.fail = failed;
    },
    fail: () => {},
  };
  return result;
}
const times = ({ sent }: Bench): number[] => sent.map(([at]) => at);

function startInviteClient(reliable: boolean): Bench & { transaction: InviteClientTransaction } {
  const b = bench();
  const invite = request('INVITE');
  const transaction = new InviteClientTransaction(invite, 'z9hG4bK1', b.transmit, b.environment, () =>
    b.events.push('ringing too long'),
  );
  transaction.on('response', ({ status }) => b.events.push(String(status)));
  transaction.on('timeout', () => b.events.push('timeout'));
  transaction.on('transportError', () => b.events.push('error'));
  transaction.start(flowOf(reliable));
  return Object.assign(b, { transaction });
}

const answerInviteClient = (b: { transaction: InviteClientTransaction }, status: number): void =>
  b.transaction.received(createResponse(b.transaction.request, status, { toTag: 'x' }), flowOf(false));

describe('INVITE client (RFC 3261 §17.1.1)', () => {
  test('timer A doubles, timer B gives up after 64*T1', () => {
    const b = startInviteClient(false);
    b.clock.advance(32_000);
    expect(times(b)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(b.events).toEqual(['terminated', 'timeout']);
    expect(b.clock.pending).toBe(0);
  });

  test('over a reliable transport nothing is repeated', () => {
    const b = startInviteClient(true);
    b.clock.advance(32_000);
    expect(times(b)).toEqual([0]);
    expect(b.events).toEqual(['terminated', 'timeout']);
  });

  test('3xx-6xx: ACK in the transaction, again for each repetition, until timer D', () => {
    const b = startInviteClient(false);
    answerInviteClient(b, 180);
    answerInviteClient(b, 486);
    answerInviteClient(b, 486);
    expect(b.sent.map(([, what]) => what)).toEqual(['INVITE', 'ACK', 'ACK']);
    expect(b.events).toEqual(['180', '486']);
    b.clock.advance(31_999);
    expect(b.transaction.state).toBe('completed');
    b.clock.advance(1);
    expect(b.events.at(-1)).toBe('terminated');
    expect(b.clock.pending).toBe(0);
  });

  test('the ACK has the Via, Route, From, Call-ID and number of the INVITE and the To of the response', () => {
    const acks: SipRequest[] = [];
    const b = bench();
    const transaction = new InviteClientTransaction(
      request('INVITE'),
      'x',
      (message) => acks.push(message),
      b.environment,
      () => {},
    );
    transaction.start(flowOf(true));
    transaction.received(createResponse(transaction.request, 486, { toTag: 'x' }), flowOf(true));
    const { headers } = acks[1] ?? request('none');
    const taken = ['Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => headers.get(name));
    expect(taken).toEqual([
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      '<sip:proxy.example.com;lr>',
      '<sip:alice@192.0.2.1>;tag=1',
      '<sip:bob@192.0.2.2>;tag=x',
      'a@b',
      '7 ACK',
    ]);
    expect(transaction.state).toBe('terminated');
  });

  test('RFC 6026 §7.2: accepted passes 2xx up, and nothing else, until timer M', () => {
    const b = startInviteClient(false);
    answerInviteClient(b, 200);
    answerInviteClient(b, 200);
    answerInviteClient(b, 486);
    expect(b.events).toEqual(['200', '200']);
    expect(times(b)).toEqual([0]);
    b.clock.advance(32_000);
    expect(b.events.at(-1)).toBe('terminated');
    expect(b.clock.pending).toBe(0);
  });

  test('a peer that stops ringing is noticed (timer C); a cancelled INVITE ends after 64*T1 (§9.1)', () => {
    const b = startInviteClient(false);
    answerInviteClient(b, 180);
    b.clock.advance(170_000);
    answerInviteClient(b, 180);
    b.clock.advance(179_999);
    expect(b.events).toEqual(['180', '180']);
    b.clock.advance(1);
    expect(b.events.at(-1)).toBe('ringing too long');
    b.transaction.awaitCancelled();
    b.clock.advance(32_000);
    expect(b.events.slice(-2)).toEqual(['terminated', 'timeout']);
    expect(b.clock.pending).toBe(0);
  });

  test('a transport error is told once', () => {
    const b = startInviteClient(false);
    b.fail(new Error('x'));
    b.fail(new Error('x'));
    expect(b.events).toEqual(['terminated', 'error']);
    expect(b.clock.pending).toBe(0);
  });
});

function startNonInviteClient(reliable: boolean): Bench & { transaction: NonInviteClientTransaction } {
  const b = bench();
  const transaction = new NonInviteClientTransaction(request('OPTIONS'), 'x', b.transmit, b.environment);
  transaction.on('response', ({ status }) => b.events.push(String(status)));
  transaction.on('timeout', () => b.events.push('timeout'));
  transaction.on('transportError', () => b.events.push('error'));
  transaction.start(flowOf(reliable));
  return Object.assign(b, { transaction });
}

const answerNonInviteClient = (b: { transaction: NonInviteClientTransaction }, status: number): void =>
  b.transaction.received(createResponse(b.transaction.request, status, { toTag: 'x' }), flowOf(false));

describe('non-INVITE client (RFC 3261 §17.1.2)', () => {
  test('timer E doubles up to T2, timer F ends it', () => {
    const b = startNonInviteClient(false);
    b.clock.advance(32_000);
    expect(times(b)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(b.events).toEqual(['terminated', 'timeout']);
    expect(b.clock.pending).toBe(0);
  });

  test('in proceeding it repeats every T2; timer K absorbs repeated finals', () => {
    const b = startNonInviteClient(false);
    answerNonInviteClient(b, 100);
    b.clock.advance(8_600);
    expect(times(b)).toEqual([0, 500, 4_500, 8_500]);
    answerNonInviteClient(b, 200);
    answerNonInviteClient(b, 200);
    expect(b.events).toEqual(['100', '200']);
    b.clock.advance(4_999);
    expect(b.transaction.state).toBe('completed');
    b.clock.advance(1);
    expect(b.events.at(-1)).toBe('terminated');
    expect(b.clock.pending).toBe(0);
  });

  test('over a reliable transport it terminates with the final response', () => {
    const b = startNonInviteClient(true);
    answerNonInviteClient(b, 200);
    expect(b.events).toEqual(['terminated', '200']);
    expect(b.clock.pending).toBe(0);
  });
});

function startInviteServer(reliable: boolean): Bench & { transaction: InviteServerTransaction } {
  const b = bench();
  const transaction = new InviteServerTransaction(request('INVITE'), flowOf(reliable), b.transmit, b.environment);
  transaction.on('timeout', () => b.events.push('timeout'));
  transaction.on('transportError', () => b.events.push('error'));
  return Object.assign(b, { transaction });
}

describe('INVITE server (RFC 3261 §17.2.1)', () => {
  test('timer G repeats a failure up to T2, timer H ends it', () => {
    const b = startInviteServer(false);
    b.transaction.reply(486);
    b.clock.advance(32_000);
    expect(times(b)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(b.events).toEqual(['terminated', 'timeout']);
    expect(b.clock.pending).toBe(0);
  });

  test('over a reliable transport the failure is sent once, and the ACK ends it', () => {
    const b = startInviteServer(true);
    b.transaction.reply(486);
    b.clock.advance(20_000);
    expect(times(b)).toEqual([0]);
    expect(b.transaction.acknowledged()).toBe(true);
    expect(b.events).toEqual(['terminated']);
    expect(b.clock.pending).toBe(0);
  });

  test('the ACK stops G and H; timer I absorbs more ACKs for T4', () => {
    const b = startInviteServer(false);
    b.transaction.reply(486);
    b.transaction.retransmitted();
    expect(b.transaction.acknowledged()).toBe(true);
    expect(b.transaction.acknowledged()).toBe(true);
    b.clock.advance(4_999);
    expect(b.transaction.state).toBe('confirmed');
    b.clock.advance(1);
    expect(b.events).toEqual(['terminated']);
    expect(times(b)).toEqual([0, 0]);
    expect(b.clock.pending).toBe(0);
  });

  test('RFC 6026 §7.1: accepted absorbs INVITEs, lets 2xx through and leaves ACKs alone, until timer L', () => {
    const b = startInviteServer(false);
    expect(b.transaction.reply(180)).toBe(true);
    b.transaction.retransmitted();
    expect(b.transaction.reply(200)).toBe(true);
    b.transaction.retransmitted();
    expect(b.sent.map(([, what]) => what)).toEqual(['180', '180', '200']);
    expect(b.transaction.acknowledged()).toBe(false);
    expect(b.transaction.reply(200)).toBe(true);
    expect(b.transaction.reply(486)).toBe(false);
    b.fail(new Error('x'));
    expect(b.transaction.state).toBe('accepted');
    b.clock.advance(32_000);
    expect(b.events).toEqual(['error', 'terminated']);
    expect(b.clock.pending).toBe(0);
  });
});

describe('non-INVITE server (RFC 3261 §17.2.2)', () => {
  test.each([
    ['unreliable: timer J repeats the final response for 64*T1', false],
    ['reliable: gone with the final response', true],
  ])('%s', (_name, reliable) => {
    const b = bench();
    const transaction = new NonInviteServerTransaction(request('OPTIONS'), flowOf(reliable), b.transmit, b.environment);
    transaction.retransmitted();
    expect(b.sent).toEqual([]);
    expect(transaction.reply(200)).toBe(true);
    expect(transaction.reply(500)).toBe(false);
    if (reliable) expect(b.events).toEqual(['terminated']);
    else {
      transaction.retransmitted();
      b.clock.advance(31_999);
      expect(b.events).toEqual([]);
      b.clock.advance(1);
      expect(b.events).toEqual(['terminated']);
      expect(b.sent.map(([, what]) => what)).toEqual(['200', '200']);
    }
    expect(b.clock.pending).toBe(0);
  });

  test('a request nobody answers is forgotten after 64*T1 (RFC 4320 §4.2)', () => {
    const b = bench();
    const transaction = new NonInviteServerTransaction(request('OPTIONS'), flowOf(false), b.transmit, b.environment);
    transaction.on('timeout', () => b.events.push('timeout'));
    b.clock.advance(32_000);
    expect(b.events).toEqual(['terminated', 'timeout']);
    expect(b.clock.pending).toBe(0);
  });
});
