import { parseUri, serialize, type SipRequest, type SipResponse } from '../../../../lib/embedded-drachtio/sip.js';
import { finalOf, SipPeer } from '../../../support/sip-peer.js';

let alice: SipPeer;
let bob: SipPeer;
beforeEach(async () => {
  alice = await SipPeer.start();
  bob = await SipPeer.start();
});
afterEach(async () => {
  await alice.close();
  await bob.close();
});

/** Sends a request as it is, without a transaction, and resolves with the next response. */
async function raw(request: SipRequest): Promise<SipResponse> {
  const uri = parseUri(bob.uri);
  if (!uri) throw new Error(bob.uri);
  const flow = await alice.transport.flowTo(uri, 0);
  const answer = new Promise<SipResponse>((resolve) => alice.transport.on('response', resolve));
  flow.send(serialize(request));
  return answer;
}

test('RFC 3261 §8.2.2.2: the same request by another path is answered 482', async () => {
  const request = alice.compose('OPTIONS', bob.uri);
  const first = finalOf(alice.send({ ...request, headers: request.headers.clone() }));
  const transaction = await bob.next();
  const merged = request.headers.clone().prepend('Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKother;rport');
  const loop = await raw({ ...request, headers: merged });
  expect(loop.status).toBe(482);
  transaction.reply(200, { toTag: 'x' });
  expect((await first).status).toBe(200);
});

test('RFC 3261 §9.2: a CANCEL for nothing is answered 481', async () => {
  const cancel = alice.compose('CANCEL', bob.uri);
  cancel.headers.prepend('Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone;rport');
  expect((await raw(cancel)).status).toBe(481);
});

test('RFC 2543 clients (no magic cookie) are matched too: a repetition reaches the user once', async () => {
  const request = alice.compose('OPTIONS', bob.uri);
  request.headers.prepend('Via', 'SIP/2.0/UDP 127.0.0.1;branch=1;rport');
  const first = raw(request);
  const transaction = await bob.next();
  let others = 0;
  bob.transactions.on('request', () => others++);
  transaction.reply(200, { toTag: 'x' });
  expect((await first).status).toBe(200);
  expect((await raw(request)).status).toBe(200);
  expect(others).toBe(0);
});

test('RFC 3261 §9.1: CANCEL waits for a provisional response, then ends the INVITE with 487', async () => {
  const transaction = alice.send(alice.compose('INVITE', bob.uri));
  const final = finalOf(transaction);
  expect(alice.transactions.cancel(transaction)).toBe(true);
  const invite = await bob.next();
  invite.on('cancel', () => invite.reply(487, { toTag: 'x' }));
  expect((await final).status).toBe(487);
});

test('RFC 3326 §2: a CANCEL may say why (INV-13)', async () => {
  const transaction = alice.send(alice.compose('INVITE', bob.uri));
  const final = finalOf(transaction);
  alice.transactions.cancel(transaction, { reason: 'SIP;cause=408;text="Request Timeout"' });
  const invite = await bob.next();
  const cancelled = new Promise<string | undefined>((resolve) => {
    invite.on('cancel', ({ headers }) => resolve(headers.get('Reason')));
  });
  expect(await cancelled).toBe('SIP;cause=408;text="Request Timeout"');
  invite.reply(487, { toTag: 'x' });
  await final;
});

test('a request that cannot be sent: sent without a flow, then transportError', async () => {
  const request = alice.compose('OPTIONS', 'sip:bob@127.0.0.1:9;transport=tcp');
  const transaction = alice.send(request);
  const events: string[] = [];
  transaction.on('sent', (_request, flow) => events.push(flow ? 'sent' : 'not sent'));
  await new Promise((resolve) => transaction.on('transportError', resolve));
  expect(events).toEqual(['not sent']);
  expect(alice.transactions.size).toBe(0);
});

test('requests waiting on a connection fail when it is lost', async () => {
  const server = await SipPeer.start('tcp');
  const client = await SipPeer.start('tcp');
  const transaction = client.send(client.compose('OPTIONS', server.uri));
  const failed = new Promise((resolve) => transaction.on('transportError', resolve));
  await server.next();
  await server.close();
  await failed;
  await client.close();
});
