import { type AddressInfo, createServer } from 'node:net';
import { NodeSignalling } from '../../../../lib/client/node/signalling.js';
import type { CallEnd, SignallingDelegate } from '../../../../lib/client/sip/signalling.js';
import { FakeFocus, type SipText } from '../../../support/fake-focus.js';
import { freePort } from '../../../support/free-port.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ROOM = 'sip:lobby@chat.example.com';
const SDP = ['Content-Type: application/sdp'];
const CONTACT = `Contact: <${ROOM}>;isfocus`;

/** What the user agent told its participant, awaitable. */
class Told implements SignallingDelegate {
  documents: string[] = [];
  subscribings = 0;
  answers: string[] = [];
  offers: (string | undefined)[] = [];
  /** What `onOffer` returns. */
  sdp: string | undefined = 'v=0 ours';
  readonly ended: Promise<CallEnd>;
  readonly subscriptionEnded: Promise<string>;
  #end: (end: CallEnd) => void = () => {};
  #subscriptionEnd: (reason: string) => void = () => {};
  #arrived: (() => void)[] = [];

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.subscriptionEnded = new Promise((resolve) => {
      this.#subscriptionEnd = resolve;
    });
  }

  /** Resolves with the next document or answer. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived.push(resolve);
    });
  }

  onSubscribing(): void {
    this.subscribings++;
  }

  onConferenceInfo(document: string): void {
    this.documents.push(document);
    for (const told of this.#arrived.splice(0)) told();
  }

  onSubscriptionEnd(reason: string): void {
    this.#subscriptionEnd(reason);
  }

  onOffer(sdp: string | undefined): string | undefined {
    this.offers.push(sdp);
    return this.sdp;
  }

  onAnswer(sdp: string): void {
    this.answers.push(sdp);
    for (const told of this.#arrived.splice(0)) told();
  }

  onEnd(end: CallEnd): void {
    this.#end(end);
  }
}

let focus: FakeFocus;
let clock: ManualClock;
let told: Told;
let signalling: NodeSignalling;

beforeEach(async () => {
  focus = await FakeFocus.listen();
  clock = new ManualClock();
  told = new Told();
  signalling = new NodeSignalling({ proxy: { host: '127.0.0.1', port: focus.port }, clock });
});

afterEach(async () => {
  signalling.close();
  await focus.close();
});

async function open(): Promise<void> {
  expect(await signalling.open({ room: ROOM, from: 'sip:alice@example.com', displayName: 'Alice' }, told)).toEqual({
    host: '127.0.0.1',
  });
}

/** A call that the focus accepted; returns the INVITE. */
async function inCall(...headers: string[]): Promise<SipText> {
  await open();
  const answer = signalling.invite('v=0 offer');
  const invite = await focus.nextOf('INVITE');
  focus.reply(invite, '200 OK', {
    headers: [CONTACT, 'Allow: INVITE, BYE, UPDATE', ...SDP, ...headers],
    body: 'v=0 answer',
  });
  await answer;
  await focus.nextOf('ACK');
  return invite;
}

async function subscribed(headers: string[] = ['Expires: 3600']): Promise<SipText> {
  const done = signalling.subscribe();
  const subscribe = await focus.nextOf('SUBSCRIBE');
  focus.reply(subscribe, '200 OK', { tag: 'sub1', headers: [CONTACT, ...headers] });
  await done;
  return subscribe;
}

function notify(subscribe: SipText, body: string, state = 'active;expires=3600', sequence?: number): void {
  const headers = ['Event: conference', `Subscription-State: ${state}`, CONTACT];
  if (body !== '') headers.push('Content-Type: application/conference-info+xml');
  focus.request('NOTIFY', subscribe, { tag: 'sub1', headers, body }, sequence);
}

describe('the call', () => {
  test('INVITE, 200, ACK; every 2xx is acknowledged (RFC 3261 §13.2.2.4)', async () => {
    await open();
    const answer = signalling.invite('v=0 offer');
    const invite = await focus.next();
    expect(invite.start).toBe(`INVITE ${ROOM} SIP/2.0`);
    expect(invite.headers.get('from')).toMatch(/^"?Alice"? <sip:alice@example\.com>;tag=/);
    expect(invite.headers.get('to')).toBe(`<${ROOM}>`);
    expect(invite.headers.get('contact')).toBe(`<sip:alice@127.0.0.1:${focus.peer.port}>`);
    expect(invite.headers.get('supported')).toBe('timer');
    expect(invite.body).toBe('v=0 offer');
    focus.reply(invite, '100 Trying');
    const accepted = {
      headers: [`${CONTACT};x="y"`, 'Record-Route: <sip:127.0.0.1:9;lr>', ...SDP],
      body: 'v=0 answer',
    };
    focus.reply(invite, '200 OK', accepted);
    expect(await answer).toEqual({ sdp: 'v=0 answer', contact: ROOM, isFocus: true });
  });

  test('a repeated 2xx is acknowledged again, another fork is hung up on', async () => {
    const invite = await inCall();
    focus.reply(invite, '200 OK', { tag: 'fork2', headers: [CONTACT, ...SDP], body: 'v=0' });
    const ack = await focus.nextOf('ACK');
    expect(ack.headers.get('to')).toContain('tag=fork2');
    const bye = await focus.nextOf('BYE');
    expect(bye.headers.get('to')).toContain('tag=fork2');
    focus.reply(bye, '200 OK');
  });

  test('a refusal has its status and the warning of the focus', async () => {
    await open();
    const answer = signalling.invite('v=0');
    const outcome = expect(answer).rejects.toMatchObject({
      code: 'CHAT_ERR_JOIN_REFUSED',
      sipStatus: 403,
      message: expect.stringContaining('Conference is locked'),
    });
    focus.reply(await focus.next(), '403 Forbidden', { headers: ['Warning: 399 h "Conference is locked"'] });
    await outcome;
    expect((await focus.nextOf('ACK')).headers.get('to')).toContain('tag=focus1');
    await signalling.bye();
  });

  test('a server that says nothing is given up after 10 s', async () => {
    await open();
    const answer = signalling.invite('v=0');
    const outcome = expect(answer).rejects.toMatchObject({ code: 'CHAT_ERR_SIP_TIMEOUT' });
    await focus.next();
    clock.advance(10_000);
    await outcome;
  });

  test('a port where nobody listens is told at once', async () => {
    const port = await freePort();
    signalling = new NodeSignalling({ proxy: { host: '127.0.0.1', port }, clock });
    await open();
    await expect(signalling.invite('v=0')).rejects.toMatchObject({
      code: 'CHAT_ERR_SIP_UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  test('a host that does not exist is told', async () => {
    signalling = new NodeSignalling({ proxy: { host: 'nobody.invalid', port: 5060 }, clock });
    await expect(signalling.open({ room: ROOM, from: 'sip:a@b' }, told)).rejects.toMatchObject({
      code: 'CHAT_ERR_SIP_UNREACHABLE',
    });
  });

  test('leaving before the answer cancels; a 2xx that crosses is hung up on', async () => {
    await open();
    const answer = signalling.invite('v=0');
    const outcome = expect(answer).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
    const invite = await focus.next();
    focus.reply(invite, '180 Ringing');
    const left = signalling.bye();
    const cancel = await focus.nextOf('CANCEL');
    focus.reply(cancel, '200 OK');
    focus.reply(invite, '200 OK', { headers: [CONTACT, ...SDP], body: 'v=0' });
    await outcome;
    focus.reply(await focus.nextOf('BYE'), '200 OK');
    await left;
  });

  test('BYE leaves, and does not wait for ever', async () => {
    await inCall();
    const left = signalling.bye();
    const bye = await focus.nextOf('BYE');
    expect(bye.start).toBe(`BYE ${ROOM} SIP/2.0`);
    clock.advance(4000);
    await left;
  });

  test('a BYE from the room is answered and told with its Reason (RFC 3326)', async () => {
    const invite = await inCall();
    focus.request('BYE', invite, { headers: ['Reason: Q.850;cause=16, SIP;cause=410;text="Gone; for good"'] });
    expect((await focus.next()).what).toBe('200');
    expect(await told.ended).toEqual({ kind: 'removed', cause: 410, text: 'Gone; for good' });
  });

  test('requests outside the dialog get what is due to them', async () => {
    const invite = await inCall();
    focus.request('OPTIONS', invite, {});
    const options = await focus.next();
    expect(options.what).toBe('200');
    expect(options.headers.get('allow')).toContain('NOTIFY');
    focus.request('BYE', invite, { tag: 'stranger' });
    expect((await focus.next()).what).toBe('481');
    focus.request('INVITE', invite, { tag: 'stranger', headers: ['Contact: <sip:x@127.0.0.1>'] });
    expect((await focus.nextOf('481')).headers.get('cseq')).toContain('INVITE');
    focus.request('MESSAGE', invite, { tag: 'stranger' });
    expect((await focus.nextOf('405')).headers.get('allow')).toContain('BYE');
  });

  test('RFC 3261 §12.2.2 a request out of order is refused', async () => {
    const invite = await inCall();
    focus.request('UPDATE', invite, { headers: [CONTACT] }, 10);
    expect((await focus.next()).what).toBe('200');
    focus.request('UPDATE', invite, { headers: [CONTACT] }, 9);
    expect((await focus.next()).what).toBe('500');
  });
});

describe('re-INVITE and UPDATE', () => {
  test('an offer is answered, and the answer repeated until the ACK', async () => {
    const invite = await inCall();
    focus.request('INVITE', invite, { headers: [CONTACT, ...SDP], body: 'v=0 new' });
    const answer = await focus.nextOf('200');
    expect(answer.body).toBe('v=0 ours');
    expect(answer.headers.get('contact')).toMatch(/^<sip:alice@/);
    expect(told.offers).toEqual(['v=0 new']);
    focus.request('ACK', invite, {}, 1);
    focus.request('OPTIONS', invite, {});
    await focus.nextOf('200');
  });

  test('without offer ours goes out, and the answer is in the ACK (SDP-16)', async () => {
    const invite = await inCall();
    focus.request('INVITE', invite, { headers: [CONTACT] }, 5);
    expect((await focus.nextOf('200')).body).toBe('v=0 ours');
    expect(told.offers).toEqual([undefined]);
    const arrived = told.arrival();
    focus.request('ACK', invite, { headers: SDP, body: 'v=0 theirs' }, 5);
    await arrived;
    expect(told.answers).toEqual(['v=0 theirs']);
  });

  test('an offer the participant does not want gets 488 and changes nothing', async () => {
    const invite = await inCall();
    told.sdp = undefined;
    focus.request('INVITE', invite, { headers: [CONTACT, ...SDP], body: 'v=0 other' });
    await focus.nextOf('488');
    const left = signalling.bye();
    focus.reply(await focus.nextOf('BYE'), '200 OK');
    await left;
  });

  test('an answer never acknowledged ends the call (RFC 3261 §13.3.1.4)', async () => {
    const invite = await inCall();
    focus.request('INVITE', invite, { headers: [CONTACT, ...SDP], body: 'v=0 new' });
    await focus.nextOf('200');
    clock.advance(32_000);
    expect(await told.ended).toMatchObject({ kind: 'lost' });
    await focus.nextOf('BYE');
  });
});

describe('our re-INVITE', () => {
  test('4975-8.4-01 its answer is given back and acknowledged; the room waits meanwhile', async () => {
    await inCall();
    const answer = signalling.reinvite('v=0 anew');
    const invite = await focus.nextOf('INVITE');
    focus.reply(invite, '200 OK', { headers: [CONTACT, ...SDP], body: `${invite.body}, theirs` });
    expect(await answer).toBe('v=0 anew, theirs');
  });

  test('a refusal is told with its status', async () => {
    await inCall();
    const answer = signalling.reinvite('v=0 anew');
    focus.reply(await focus.nextOf('INVITE'), '488 Not Acceptable Here');
    await expect(answer).rejects.toMatchObject({ sipStatus: 488 });
  });
});

describe('the session timer (RFC 4028)', () => {
  test('named as refresher we send UPDATE at half time', async () => {
    await inCall('Session-Expires: 1800;refresher=uac', 'Require: timer');
    clock.advance(900_000);
    const update = await focus.nextOf('UPDATE');
    expect(update.headers.get('session-expires')).toBe('1800;refresher=uac');
    focus.reply(update, '200 OK', { headers: [CONTACT, 'Session-Expires: 600;refresher=uac'] });
    // its 200 restarts the timer; a request that follows it on the same socket proves that it was read
    focus.request('OPTIONS', update, {});
    await focus.next();
    clock.advance(300_000);
    focus.reply(await focus.nextOf('UPDATE'), '481 Gone');
    expect(await told.ended).toMatchObject({ kind: 'lost', cause: 481 });
  });

  test('where UPDATE is not allowed a re-INVITE repeats our offer', async () => {
    await open();
    const answer = signalling.invite('v=0 offer');
    const headers = [CONTACT, 'Session-Expires: 1800;refresher=uac', ...SDP];
    focus.reply(await focus.nextOf('INVITE'), '200 OK', { headers, body: 'v=0 answer' });
    await answer;
    clock.advance(900_000);
    const invite = await focus.nextOf('INVITE');
    expect(invite.headers.get('cseq')).toBe('2 INVITE');
    expect(invite.body).toBe('v=0 ours');
    focus.reply(invite, '200 OK', { headers, body: 'v=0 answer' });
    expect((await focus.nextOf('ACK')).headers.get('cseq')).toBe('2 ACK');
  });

  test('a refresh of the room is answered with its timer, and restarts ours (RFC 4028 §9)', async () => {
    const invite = await inCall('Session-Expires: 90;refresher=uas');
    focus.request('UPDATE', invite, { headers: [CONTACT, 'Supported: timer', 'Session-Expires: 600'] });
    const answer = await focus.next();
    expect(answer.headers.get('session-expires')).toBe('600;refresher=uac');
    expect(answer.headers.get('require')).toBe('timer');
    expect(told.offers).toEqual([]);
    clock.advance(567_000);
    focus.request('OPTIONS', invite, {});
    expect((await focus.next()).what).toBe('200');
    clock.advance(1000);
    expect(await told.ended).toMatchObject({ cause: 408 });
  });

  test('a session nobody refreshes is ended', async () => {
    await inCall('Session-Expires: 90;refresher=uas');
    clock.advance(60_000);
    expect(await told.ended).toEqual({ kind: 'lost', cause: 408, text: 'the session timer expired' });
    await focus.nextOf('BYE');
  });
});

describe('the roster subscription', () => {
  beforeEach(async () => {
    await inCall();
  });

  test('SUBSCRIBE to the room dialled, NOTIFY answered, documents handed on', async () => {
    const subscribe = await subscribed();
    expect(subscribe.start).toBe(`SUBSCRIBE ${ROOM} SIP/2.0`);
    expect(Object.fromEntries(subscribe.headers)).toMatchObject({
      event: 'conference',
      accept: 'application/conference-info+xml',
      expires: '3600',
    });
    notify(subscribe, '<doc/>');
    expect((await focus.next()).what).toBe('200');
    expect(told.documents).toEqual(['<doc/>']);
    expect(told.subscribings).toBe(1);
  });

  test('a NOTIFY that overtakes the 200 is taken (RFC 6665 §4.4.1)', async () => {
    const done = signalling.subscribe();
    const subscribe = await focus.nextOf('SUBSCRIBE');
    notify(subscribe, '<early/>');
    expect((await focus.next()).what).toBe('200');
    expect(told.documents).toEqual(['<early/>']);
    focus.reply(subscribe, '200 OK', { tag: 'sub1', headers: [CONTACT, 'Expires: 3600'] });
    await done;
  });

  test('it is refreshed before it expires; asked again at once', async () => {
    await subscribed(['Expires: 600']);
    clock.advance(540_000);
    const refresh = await focus.nextOf('SUBSCRIBE');
    expect(refresh.headers.get('to')).toContain('tag=sub1');
    expect(refresh.headers.get('cseq')).toBe('2 SUBSCRIBE');
    focus.reply(refresh, '200 OK', { headers: ['Expires: 600', CONTACT] });
    const again = signalling.subscribe();
    const full = await focus.nextOf('SUBSCRIBE');
    expect(full.headers.get('cseq')).toBe('3 SUBSCRIBE');
    focus.reply(full, '200 OK', { headers: ['Expires: 600', CONTACT] });
    await again;
    expect(told.subscribings).toBe(1);
  });

  test('a refresh answered 481 begins a new subscription', async () => {
    await subscribed();
    const again = signalling.subscribe();
    focus.reply(await focus.nextOf('SUBSCRIBE'), '481 Gone');
    const fresh = await focus.nextOf('SUBSCRIBE');
    expect(fresh.headers.get('to')).not.toContain('tag=');
    focus.reply(fresh, '200 OK', { tag: 'sub2', headers: ['Expires: 3600', CONTACT] });
    await again;
    expect(told.subscribings).toBe(2);
  });

  test('423 is tried again with what the room grants', async () => {
    const done = signalling.subscribe();
    focus.reply(await focus.nextOf('SUBSCRIBE'), '423 Interval Too Brief', { headers: ['Min-Expires: 7200'] });
    const second = await focus.nextOf('SUBSCRIBE');
    expect(second.headers.get('expires')).toBe('7200');
    focus.reply(second, '200 OK', { headers: ['Expires: 7200', CONTACT] });
    await done;
  });

  test('a refusal has its status', async () => {
    const done = signalling.subscribe();
    const outcome = expect(done).rejects.toMatchObject({ code: 'CHAT_ERR_ROSTER_REFUSED', sipStatus: 403 });
    focus.reply(await focus.nextOf('SUBSCRIBE'), '403 Forbidden');
    await outcome;
  });

  test('terminated with noresource ends it, with deactivated begins another', async () => {
    const subscribe = await subscribed();
    notify(subscribe, '', 'terminated;reason=deactivated');
    expect((await focus.next()).what).toBe('200');
    const fresh = await focus.nextOf('SUBSCRIBE');
    focus.reply(fresh, '200 OK', { tag: 'sub1', headers: ['Expires: 3600', CONTACT] });
    notify(fresh, '', 'terminated;reason=noresource');
    expect(await told.subscriptionEnded).toBe('the room has ended');
  });

  test('leaving unsubscribes and hangs up', async () => {
    await subscribed();
    const left = signalling.bye();
    const first = await focus.next();
    const second = await focus.next();
    const [subscribe, bye] = first.what === 'SUBSCRIBE' ? [first, second] : [second, first];
    expect(subscribe.headers.get('expires')).toBe('0');
    expect(bye.what).toBe('BYE');
    focus.reply(subscribe, '200 OK');
    focus.reply(bye, '200 OK');
    await left;
    signalling.close();
    expect(clock.pending).toBe(0);
  });

  test('a NOTIFY of a stranger gets 481', async () => {
    const subscribe = await subscribed();
    focus.request('NOTIFY', subscribe, {
      tag: 'stranger',
      headers: ['Event: conference', 'Subscription-State: active'],
    });
    expect((await focus.next()).what).toBe('481');
    expect(told.documents).toEqual([]);
  });
});

test('over TCP the call says so (RFC 3261 §18)', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const received = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        resolve(bytes.toString());
        socket.destroy();
      });
    });
  });
  const { port } = server.address() as AddressInfo;
  signalling = new NodeSignalling({ proxy: { host: '127.0.0.1', port }, transport: 'tcp', clock });
  await open();
  await expect(signalling.invite('v=0')).rejects.toMatchObject({ code: 'CHAT_ERR_SIP_UNREACHABLE' });
  const invite = await received;
  expect(invite).toMatch(/^Via: SIP\/2\.0\/TCP 127\.0\.0\.1:\d+/m);
  expect(invite).toMatch(/^Contact: <sip:alice@127\.0\.0\.1:\d+;transport=tcp>/m);
  await new Promise((resolve) => server.close(resolve));
});

test('the Contact of a factory is what is subscribed to', async () => {
  await open();
  const answer = signalling.invite('v=0 offer');
  const headers = ['Contact: <sip:new-room@chat.example.com>;isfocus', ...SDP];
  focus.reply(await focus.nextOf('INVITE'), '200 OK', { headers, body: 'v=0' });
  await answer;
  const done = signalling.subscribe();
  const subscribe = await focus.nextOf('SUBSCRIBE');
  expect(subscribe.start).toBe('SUBSCRIBE sip:new-room@chat.example.com SIP/2.0');
  focus.reply(subscribe, '200 OK', { headers: ['Expires: 3600', CONTACT] });
  await done;
});
