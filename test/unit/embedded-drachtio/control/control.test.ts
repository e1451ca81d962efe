import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { createResponse, Dialog, type SipResponse } from '../../../../lib/embedded-drachtio/sip.js';
import { type AppFrame, ControlApp } from '../../../support/control-app.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { finalOf, listenerUri, SipPeer } from '../../../support/sip-peer.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const LOG = readFileSync(join(__dirname, '../../../interop/drachtio-wire/wire-main.log'), 'utf8');

/** The first captured frame from the server whose META and start line fit, as tokens. */
function capturedTokens(meta: RegExp, startLine: RegExp): string[] {
  for (const [, first = '', second = ''] of LOG.matchAll(/^@@ .* server->app .*\n\d+#(.*)\r?\n(.*)/gm)) {
    if (meta.test(first) && startLine.test(second)) return first.trimEnd().split('|');
  }
  throw new Error(`no captured frame ${meta}`);
}
/** What kind of thing each token is, so that a capture and a live frame compare. */
const layout = (tokens: string[]): string[] =>
  tokens.map((token) => {
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(token)) return '<uuid>';
    if (/^\d\d:\d\d:\d\d\.\d{6}$/.test(token)) return '<time>';
    if (/;from-tag=/.test(token)) return '<dialog>';
    if (/^\d+\.\d+\.\d+\.\d+$/.test(token)) return '<address>';
    return /^\d+$/.test(token) ? '<number>' : token;
  });

let clock: ManualClock;
let endpoint: EmbeddedDrachtio;
let app: ControlApp;
let peer: SipPeer;
let room: string;
beforeEach(async () => {
  clock = new ManualClock();
  endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK, clock });
  app = await ControlApp.start(endpoint.control, endpoint.secret, ['invite', 'options', 'invite']);
  peer = await SipPeer.start('udp', { clock });
  room = listenerUri('room', endpoint.addresses.udp ?? LOOPBACK);
});
afterEach(async () => {
  app.close();
  await peer.close();
  await endpoint.close();
});

interface Call {
  dialog: Dialog;
  push: AppFrame;
  echo: AppFrame;
  response: SipResponse;
}
/** The peer calls, the application answers 200 with `extra` headers; no ACK yet. */
async function answered(
  headers: [string, string][] = [],
  extra: string[] = [],
): Promise<Call & { ack: () => Promise<unknown> }> {
  const request = peer.compose('INVITE', room, { headers });
  const transaction = peer.send(request);
  const final = finalOf(transaction);
  const push = await app.next();
  const echo = await app.ask(
    ['sip', push.tokens[8] ?? '', ''],
    ['SIP/2.0 200 OK', 'contact: <sip:room@localhost>;isfocus', ...extra],
  );
  const response = await final;
  if (!transaction.flow) throw new Error('no flow');
  const dialog = Dialog.fromResponse(request, response, transaction.flow);
  return {
    dialog,
    push,
    echo,
    response,
    ack: () => peer.transactions.acknowledge(dialog.createAck(request), dialog.nextHop()),
  };
}
async function established(headers: [string, string][] = [], extra: string[] = []): Promise<Call> {
  const call = await answered(headers, extra);
  await call.ack();
  // The ACK waits behind the echo; the clock has to move for it, once it is there.
  await pushed();
  return call;
}
const nok = async (tokens: string[], sip: string | string[]): Promise<string> =>
  (await app.ask(tokens, sip)).tokens.slice(3).join('|');
/** The next push, letting what is held behind an echo go. */
async function pushed(): Promise<AppFrame> {
  const frame = app.next();
  const settled = { done: false };
  void frame.finally(() => {
    settled.done = true;
  });
  while (!settled.done) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
  }
  return frame;
}

test('SUB-01 what follows an ACK in the same instant does not overtake it', async () => {
  const { ack } = await answered();
  await ack();
  void peer.exchange(peer.compose('OPTIONS', room)).catch(() => {});
  const methods = [(await pushed()).text, (await pushed()).text].map((text) => text.slice(0, text.indexOf(' ')));
  expect(methods).toEqual(['ACK', 'OPTIONS']);
});

describe('token layouts are those captured from drachtio-server', () => {
  test('INVITE, echo of its 200, ACK', async () => {
    const { push, echo, ack } = await answered();
    expect(layout(push.tokens)).toEqual(layout(capturedTokens(/\|sip\|network\|/, /^INVITE/)));
    expect(layout(echo.tokens)).toEqual(layout(capturedTokens(/\|response\|.*\|udp\|/, /^SIP\/2.0 200/)));
    expect(echo.text).toMatch(/^SIP\/2\.0 200 OK\r\nVia: /);
    expect(echo.text).toMatch(/\r\nContact: <sip:room@127\.0\.0\.1:\d+>;isfocus\r\n/);
    await ack();
    const frame = await pushed();
    expect(layout(frame.tokens)).toEqual(layout(capturedTokens(/\|sip\|network\|/, /^ACK/)));
    expect(frame.tokens[8]).toBe(push.tokens[8]);
  });

  test('in-dialog request; NOTIFY out, its echo and its response; local 408', async () => {
    const { dialog } = await established();
    const subscribe = peer.send(dialog.createRequest('SUBSCRIBE', { headers: [['o', 'conference']] }), dialog);
    const push = await app.next();
    expect(layout(push.tokens)).toEqual(layout(capturedTokens(/\|sip\|network\|/, /^SUBSCRIBE/)));
    expect(push.tokens[9]).toBe(dialog.id);
    expect(push.text).toContain('\r\nEvent: conference\r\n');
    const final = finalOf(subscribe);
    await app.ask(['sip', push.tokens[8] ?? '', ''], ['SIP/2.0 200 OK', 'expires: 3600']);
    expect((await final).headers.has('Contact')).toBe(true);

    const notify = [
      'NOTIFY sip:placeholder SIP/2.0',
      'Event: conference',
      'Subscription-State: active',
      'Call-ID: foreign',
    ];
    const echo = await app.ask(['sip', '', dialog.id], notify);
    expect(layout(echo.tokens)).toEqual(layout(capturedTokens(/\|response\|.*\|udp\|/, /^NOTIFY/)));
    const received = await peer.next();
    expect(received.request.headers.get('Call-ID')).toBe(dialog.callId);
    received.reply(200);
    const response = await pushed();
    expect(layout(response.tokens)).toEqual(layout(capturedTokens(/\|sip\|network\|\d+\|udp\|127/, /^SIP\/2.0 200/)));
    expect(response.tokens[8]).toBe(echo.tokens[10]);

    const lost = await app.ask(['sip', '', dialog.id], notify);
    await peer.next();
    clock.advance(32_000);
    const timeout = await app.next();
    expect(layout(timeout.tokens)).toEqual(layout(capturedTokens(/\|sip\|network\|0\|udp/, /^SIP\/2.0 408/)));
    expect([timeout.tokens[8], timeout.text.split('\r\n')[0]]).toEqual([
      lost.tokens[10],
      'SIP/2.0 408 Request Timeout',
    ]);
  });

  test('no ACK: BYE after 64*T1, pushed as unsolicited', async () => {
    const { dialog } = await answered();
    clock.advance(32_000);
    const push = await app.next(({ tokens }) => tokens[8] === 'unsolicited');
    expect(layout(push.tokens)).toEqual(layout(capturedTokens(/\|unsolicited\|/, /^BYE/)));
    expect(push.text).toContain('Reason: SIP;cause=200;text="ACK timeout"');
    const bye = await peer.next();
    expect([bye.request.method, dialog.matches(bye.request)]).toEqual(['BYE', true]);
    expect(endpoint.load.dialogs).toBe(0);
  });
});

describe('control port', () => {
  test('nothing is done before authentication, a wrong secret closes', async () => {
    const stranger = await ControlApp.connect(endpoint.control);
    expect((await stranger.ask(['route', 'invite'])).tokens.slice(3)).toEqual(['NO', 'not authenticated']);
    await once(stranger.socket, 'close');
    const wrong = await ControlApp.connect(endpoint.control);
    expect((await wrong.ask(['authenticate', 'nope', ''])).tokens.slice(3)).toEqual(['NO', 'incorrect secret']);
    await once(wrong.socket, 'close');
    const mute = await ControlApp.connect(endpoint.control);
    const closed = once(mute.socket, 'close');
    await app.ask(['ping']);
    clock.advance(10_000);
    await closed;
  });

  test('ping, unknown verbs, proxy, garbage', async () => {
    expect((await app.ask(['ping'])).tokens.slice(3)).toEqual(['OK', 'pong']);
    expect((await app.ask(['proxy', 'x'])).tokens.slice(3)).toEqual(['NOK', 'proxy not supported']);
    const other = await ControlApp.start(endpoint.control, endpoint.secret, []);
    expect((await other.ask(['dance'])).tokens.slice(3)).toEqual(['NO', 'Unknown message type']);
    const bad = await ControlApp.connect(endpoint.control);
    const closed = once(bad.socket, 'close');
    bad.socket.write('not a frame');
    await closed;
  });

  test('it tells when methods have somewhere to go, and when they do not in 10 s', async () => {
    await endpoint.routed(['INVITE', 'options']);
    let told = false;
    const routed = endpoint.routed(['invite', 'message']).then(() => (told = true));
    await app.ask(['route', 'subscribe']);
    expect(told).toBe(false);
    await app.ask(['route', 'message']);
    await routed;
    const late = expect(endpoint.routed(['publish'])).rejects.toThrow('no application takes publish');
    clock.advance(10_000);
    await late;
    const closed = expect(endpoint.routed(['publish'])).rejects.toThrow('no application takes publish');
    await endpoint.close();
    await closed;
  });

  test('requests go round robin to those that route the method, and to no other', async () => {
    const second = await ControlApp.start(endpoint.control, endpoint.secret, ['options']);
    const finals = [1, 2].map(() => peer.exchange(peer.compose('OPTIONS', room)));
    for (const one of [app, second]) {
      const push = await one.next();
      await one.ask(['sip', push.tokens[8] ?? '', ''], ['SIP/2.0 200 OK']);
    }
    expect((await Promise.all(finals)).map(({ status }) => status)).toEqual([200, 200]);
    await app.ask(['remove_route', 'options']);
    await second.ask(['remove_route', 'options']);
    expect((await peer.exchange(peer.compose('OPTIONS', room))).status).toBe(503);
    second.close();
  });

  test.each([
    ['control characters', ['OPTIONS sip:bob@127.0.0.1:9 SIP/2.0', 'Subject: a\rX-Evil: b'], 'control characters'],
    ['a header without name', ['OPTIONS sip:bob@127.0.0.1:9 SIP/2.0', 'nonsense'], 'without a name'],
    ['another scheme', ['OPTIONS tel:+1 SIP/2.0'], 'invalid request-uri'],
    ['a transport we lack', ['OPTIONS sip:bob@127.0.0.1;transport=ws SIP/2.0'], 'transport not available'],
    ['no SIP at all', ['hello'], 'start line'],
  ])('a request with %s is NOK', async (_name, sip, reason) => {
    const { tokens } = await app.ask(['sip', '', ''], sip);
    expect(tokens[3]).toBe('NOK');
    expect(tokens[4]).toContain(reason);
  });

  test('unknown ids are NOK; a body needs a type', async () => {
    expect(await nok(['sip', '', 'x;from-tag=y'], ['BYE sip:placeholder SIP/2.0'])).toBe(
      'NOK|Server error: unable to find dialog for dialog id provided',
    );
    expect(await nok(['sip', 'x', ''], ['SIP/2.0 200 OK'])).toBe('NOK|Response not sent due to unknown transaction');
    expect(await nok(['sip', 'x', ''], ['CANCEL sip:a@b SIP/2.0'])).toBe(
      'NOK|Server error: unable to cancel unknown transaction id: x',
    );
    expect(await nok(['sip', '', 'x;from-tag=y'], ['ACK sip:a@b SIP/2.0'])).toContain(
      'NOK|Server error: ACK for non-success',
    );
    expect(await nok(['sip', '', ''], 'MESSAGE sip:a@127.0.0.1:9 SIP/2.0\r\nX: y\r\n\r\nbody')).toBe(
      'NOK|Server error: missing content-type',
    );
  });

  test('an unanswered INVITE gets 408 after 64 s', async () => {
    const sent = peer.send(peer.compose('INVITE', room));
    const trying = new Promise((resolve) => sent.on('response', resolve));
    const final = finalOf(sent);
    const push = await app.next();
    await trying;
    clock.advance(64_000);
    expect((await final).status).toBe(408);
    expect((await app.ask(['sip', push.tokens[8] ?? '', ''], ['SIP/2.0 200 OK'])).tokens[3]).toBe('NOK');
  });
});

describe('when the application is lost (DRA-G2)', () => {
  test('its dialogs answer 481, and are ended by BYE after a grace period', async () => {
    const { dialog } = await established();
    const late = peer.exchange(peer.compose('INVITE', room));
    await app.next();
    app.close();
    expect((await late).status).toBe(503);
    expect((await peer.exchange(dialog.createRequest('INFO'), dialog)).status).toBe(481);
    expect(endpoint.load.dialogs).toBe(1);
    clock.advance(30_000);
    const bye = await peer.next();
    expect(bye.request.headers.get('Reason')).toContain('Application lost');
    expect(endpoint.load.dialogs).toBe(0);
  });

  test('it can come back and end them itself', async () => {
    const { dialog } = await established();
    app.close();
    app = await ControlApp.start(endpoint.control, endpoint.secret, ['invite']);
    const echo = await app.ask(['sip', '', dialog.id], ['BYE sip:placeholder SIP/2.0']);
    expect(echo.tokens[3]).toBe('OK');
    (await peer.next()).reply(200);
    expect((await pushed()).text).toContain('SIP/2.0 200');
    expect(endpoint.load.dialogs).toBe(0);
  });
});

describe('session timer (RFC 4028)', () => {
  const OFFER: [string, string][] = [
    ['Supported', 'timer'],
    ['Session-Expires', '90;refresher=uac'],
  ];
  test('TMR-06: the peer refreshes: agreed in the 200; BYE and an unsolicited push when it does not', async () => {
    const { response } = await established(OFFER);
    expect([response.headers.get('Session-Expires'), response.headers.get('Require')]).toEqual([
      '90;refresher=uac',
      'timer',
    ]);
    clock.advance(60_000);
    const push = await app.next(({ tokens }) => tokens[8] === 'unsolicited');
    expect(push.text).toContain('SIP;cause=408;text="Session timer expired"');
    expect((await peer.next()).request.method).toBe('BYE');
  });

  test('TMR-05: who takes UPDATE is refreshed by one without body; one it refuses after all is a re-INVITE', async () => {
    const offer: [string, string][] = [
      ['Supported', 'timer'],
      ['Allow', 'INVITE, ACK, UPDATE'],
    ];
    await established(offer, ['session-expires: 120;refresher=uas']);
    clock.advance(60_000);
    const refresh = await peer.next();
    expect(refresh.request.method).toBe('UPDATE');
    expect(refresh.request.body).toHaveLength(0);
    expect(refresh.request.headers.get('Contact')).toContain(';isfocus');
    refresh.reply(405);
    const again = await peer.next();
    expect(again.request.method).toBe('INVITE');
    const headers: [string, string][] = [
      ['Session-Expires', '120;refresher=uac'],
      ['Contact', `<${peer.uri}>`],
    ];
    const acks = peer.acks.length;
    again.respond(createResponse(again.request, 200, { headers }));
    await peer.acked(acks + 1);
    expect(endpoint.load.dialogs).toBe(1);
  });

  test('we refresh: a re-INVITE at half time with our Contact, of which the application learns nothing', async () => {
    await established([['Supported', 'timer']], ['session-expires: 120;refresher=uas']);
    clock.advance(60_000);
    const refresh = await peer.next();
    expect(refresh.request.method).toBe('INVITE');
    expect(refresh.request.headers.get('Contact')).toContain(';isfocus');
    const acks = peer.acks.length;
    const headers: [string, string][] = [
      ['Session-Expires', '120;refresher=uac'],
      ['Contact', `<${peer.uri}>`],
    ];
    refresh.respond(createResponse(refresh.request, 200, { headers }));
    await peer.acked(acks + 1);
    clock.advance(60_000);
    expect((await peer.next()).request.method).toBe('INVITE');
  });

  test('RFC 3261 §14.1: what was refused is not what a refresh repeats', async () => {
    const { dialog } = await established([['Supported', 'timer']], ['session-expires: 120;refresher=uas']);
    const contact = 'Contact: <sip:room@127.0.0.1>;other';
    await app.ask(['sip', '', dialog.id], ['INVITE sip:placeholder SIP/2.0', contact]);
    (await peer.next()).reply(488);
    expect((await pushed()).text).toContain('SIP/2.0 488');
    clock.advance(60_000);
    expect((await peer.next()).request.headers.get('Contact')).toContain(';isfocus');
  });

  test('less than 90 s is refused with 422 and Min-SE', async () => {
    const short = await peer.exchange(
      peer.compose('INVITE', room, {
        headers: [
          ['Supported', 'timer'],
          ['Session-Expires', '60'],
        ],
      }),
    );
    expect([short.status, short.headers.get('Min-SE')]).toEqual([422, '90']);
  });
});

test('in a dialog: CSeq too low 500, INVITE while ours is pending 491', async () => {
  const { dialog } = await established();
  expect((await peer.exchange(dialog.createRequest('INFO', {}, 0), dialog)).status).toBe(500);
  await app.ask(['sip', '', dialog.id], ['INVITE sip:placeholder SIP/2.0', 'Contact: <sip:room@localhost>']);
  const ours = await peer.next();
  expect(
    (await peer.exchange(dialog.createRequest('INVITE', { headers: [['Contact', `<${peer.uri}>`]] }), dialog)).status,
  ).toBe(491);
  ours.reply(488);
  expect((await pushed()).text).toContain('SIP/2.0 488');
});

test('RFC 6665 §4.1.2.4: a NOTIFY before the 2xx to its SUBSCRIBE is delivered in the dialog', async () => {
  await app.ask(['sip', '', ''], [`SUBSCRIBE ${peer.uri} SIP/2.0`, 'Event: conference', 'Expires: 60']);
  const subscribe = await peer.next();
  const accepted = createResponse(subscribe.request, 200, {
    toTag: 'n',
    headers: [
      ['Expires', '60'],
      ['Contact', `<${peer.uri}>`],
    ],
  });
  const dialog = Dialog.fromRequest(subscribe.request, accepted, subscribe.flow);
  const state: [string, string] = ['Subscription-State', 'terminated;reason=timeout'];
  const notify = peer.send(dialog.createRequest('NOTIFY', { headers: [state] }), dialog);
  const notified = finalOf(notify);
  await new Promise<void>((resolve) => notify.on('sent', () => resolve()));
  subscribe.respond(accepted);
  expect((await pushed()).text).toContain('SIP/2.0 200');
  const push = await pushed();
  expect([push.text.slice(0, 6), push.tokens[9]]).toEqual(['NOTIFY', dialog.id]);
  await app.ask(['sip', push.tokens[8] ?? '', ''], ['SIP/2.0 200 OK']);
  expect((await notified).status).toBe(200);
  expect(endpoint.load.dialogs).toBe(0);
});

/** The peer asks for a dialog, which the application grants; its id. */
async function made(method: string, answer: string[], headers: [string, string][]): Promise<string> {
  await app.ask(['route', method.toLowerCase()]);
  const final = finalOf(peer.send(peer.compose(method, room, { headers })));
  const push = await app.next();
  const echo = await app.ask(['sip', push.tokens[8] ?? '', ''], answer);
  expect((await final).status).toBeLessThan(300);
  expect(endpoint.load.dialogs).toBe(1);
  return echo.tokens[11] ?? '';
}

const subscribed = (): Promise<string> =>
  made('SUBSCRIBE', ['SIP/2.0 200 OK', 'expires: 3600'], [['Event', 'conference']]);
const referred = (): Promise<string> =>
  made('REFER', ['SIP/2.0 202 Accepted'], [['Refer-To', 'sip:carla@example.com']]);

describe('a dialog that no INVITE made', () => {
  const notify = ['NOTIFY sip:placeholder SIP/2.0', 'Event: e', 'Subscription-State: active;expires=3600'];

  test.each([
    ['SUBSCRIBE', subscribed],
    ['REFER', referred],
  ])('RFC 6665 §4.2.2: by %s, ends soon after its NOTIFY was refused', async (_, make) => {
    const id = await make();
    await app.ask(['sip', '', id], notify);
    (await peer.next()).reply(481);
    expect((await pushed()).text).toContain('SIP/2.0 481');
    expect(endpoint.load.dialogs).toBe(1);
    clock.advance(32_000);
    expect(endpoint.load.dialogs).toBe(0);
  });

  test('RFC 6665 §4.2.2: a NOTIFY refused for another reason leaves it', async () => {
    const id = await subscribed();
    await app.ask(['sip', '', id], notify);
    (await peer.next()).reply(503);
    expect((await pushed()).text).toContain('SIP/2.0 503');
    clock.advance(32_000);
    expect(endpoint.load.dialogs).toBe(1);
  });

  test('RFC 3515 §2.4.4: by REFER, ends soon when no NOTIFY is sent', async () => {
    await referred();
    clock.advance(32_000);
    expect(endpoint.load.dialogs).toBe(0);
  });

  test('RFC 3515 §2.4.4: by REFER, lives as long as its NOTIFY says', async () => {
    const id = await referred();
    await app.ask(['sip', '', id], notify);
    (await peer.next()).reply(200);
    expect((await pushed()).text).toContain('SIP/2.0 200');
    clock.advance(3_600_000);
    expect(endpoint.load.dialogs).toBe(1);
    clock.advance(32_000);
    expect(endpoint.load.dialogs).toBe(0);
  });
});

test('a second dialog of the same Call-ID and From tag is refused with 480', async () => {
  const { push } = await established();
  const head = (name: string): string => new RegExp(`\r\n${name}: (.*)\r\n`).exec(push.text)?.[1] ?? '';
  const headers: [string, string][] = [
    ['From', head('From')],
    ['Call-ID', head('Call-ID')],
    ['CSeq', '9 SUBSCRIBE'],
  ];
  expect((await peer.exchange(peer.compose('SUBSCRIBE', room, { headers }))).status).toBe(480);
});

test('a taken port, SIP or control, rejects with EADDRINUSE and leaves nothing open', async () => {
  const taken = endpoint.addresses.udp ?? LOOPBACK;
  await expect(startEmbeddedDrachtio({ udp: taken })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port: taken.port,
  });
  const control = { port: endpoint.control.port };
  await expect(startEmbeddedDrachtio({ udp: LOOPBACK, control })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    address: '127.0.0.1',
  });
});
