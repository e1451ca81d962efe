import Srf, { type SrfRequest, type SrfResponse } from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { createResponse, Dialog, parseCSeq, type SipRequest, tagOf } from '../../lib/embedded-drachtio/sip.js';
import { finalOf, listenerUri, SipPeer } from '../support/sip-peer.js';
import { ANSWER } from './chat-app.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const OFFER = ANSWER.replace('room42', 'alice');

interface SrfDialog {
  id: string;
  sip: { callId: string };
  local: { contact: string; sdp: string };
  on(event: string, listener: (...args: never[]) => void): SrfDialog;
  request(options: object): Promise<{ status: number; body: string }>;
  destroy(): Promise<unknown>;
}
/** What the typings of drachtio-srf leave out or get wrong. */
interface SrfAgent {
  use(method: string, handler: (req: SrfRequest, res: SrfResponse) => void): void;
  invite(handler: (req: SrfRequest, res: SrfResponse) => void): void;
  options(handler: (req: SrfRequest, res: SrfResponse) => void): void;
  message(handler: (req: SrfRequest, res: SrfResponse) => void): void;
  refer(handler: (req: SrfRequest, res: SrfResponse) => void): void;
  createUAS(
    req: SrfRequest,
    res: SrfResponse,
    options: object,
    done: (error: unknown, dialog: SrfDialog) => void,
  ): void;
  createUAC(uri: string, options: object, callbacks: object): Promise<SrfDialog>;
  request(uri: string, options: object, done: (error: unknown, request: SrfSent) => void): void;
}
interface SrfSent {
  on(event: 'response', listener: (response: { status: number; body: string }) => void): void;
  cancel(done?: () => void): void;
}

/** A promise and its resolver. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const settle: ((value: T) => void)[] = [];
  const promise = new Promise<T>((resolve) => settle.push(resolve));
  return { promise, resolve: (value) => settle[0]?.(value) };
}

const cseq = (request: SipRequest): number => parseCSeq(request.headers.get('CSeq'))?.sequence ?? 0;

describe.each(['udp', 'tcp', 'ws'] as const)(
  'unmodified drachtio-srf over the embedded endpoint, peer on %s',
  (transport) => {
    let endpoint: EmbeddedDrachtio;
    let srf: Srf;
    let agent: SrfAgent;
    let peer: SipPeer;
    let room: string;
    let onInvite: ((req: SrfRequest, res: SrfResponse) => void) | undefined;

    beforeAll(async () => {
      endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK, ws: LOOPBACK });
      peer = await SipPeer.start(transport);
      room = listenerUri('room', endpoint.addresses[transport] ?? LOOPBACK, transport);
      srf = new Srf();
      agent = srf as unknown as SrfAgent;
      agent.invite((req, res) => onInvite?.(req, res));
      agent.options((_req, res) => res.send(200, { headers: { Accept: 'application/sdp' } }));
      agent.message((req, res) => res.send(200, { headers: { 'X-Length': String(Buffer.byteLength(req.body)) } }));
      agent.refer((_req, res) => res.send(202));
      const connected = new Promise((resolve, reject) => {
        srf.on('connect', (error: unknown) => (error ? reject(error) : resolve(undefined)));
        srf.on('error', reject);
      });
      void srf.connect({ ...endpoint.control, secret: endpoint.secret });
      await connected;
    });

    afterAll(async () => {
      srf.disconnect();
      await peer.close();
      await endpoint.close();
    });

    /** The room answers the next INVITE with createUAS in its callback form. */
    function answerNext(options: object = {}): Promise<SrfDialog> {
      const { promise, resolve } = deferred<SrfDialog>();
      onInvite = (req, res) =>
        agent.createUAS(
          req,
          res,
          { localSdp: ANSWER, headers: { Contact: '<sip:room@localhost>;isfocus' }, ...options },
          (_e, dialog) => resolve(dialog),
        );
      return promise;
    }
    const call = async (): Promise<{ uas: SrfDialog; dialog: Dialog }> => {
      const uas = answerNext();
      const { dialog } = await peer.call(room, { body: OFFER, headers: [['Content-Type', 'application/sdp']] });
      return { uas: await uas, dialog };
    };

    test('createUAS: 200 with tag, Contact and SDP; ACK reaches the dialog; BYE from the peer', async () => {
      const uas = answerNext();
      const { dialog, response } = await peer.call(room, {
        body: OFFER,
        headers: [['Content-Type', 'application/sdp']],
      });
      const answered = await uas;
      expect(response.headers.get('Contact')).toContain(';isfocus');
      expect(response.headers.get('Contact')).not.toContain('localhost');
      expect(response.body.toString()).toBe(ANSWER);
      expect(answered.id).toBe(dialog.id);
      const destroyed = deferred<void>();
      answered.on('destroy', () => destroyed.resolve());
      expect((await peer.exchange(dialog.createRequest('BYE'), dialog)).status).toBe(200);
      await destroyed.promise;
      expect((await peer.exchange(dialog.createRequest('BYE'), dialog)).status).toBe(481);
    });

    test('SUBSCRIBE in the dialog, NOTIFY out, REFER in it, re-INVITE both ways, BYE from the room', async () => {
      const { uas, dialog } = await call();
      uas.on('subscribe', (_req: SrfRequest, res: SrfResponse) => {
        res.send(200, { headers: { Expires: '3600', Contact: uas.local.contact } });
      });
      uas.on('refer', (_req: SrfRequest, res: SrfResponse) => res.send(202));
      const headers: [string, string][] = [
        ['Event', 'conference'],
        ['Contact', `<${peer.uri}>`],
      ];
      const subscribed = await peer.exchange(dialog.createRequest('SUBSCRIBE', { headers }), dialog);
      expect([subscribed.status, subscribed.headers.get('Expires')]).toEqual([200, '3600']);

      const notified = uas.request({
        method: 'NOTIFY',
        headers: { Event: 'conference', 'Subscription-State': 'active;expires=3600', 'Content-Type': 'text/plain' },
        body: 'Grüße 🎉',
      });
      const notify = await peer.next();
      expect(dialog.matches(notify.request) && dialog.accept(notify.request, notify.flow)).toBe(true);
      expect(notify.request.body.toString()).toBe('Grüße 🎉');
      expect(notify.request.headers.has('Contact')).toBe(true);
      notify.reply(200);
      expect((await notified).status).toBe(200);

      const refer = dialog.createRequest('REFER', {
        headers: [['Refer-To', '<sip:bob@example.com>'], ...headers.slice(1)],
      });
      expect((await peer.exchange(refer, dialog)).status).toBe(202);

      const again = dialog.createRequest('INVITE', {
        headers: [['Content-Type', 'application/sdp'], ...headers.slice(1)],
        body: Buffer.from(OFFER),
      });
      expect((await peer.exchange(again, dialog)).status).toBe(200);
      await peer.transactions.acknowledge(dialog.createAck(again), dialog.nextHop());

      const modified = uas.request({ method: 'INVITE', headers: { Contact: uas.local.contact }, body: ANSWER });
      const reinvite = await peer.next();
      const acks = peer.acks.length;
      reinvite.respond(
        createResponse(reinvite.request, 200, {
          headers: [
            ['Contact', `<${peer.uri}>`],
            ['Content-Type', 'application/sdp'],
          ],
          body: Buffer.from(OFFER),
        }),
      );
      expect((await modified).status).toBe(200);
      await peer.acked(acks + 1);
      expect(parseCSeq(peer.acks.at(-1)?.headers.get('CSeq'))?.sequence).toBe(
        parseCSeq(reinvite.request.headers.get('CSeq'))?.sequence,
      );

      const ended = uas.destroy();
      const bye = await peer.next();
      expect(bye.request.method).toBe('BYE');
      bye.reply(200);
      await ended;
      expect(endpoint.load.dialogs).toBe(0);
    });

    test('rejection, CANCEL, and a CANCEL that comes too late', async () => {
      onInvite = (_req, res) => res.send(486);
      expect((await peer.exchange(peer.compose('INVITE', room))).status).toBe(486);

      const cancelled = deferred<void>();
      const rang = deferred<void>();
      onInvite = (req, res) => {
        (req as unknown as { on(event: string, listener: () => void): void }).on('cancel', () => cancelled.resolve());
        res.send(180);
      };
      const ringing = peer.send(peer.compose('INVITE', room));
      ringing.on('response', (response) => response.status === 180 && rang.resolve());
      const final = finalOf(ringing);
      await rang.promise;
      expect(peer.transactions.cancel(ringing)).toBe(true);
      expect((await final).status).toBe(487);
      await cancelled.promise;
      expect(peer.transactions.cancel(ringing)).toBe(false);
    });

    test('outside a dialog: OPTIONS, REFER (DRA-11), unknown method 405, dead dialog 481, unrouted 503', async () => {
      const statuses: number[] = [];
      for (const method of ['OPTIONS', 'REFER', 'FOO', 'BYE', 'PUBLISH']) {
        statuses.push((await peer.exchange(peer.compose(method, room))).status);
      }
      const stale = peer.compose('SUBSCRIBE', room, { headers: [['To', `<${room}>;tag=gone`]] });
      statuses.push((await peer.exchange(stale)).status);
      expect(statuses).toEqual([200, 202, 405, 481, 503, 481]);
    });

    test('UAC: INVITE with 200 and BYE', async () => {
      const uac = agent.createUAC(
        peer.uri,
        { localSdp: ANSWER, headers: { Contact: '<sip:room@localhost>;isfocus' } },
        {},
      );
      const invite = await peer.next();
      const acks = peer.acks.length;
      invite.reply(180, { toTag: 'callee' });
      const response = createResponse(invite.request, 200, {
        toTag: 'callee',
        headers: [
          ['Contact', `<${peer.uri}>`],
          ['Content-Type', 'application/sdp'],
        ],
        body: Buffer.from(OFFER),
      });
      invite.respond(response);
      const dialog = await uac;
      await peer.acked(acks + 1);
      expect(dialog.id).toBe(
        `${invite.request.headers.get('Call-ID')};from-tag=${tagOf(invite.request.headers.get('From'))}`,
      );

      const callee = Dialog.fromRequest(invite.request, response, invite.flow);
      const destroyed = deferred<void>();
      dialog.on('destroy', () => destroyed.resolve());
      expect((await peer.exchange(callee.createRequest('BYE'), callee)).status).toBe(200);
      await destroyed.promise;
    });

    test('UAC: 486, CANCEL while ringing', async () => {
      const busy = agent
        .createUAC(peer.uri, { localSdp: ANSWER }, {})
        .catch((error: { status: number }) => error.status);
      (await peer.next()).reply(486, { toTag: 'x' });
      expect(await busy).toBe(486);

      const sent = deferred<SrfSent>();
      const provisional = deferred<void>();
      const callbacks = {
        cbRequest: (_error: unknown, request: SrfSent) => sent.resolve(request),
        cbProvisional: () => provisional.resolve(),
      };
      const cancelled = agent
        .createUAC(peer.uri, { localSdp: ANSWER }, callbacks)
        .catch((error: { status: number }) => error.status);
      const invite = await peer.next();
      invite.on('cancel', () => invite.reply(487, { toTag: 'x' }));
      invite.reply(180, { toTag: 'x' });
      await provisional.promise;
      (await sent.promise).cancel();
      expect(await cancelled).toBe(487);
    });

    test('UAC: digest challenge answered by srf', async () => {
      const uac = agent
        .createUAC(peer.uri, { localSdp: ANSWER, auth: { username: 'room', password: 's' } }, {})
        .catch(() => undefined);
      const first = await peer.next();
      first.reply(401, {
        toTag: 'a',
        headers: [['WWW-Authenticate', 'Digest realm="test", nonce="abc", algorithm=MD5']],
      });
      const second = await peer.next();
      expect(second.request.headers.get('Authorization')).toContain('response="');
      expect(second.request.headers.get('Call-ID')).toBe(first.request.headers.get('Call-ID'));
      expect(cseq(second.request)).toBe(cseq(first.request) + 1);
      second.reply(603, { toTag: 'a' });
      await uac;
    });

    const ask = (uri: string): Promise<number | string> =>
      new Promise((resolve) => {
        agent.request(uri, { method: 'OPTIONS' }, (error, request) => {
          if (error instanceof Error) resolve(error.message);
          else request.on('response', (response) => resolve(response.status));
        });
      });
    test('UAC: OPTIONS out of dialog; a refused connection is 503, another scheme is an error', async () => {
      const answered = ask(peer.uri);
      (await peer.next()).reply(200, { toTag: 'x' });
      expect(await answered).toBe(200);
      expect(await ask('sip:bob@127.0.0.1:1;transport=tcp')).toBe(503);
      expect(await ask('sip:bob@host.invalid:5060')).toBe(503);
      expect(await ask('sips:bob@127.0.0.1')).toContain('transport not available');
      expect(await ask(room)).toContain('myself');
    });

    if (transport !== 'udp') {
      test('300 KB both ways, and a burst of 50 x 10 KB', async () => {
        const { uas, dialog } = await call();
        const body = 'ü'.repeat(150_000);
        const big = peer.compose('MESSAGE', room, { body, headers: [['Content-Type', 'text/plain']] });
        expect((await peer.exchange(big)).headers.get('X-Length')).toBe('300000');

        const headers = { Event: 'conference', 'Subscription-State': 'active', 'Content-Type': 'text/plain' };
        const notified = uas.request({ method: 'NOTIFY', headers, body });
        const notify = await peer.next();
        expect(notify.request.body.equals(Buffer.from(body))).toBe(true);
        notify.reply(200);
        expect((await notified).status).toBe(200);

        const burst = Array.from({ length: 50 }, (_, i) =>
          uas.request({ method: 'NOTIFY', headers, body: String(i).padEnd(10_000, '.') }),
        );
        const order: number[] = [];
        for (let i = 0; i < 50; i++) {
          const transaction = await peer.next();
          order.push(Number.parseInt(transaction.request.body.toString(), 10));
          transaction.reply(200);
        }
        expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
        expect((await Promise.all(burst)).every(({ status }) => status === 200)).toBe(true);
        expect((await peer.exchange(dialog.createRequest('BYE'), dialog)).status).toBe(200);
      });
    }
  },
);
