import type { ChatParticipant } from '../../../lib/client/participant.js';
import type { Outcome, Progress } from '../../../lib/client/msrp/outgoing-message.js';
import type { FakeMsrpPeer, Frame } from '../../support/fake-msrp-peer.js';
import { roomAnswer } from '../../support/fake-signalling.js';
import { GatedStream } from '../../support/gated-stream.js';
import type { ManualClock } from '../../support/manual-clock.js';
import { BOB, closeStage, flushed, joinStage, openStage, ROOM, type Stage } from '../../support/participant-stage.js';

let stage: Stage;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let alice: ChatParticipant;

beforeEach(async () => {
  stage = await openStage();
  ({ peer, clock, alice } = stage);
  await joinStage(stage);
});

afterEach(async () => {
  await closeStage(stage);
  expect(clock.pending).toBe(0);
});

const octets = (length: number, fill = 'a'): Buffer => Buffer.alloc(length, fill);
const send = (content: Buffer | GatedStream, options = {}): Promise<Outcome> =>
  alice.sendContent(ROOM, 'image/png', content, options);
const rangeOf = (frame: Frame): string | undefined => frame.headers.get('byte-range');
/** Octets of the content of a whole message. */
const contentOf = (frames: Frame[]): string => {
  const whole = frames.map(({ body }) => body ?? '').join('');
  return whole.slice(whole.indexOf('\r\n\r\n', whole.indexOf('\r\n\r\n') + 4) + 4);
};

const broken = (): void => {
  throw new Error('no screen');
};

async function framesOfMessage(): Promise<Frame[]> {
  const frames = [await peer.frameOf('SEND')];
  while (frames.at(-1)?.flag === '+') frames.push(await peer.frameOf('SEND'));
  return frames;
}

/** Parts of a message as its reports would name them. */
function report(messageId: string, range: string, status = '000 200 OK'): void {
  peer.write(
    `MSRP rep1 REPORT\r\nTo-Path: ${peer.peer}\r\nFrom-Path: ${peer.path}\r\nMessage-ID: ${messageId}\r\nByte-Range: ${range}\r\nStatus: ${status}\r\n-------rep1$\r\n`,
  );
}

describe('chunks', () => {
  test('4975-7.1.1-07 a message of up to 2048 octets has its true range', async () => {
    await alice.sendRaw('message/cpim', octets(2048));
    expect(rangeOf(await peer.frame())).toBe('1-2048/2048');
  });

  test('4975-5.1-01, 4975-7.1.1-10, -11 a longer one is a single chunk that could be interrupted', async () => {
    await alice.sendRaw('message/cpim', octets(2049));
    const frame = await peer.frame();
    expect([rangeOf(frame), frame.flag, frame.body?.length]).toEqual(['1-*/2049', '$', 2049]);
  });

  test('4975-7.1.1-12, -14 chunks of several messages take turns, each goes on where it was interrupted', async () => {
    // more than the sockets of both sides take without waiting
    const SIZE = 4 * 1024 * 1024;
    const sent = [octets(SIZE), octets(SIZE, 'b')].map((body) => alice.sendRaw('message/cpim', body));
    const next = { a: 1, b: 1 };
    const order: string[] = [];
    for (let open = 2; open > 0; ) {
      const { body = '', headers, flag } = await peer.frame();
      const who = body.startsWith('a') ? 'a' : 'b';
      if (order.at(-1) !== who) order.push(who);
      expect(headers.get('byte-range')).toMatch(new RegExp(`^${next[who]}-`));
      next[who] += body.length;
      if (flag === '$') open--;
    }
    expect(next).toEqual({ a: SIZE + 1, b: SIZE + 1 });
    expect(order.length).toBeGreaterThan(4);
    expect(await Promise.all(sent)).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  test('4975-7.1.1-03 report headers are the same in every chunk', async () => {
    const sent = alice.sendRaw('message/cpim', octets(600 * 1024), { successReport: true, failureReport: 'partial' });
    const frames = await framesOfMessage();
    expect(frames.length).toBeGreaterThan(1);
    for (const { headers } of frames) {
      expect(headers.get('success-report')).toBe('yes');
      expect(headers.get('failure-report')).toBe('partial');
    }
    await sent;
  });
});

describe('streams', () => {
  test('4975-7.1.1-07 a stream of unknown length: range and total are stars until its end', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    stream.give(octets(5000));
    const first = await peer.frame();
    expect([rangeOf(first), first.flag]).toEqual(['1-*/*', '+']);
    stream.give('the end');
    stream.end();
    const last = await peer.frame();
    const total = (first.body?.length ?? 0) + (last.body?.length ?? 0);
    expect([rangeOf(last), last.flag]).toEqual([`${(first.body?.length ?? 0) + 1}-${total}/${total}`, '$']);
    expect(contentOf([first, last])).toBe(`${'a'.repeat(5000)}the end`);
    expect((await sent).status).toBe(200);
  });

  test('4975-7.1.1-20 the last chunk has an octet, however the stream ends', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    stream.give(octets(4096));
    const first = await peer.frame();
    stream.end();
    const last = await peer.frame();
    expect(last.body).toBe('a');
    expect(contentOf([first, last]).length).toBe(4096);
    await sent;
  });

  test('a known size is announced; a web stream does as well', async () => {
    const content = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(octets(3000));
        controller.enqueue(octets(3000));
        controller.close();
      },
    });
    const sent = alice.sendContent(ROOM, 'image/png', content, { size: 6000 });
    const frames = await framesOfMessage();
    expect(contentOf(frames).length).toBe(6000);
    const total = frames.reduce((sum, { body = '' }) => sum + body.length, 0);
    for (const frame of frames) expect(rangeOf(frame)).toMatch(new RegExp(`/${total}$`));
    await sent;
  });

  test('an empty stream is an empty message, with its envelope', async () => {
    const stream = new GatedStream();
    stream.end();
    await send(stream);
    const frame = await peer.frame();
    expect([contentOf([frame]), frame.flag]).toEqual(['', '$']);
  });

  test('short pieces are joined: no chunk below 2048 octets but the last (4975-7.1.1-11)', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    for (let i = 0; i < 60; i++) {
      stream.give(octets(100));
      await flushed();
    }
    stream.end();
    const frames = await framesOfMessage();
    for (const { body } of frames.slice(0, -1)) expect(body?.length).toBeGreaterThanOrEqual(2048);
    expect(contentOf(frames).length).toBe(6000);
    await sent;
  });

  test('4975-7.1.1-11 while the source rests, others go in between', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    stream.give(octets(10_000));
    const first = await peer.frame();
    expect(first.flag).toBe('+');
    expect(await alice.send('quick')).toMatchObject({ status: 200 });
    expect((await peer.frame()).body).toContain('quick');
    stream.end();
    const rest = await framesOfMessage();
    expect(contentOf([first, ...rest]).length).toBe(10_000);
    expect((await sent).status).toBe(200);
  });

  test.each([
    ['too short', 9, 'CHAT_ERR_USAGE'],
    ['too long', 7, 'CHAT_ERR_USAGE'],
  ])('a stream %s for its announced size is given up', async (_name, size, code) => {
    const stream = new GatedStream();
    const sent = send(stream, { size });
    const outcome = expect(sent).rejects.toMatchObject({ code });
    stream.give('12345678');
    stream.end();
    await outcome;
    await alice.send('next');
    expect((await peer.frame()).body).toContain('next');
  });

  test('4975-7.1.1-23 a stream that grows over max-size is ended with #', async () => {
    stage.signalling.delegate?.onOffer(roomAnswer(peer.path, ['max-size:6000']).replace('passive', 'actpass'));
    const stream = new GatedStream();
    const sent = send(stream);
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_TOO_LARGE' });
    stream.give(octets(3000));
    expect((await peer.frame()).flag).toBe('+');
    stream.give(octets(3000));
    await outcome;
    expect((await peer.frame()).flag).toBe('#');
    expect(stream.cancelled).toBe(true);
  });

  test('a source that fails ends the message with #, and send rejects with its error', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    const outcome = expect(sent).rejects.toThrow('disk on fire');
    stream.give(octets(3000));
    const first = await peer.frame();
    stream.end(new Error('disk on fire'));
    await outcome;
    const last = await peer.frame();
    expect(last).toMatchObject({ what: 'SEND', flag: '#', body: '' });
    expect(rangeOf(last)).toBe(`${(first.body?.length ?? 0) + 1}-*/*`);
    expect(last.headers.get('message-id')).toBe(first.headers.get('message-id'));
  });

  test('pieces that are no octets are misuse', async () => {
    const strings = (async function* () {
      yield 'text' as unknown as Uint8Array;
    })();
    await expect(alice.sendContent(ROOM, 'image/png', strings)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });
});

describe('giving up', () => {
  test('4975-7.1-03 an AbortSignal ends the message with #', async () => {
    const controller = new AbortController();
    const stream = new GatedStream();
    const sent = send(stream, { signal: controller.signal });
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_ABORTED' });
    stream.give(octets(3000));
    await peer.frame();
    controller.abort();
    await outcome;
    expect((await peer.frame()).flag).toBe('#');
    expect(stream.cancelled).toBe(true);
    await expect(alice.send('x', { signal: controller.signal })).rejects.toMatchObject({ code: 'CHAT_ERR_ABORTED' });
  });

  test('a message that is out cannot be called back', async () => {
    peer.automatic = false;
    const controller = new AbortController();
    const sent = alice.send('x', { signal: controller.signal });
    const frame = await peer.frame();
    controller.abort();
    peer.answer(frame, '200 OK');
    expect((await sent).status).toBe(200);
  });

  test('4975-10-04 after 413 no further chunk is sent, and send says so', async () => {
    peer.automatic = false;
    const stream = new GatedStream();
    const sent = send(stream);
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_STOPPED', msrpStatus: 413 });
    stream.give(octets(3000));
    peer.answer(await peer.frame(), '413 Stop Sending');
    await outcome;
    stream.give(octets(3000));
    peer.automatic = true;
    await alice.send('next');
    expect((await peer.frame()).body).toContain('next');
    expect(stream.cancelled).toBe(true);
  });

  test('4975-7.3.2-02 a failure REPORT for a message still being sent ends it', async () => {
    const stream = new GatedStream();
    const sent = send(stream);
    stream.give(octets(3000));
    const { headers } = await peer.frame();
    report(headers.get('message-id') ?? '', '1-3000/*', '000 403 Forbidden');
    expect(await sent).toMatchObject({ status: 403, comment: 'Forbidden' });
  });

  test('4975-10-05, A-17 a type the room answered 415 to is not sent again; others are', async () => {
    peer.automatic = false;
    const sent = send(octets(3));
    peer.answer(await peer.frame(), '415 No');
    expect((await sent).status).toBe(415);
    await expect(send(octets(3))).rejects.toMatchObject({ code: 'CHAT_ERR_TYPE_NOT_ACCEPTED' });
    peer.automatic = true;
    expect((await alice.send('text goes')).status).toBe(200);
  });

  test('A-20 a 415 of one recipient says nothing about the room', async () => {
    peer.automatic = false;
    const sent = alice.sendContent(BOB, 'image/png', octets(3));
    peer.answer(await peer.frame(), '415 No');
    await sent;
    peer.automatic = true;
    expect((await send(octets(3))).status).toBe(200);
  });
});

describe('progress', () => {
  test('tells what was sent and what was acknowledged', async () => {
    const seen: Progress[] = [];
    await alice.sendRaw('message/cpim', octets(300_000), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ sent: 300_000, acknowledged: 300_000, total: 300_000 });
    expect(seen.some(({ sent, acknowledged }) => sent > 0 && sent < 300_000 && acknowledged === 0)).toBe(true);
    for (const [i, { sent }] of seen.entries()) expect(sent).toBeGreaterThanOrEqual(seen[i - 1]?.sent ?? 0);
  });

  test('a callback that throws gives the message up', async () => {
    await expect(alice.sendRaw('message/cpim', octets(300_000), { onProgress: broken })).rejects.toThrow('no screen');
    expect((await peer.frame()).flag).toBe('#');
    expect((await alice.send('x')).status).toBe(200);
  });
});

describe('Failure-Report', () => {
  test('4975-7.1.1-18 with `no` nothing is awaited', async () => {
    peer.automatic = false;
    expect(await alice.send('x', { failureReport: 'no' })).toMatchObject({ status: 200 });
    expect((await peer.frame()).headers.get('failure-report')).toBe('no');
    expect(clock.pending).toBe(0);
  });

  test('4975-7.1.1-18 with `partial` no timer runs, and a refusal is told', async () => {
    peer.automatic = false;
    const { messageId } = await alice.send('x', { failureReport: 'partial' });
    expect(clock.pending).toBe(0);
    peer.answer(await peer.frame(), '403 No');
    expect((await stage.events.next('report'))[0]).toEqual({ messageId, status: 403, comment: 'No' });
  });

  test('4975-7.1.1-17 the 30 s run from the last octet of a chunk', async () => {
    peer.automatic = false;
    const stream = new GatedStream();
    const sent = send(stream);
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_TIMEOUT' });
    stream.give(octets(3000));
    await peer.frame();
    clock.advance(29_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await outcome;
  });
});

describe('delivered', () => {
  test('4975-7.3.2-04 resolves when reports cover the message, whatever their ranges', async () => {
    const { delivered, messageId } = await alice.sendRaw('message/cpim', octets(10), { successReport: true });
    const settled = jest.fn();
    void delivered?.finally(settled);
    report(messageId, '8-10/10');
    report(messageId, '1-3/10');
    await stage.events.next('report');
    await stage.events.next('report');
    expect(settled).not.toHaveBeenCalled();
    report(messageId, '4-7/10');
    expect(await delivered).toEqual({ messageId, status: 200, comment: 'OK' });
  });

  test('a REPORT may overtake the response', async () => {
    peer.automatic = false;
    const sent = alice.sendRaw('message/cpim', octets(10), { successReport: true });
    const frame = await peer.frame();
    report(frame.headers.get('message-id') ?? '', '1-10/10');
    peer.answer(frame, '200 OK');
    expect(await (await sent).delivered).toMatchObject({ status: 200 });
  });

  test('rejects after a failure REPORT, with its status', async () => {
    const { delivered, messageId } = await alice.send('x', { successReport: true });
    report(messageId, '1-1/1', '000 404 Nobody');
    await expect(delivered).rejects.toMatchObject({ code: 'CHAT_ERR_NOT_DELIVERED', msrpStatus: 404 });
  });

  test('4975-7.1.1-21 rejects after its time-out', async () => {
    const { delivered } = await alice.send('x', { successReport: true, reportTimeout: 5000 });
    const outcome = expect(delivered).rejects.toMatchObject({ code: 'CHAT_ERR_NOT_REPORTED' });
    clock.advance(5000);
    await outcome;
  });

  test('4975-7.1.1-21 rejects when the session ends first', async () => {
    const { delivered } = await alice.send('x', { successReport: true });
    const outcome = expect(delivered).rejects.toMatchObject({ code: 'CHAT_ERR_NOT_REPORTED' });
    await alice.leave();
    await outcome;
  });

  test('4975-7.1.2-03, 4975-7.3.2-01 reports of others and of unknown namespaces are ignored', async () => {
    const { messageId } = await alice.send('x', { successReport: true });
    report('stranger', '1-1/1');
    report(messageId, '1-1/1', '001 200 OK');
    await alice.send('x');
    expect(stage.events.pending('report')).toEqual([]);
  });

  test('4975-7.3.2-03, 4975-10-03 a REPORT of 408 means that the session has failed', async () => {
    const { messageId } = await alice.send('x', { successReport: true });
    report(messageId, '1-1/1', '000 408 Timeout');
    await peer.disconnected();
    expect((await clock.passUntil(stage.events.next('ended'), 100))[0]).toMatchObject({ kind: 'lost' });
  });
});
