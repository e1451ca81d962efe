import {
  AcceptedInvite,
  createResponse,
  DEFAULT_TIMERS,
  Dialog,
  DialogTable,
  type Flow,
  formatSessionExpires,
  Headers,
  parseSessionExpires,
  SessionTimer,
  type SessionExpires,
  type SipRequest,
} from '../../../../lib/embedded-drachtio/sip.js';
import { ManualClock } from '../../../support/manual-clock.js';

const flow = (port: number, closed = false, transport: 'udp' | 'tcp' = 'tcp'): Flow => ({
  transport,
  reliable: transport === 'tcp',
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host: '192.0.2.2', port },
  closed,
  send: () => {},
});
const invite = (extra: [string, string][] = []): SipRequest => ({
  kind: 'request',
  method: 'INVITE',
  uri: 'sip:room@example.com',
  headers: new Headers([
    ['Via', 'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1'],
    ['From', '<sip:alice@example.com>;tag=a'],
    ['To', '<sip:room@example.com>'],
    ['Call-ID', 'c@d'],
    ['CSeq', '5 INVITE'],
    ['Contact', '<sip:alice@192.0.2.2:5070>'],
    ...extra,
  ]),
  body: Buffer.alloc(0),
});
const request = (method: string, cseq: number, extra: [string, string][] = []): SipRequest => {
  const base = invite(extra);
  base.headers.set('CSeq', `${cseq} ${method}`).set('To', '<sip:room@example.com>;tag=r');
  return { ...base, method };
};
const ROUTES: [string, string][] = [
  ['Record-Route', '<sip:p1.example.com;lr>, <sip:p2.example.com;lr>'],
  ['Record-Route', '<sip:p3.example.com;lr>'],
];
const uas = (extra: [string, string][] = []): Dialog =>
  Dialog.fromRequest(invite(extra), createResponse(invite(extra), 200, { toTag: 'r' }), flow(1));
const uac = (extra: [string, string][] = []): Dialog =>
  Dialog.fromResponse(
    invite(),
    createResponse(invite(), 200, { toTag: 'r', headers: [['Contact', '<sip:room@192.0.2.9>'], ...extra] }),
    flow(1),
  );

const route = (dialog: Dialog): string[] => dialog.createRequest('BYE').headers.getAll('Route');
const read = (value: string): SessionExpires | undefined => parseSessionExpires(new Headers([['x', value]]));

test('both ends name the dialog alike, and address each other', () => {
  expect([uas().id, uac().id]).toEqual(['c@d;from-tag=a', 'c@d;from-tag=a']);
  const [fromUas, fromUac] = [uas().createRequest('BYE'), uac().createRequest('BYE')];
  expect([fromUas.uri, fromUac.uri]).toEqual(['sip:alice@192.0.2.2:5070', 'sip:room@192.0.2.9']);
  expect(
    [fromUas, fromUac].map(({ headers }) => [headers.get('From'), headers.get('To'), headers.get('CSeq')]),
  ).toEqual([
    ['<sip:room@example.com>;tag=r', '<sip:alice@example.com>;tag=a', '2 BYE'],
    ['<sip:alice@example.com>;tag=a', '<sip:room@example.com>;tag=r', '6 BYE'],
  ]);
});

test('RFC 3261 §12.1: the UAS keeps Record-Route in order, the UAC reverses it', () => {
  expect(route(uas(ROUTES))).toEqual(['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>', '<sip:p3.example.com;lr>']);
  expect(route(uac(ROUTES))).toEqual(['<sip:p3.example.com;lr>', '<sip:p2.example.com;lr>', '<sip:p1.example.com;lr>']);
});

test('RFC 3261 §12.2.1.1: a strict router takes the Request-URI, the target goes to the end', () => {
  const dialog = uas([['Record-Route', '<sip:strict.example.com;method=INVITE?x=y>, <sip:p2.example.com;lr>']]);
  const bye = dialog.createRequest('BYE');
  expect(bye.uri).toBe('sip:strict.example.com');
  expect(bye.headers.getAll('Route')).toEqual(['<sip:p2.example.com;lr>', '<sip:alice@192.0.2.2:5070>']);
});

test('RFC 3261 §12.2.2: lower CSeq numbers are refused, target refreshes move Contact and flow', () => {
  const dialog = uas();
  expect(dialog.accept(request('INFO', 4), flow(2))).toBe(false);
  expect(dialog.accept(request('INFO', 7, [['Contact', '<sip:x@192.0.2.3>']]), flow(2))).toBe(true);
  expect([dialog.remoteTarget, dialog.flow.remote.port]).toEqual(['sip:alice@192.0.2.2:5070', 1]);
  expect(dialog.accept(request('UPDATE', 6), flow(2))).toBe(false);
  const moved = request('SUBSCRIBE', 8);
  moved.headers.set('Contact', '<sip:alice@192.0.2.3>');
  expect(dialog.accept(moved, flow(3))).toBe(true);
  expect([dialog.remoteTarget, dialog.flow.remote.port]).toEqual(['sip:alice@192.0.2.3', 3]);
  expect(dialog.accept(request('ACK', 5), flow(4))).toBe(true);
  const useless = request('INVITE', 9);
  useless.headers.set('Contact', '<tel:+1>');
  dialog.accept(useless, flow(3));
  expect(dialog.remoteTarget).toBe('sip:alice@192.0.2.3');
});

test('the table checks both tags, for either role', () => {
  const table = new DialogTable<{ dialog: Dialog }>();
  const entry = { dialog: uas() };
  table.add(entry);
  expect(table.find(request('BYE', 6))).toBe(entry);
  const wrong = request('BYE', 6);
  wrong.headers.set('To', '<sip:room@example.com>;tag=other');
  expect(table.find(wrong)).toBeUndefined();
  table.delete(entry);
  const own = { dialog: uac() };
  table.add(own);
  const back = request('BYE', 1);
  back.headers.set('From', '<sip:room@example.com>;tag=r').set('To', '<sip:alice@example.com>;tag=a');
  expect(table.find(back)).toBe(own);
  table.delete({ dialog: uac() });
  expect([table.size, [...table].length]).toEqual([1, 1]);
});

test('RFC 3261 §13.2.2.4: the ACK has the number and the credentials of its INVITE and is kept for repetitions', () => {
  const dialog = uac();
  const authorized = invite([['Proxy-Authorization', 'Digest x']]);
  const ack = dialog.createAck(authorized);
  expect([ack.headers.get('CSeq'), ack.headers.get('Proxy-Authorization')]).toEqual(['5 ACK', 'Digest x']);
  expect(dialog.ackFor(createResponse(authorized, 200))).toBe(ack);
  expect(dialog.ackFor(createResponse(request('INVITE', 6), 200))).toBeUndefined();
  expect(dialog.createRequest('BYE').headers.get('CSeq')).toBe('6 BYE');
});

test('next hop: the connection, or over UDP with proxies the topmost Route', () => {
  expect(uas(ROUTES).nextHop()).toMatchObject({ flow: { transport: 'tcp' }, uri: { host: 'p1.example.com' } });
  const response = createResponse(invite(ROUTES), 200, { toTag: 'r' });
  expect(Dialog.fromRequest(invite(ROUTES), response, flow(1, false, 'udp')).nextHop().flow).toBeUndefined();
  expect(Dialog.fromRequest(invite(), response, flow(1, false, 'udp')).nextHop().flow).toBeDefined();
});

describe('AcceptedInvite (RFC 3261 §13.3.1.4)', () => {
  test('T1 doubling to T2 until 64*T1', () => {
    const clock = new ManualClock(0);
    const at: number[] = [];
    let expired = 0;
    const accepted = new AcceptedInvite(
      clock,
      DEFAULT_TIMERS,
      () => at.push(clock.now()),
      () => expired++,
    );
    clock.advance(40_000);
    expect(at).toEqual([500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    accepted.stop();
    expect([expired, clock.pending]).toEqual([1, 0]);
  });
  test('the ACK ends it', () => {
    const clock = new ManualClock(0);
    let events = 0;
    const accepted = new AcceptedInvite(
      clock,
      DEFAULT_TIMERS,
      () => events++,
      () => events++,
    );
    accepted.stop();
    clock.advance(40_000);
    expect([events, clock.pending]).toEqual([0, 0]);
  });
});

describe('SessionTimer (RFC 4028)', () => {
  test('Session-Expires is read and written', () => {
    expect(read('1800;refresher=UAC')).toEqual({ interval: 1800, refresher: 'uac' });
    expect(read('90 ; x=1')).toEqual({ interval: 90, refresher: undefined });
    expect(read('soon')).toBeUndefined();
    expect(formatSessionExpires({ interval: 90, refresher: 'uas' })).toBe('90;refresher=uas');
  });
  test('the refresher acts at half time, both give up shortly before the end; a refresh starts over', () => {
    const clock = new ManualClock(0);
    const events: string[] = [];
    const timer = new SessionTimer(
      clock,
      () => events.push(`refresh ${clock.now()}`),
      () => events.push(`expired ${clock.now()}`),
    );
    timer.start(180, true);
    clock.advance(100_000);
    timer.start(180, false);
    clock.advance(180_000);
    expect(events).toEqual(['refresh 90000', 'expired 248000']);
    expect([timer.running, clock.pending]).toEqual([false, 0]);
  });
});
