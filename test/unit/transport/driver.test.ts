import { Sessions } from '../../../lib/msrp/index.js';
import { Driver, type Writer } from '../../../lib/transport/driver.js';
import { MemoryStream } from '../../../lib/transport/memory.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedStream } from '../../support/scripted-stream.js';

class ScriptedWriter implements Writer {
  pumped = 0;
  /** What it does when it may write. */
  onPump: () => void = () => undefined;
  /** What ends its open frame; undefined when it may not be interrupted. */
  onInterrupt: (() => void) | undefined;

  pump(): void {
    this.pumped++;
    this.onPump();
  }

  interrupt(): boolean {
    this.onInterrupt?.();
    return this.onInterrupt !== undefined;
  }
}

function drive(): { clock: ManualClock; stream: ScriptedStream; driver: Driver } {
  const clock = new ManualClock();
  const stream = new ScriptedStream();
  const driver = new Driver(stream, new Sessions(), { clock }, silent);
  stream.driver = driver;
  return { clock, stream, driver };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('D8: what is pending in one turn leaves in one write, in order', async () => {
  const { stream, driver } = drive();
  driver.append('one ');
  driver.respond('two ');
  expect(stream.read.length).toBe(0);
  driver.appendBytes(Buffer.from('three '));
  driver.append('four');
  await turn();
  expect(stream.read.toString()).toBe('one two three four');
});

test('a stream that cannot be written to is closed, and what others are sent in the same turn leaves', async () => {
  const [broken, well] = [drive(), drive()];
  broken.stream.tap = () => {
    throw new Error('out of luck');
  };
  broken.driver.append('one');
  well.driver.append('two');
  await turn();
  expect(broken.stream.closed).toBe('destroy');
  expect(well.stream.read.toString()).toBe('two');
  well.driver.append(' three');
  await turn();
  expect(well.stream.read.toString()).toBe('two three');
});

test('an open frame that may not be cut holds answers back; one that may is ended first', async () => {
  const { stream, driver } = drive();
  const whole = new ScriptedWriter();
  driver.append('<whole');
  driver.hold(whole);
  driver.respond('answer ');
  driver.append('>');
  driver.release(whole);
  const chunk = new ScriptedWriter();
  chunk.onInterrupt = () => {
    driver.append('+');
    driver.release(chunk);
  };
  driver.append('chunk');
  driver.hold(chunk);
  driver.respond('answer');
  await turn();
  expect(stream.read.toString()).toBe('<whole>answer chunk+answer');
});

test('4975-7.1.1-14: writers that wait take turns, and one that waits again does so behind the others', async () => {
  const { stream, driver } = drive();
  const order: string[] = [];
  const writers = ['a', 'b', 'c'].map((name) => {
    const writer = new ScriptedWriter();
    writer.onPump = () => {
      order.push(name);
      driver.append(name.repeat(300_000));
      driver.wait(writer);
    };
    return writer;
  });
  for (const writer of writers) driver.wait(writer);
  driver.append('x');
  for (let i = 0; i < 6; i++) await turn();
  expect(order.slice(0, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  for (const writer of writers) driver.forget(writer);
  stream.full = true;
  await turn();
});

test('a writer that waits again without writing is not asked for ever', async () => {
  const { driver } = drive();
  const writer = new ScriptedWriter();
  writer.onPump = () => driver.wait(writer);
  driver.wait(writer);
  driver.append('x');
  await turn();
  expect(writer.pumped).toBe(1);
});

function driveMessages(): { driver: Driver; parts: [string, boolean][] } {
  const parts: [string, boolean][] = [];
  const framing = {
    chunkSize: 100,
    writePart: (part: string | Buffer, last: boolean): boolean => parts.push([part.toString(), last]) > 0,
  };
  const stream = Object.assign(new ScriptedStream(), { framing });
  return { driver: new Driver(stream, new Sessions(), { clock: new ManualClock() }, silent), parts };
}

describe('7977-5.1-01: on a stream of messages', () => {
  test('frames of one turn stay apart', async () => {
    const { driver, parts } = driveMessages();
    driver.append('one');
    driver.respond('two');
    await turn();
    expect(parts).toEqual([
      ['one', true],
      ['two', true],
    ]);
  });

  test('an open frame is one message in parts over several turns, what was held back follows', async () => {
    const { driver, parts } = driveMessages();
    const writer = new ScriptedWriter();
    driver.append('before');
    driver.append('head');
    driver.hold(writer);
    driver.appendBytes(Buffer.from('body'));
    await turn();
    driver.respond('answer');
    driver.respond('report');
    expect(driver.buffered).toBe(12);
    driver.appendBytes(Buffer.from('more'));
    await turn();
    driver.append('end');
    driver.release(writer);
    await turn();
    expect(parts).toEqual([
      ['before', true],
      ['head', false],
      ['body', false],
      ['more', false],
      ['end', true],
      ['answer', true],
      ['report', true],
    ]);
  });
});

test('a full stream blocks writers until it drains', async () => {
  const { stream, driver } = drive();
  const writer = new ScriptedWriter();
  stream.full = true;
  driver.append('x');
  await turn();
  expect(driver.blocked).toBe(true);
  expect(driver.acquire(writer)).toBe(false);
  driver.wait(writer);
  stream.drain();
  expect(writer.pumped).toBe(1);
  expect(driver.acquire(writer)).toBe(true);
});

test('7701-6.4-02: a peer that reads no answers is cut off before they pile up', async () => {
  const { stream, driver } = drive();
  stream.full = true;
  const answer = 'a'.repeat(200);
  let sent = 0;
  while (stream.closed === undefined && sent < 100_000) {
    driver.respond(answer);
    if (++sent % 500 === 0) await turn();
  }
  expect(stream.closed).toBe('destroy');
  expect(stream.peak).toBeLessThan(2_000_000);
});

test('a closing driver flushes, writes nothing more, and is cut off after 5 s when the peer does not read', async () => {
  const { clock, stream, driver } = drive();
  stream.full = true;
  stream.end = () => undefined;
  driver.append('last words');
  driver.connection.close('shutdown');
  driver.append('too late');
  driver.respond('too late');
  await turn();
  expect(stream.buffered).toBe('last words'.length);
  clock.advance(4999);
  expect(stream.closed).toBeUndefined();
  clock.advance(1);
  expect(stream.closed).toBe('destroy');
  expect(clock.pending).toBe(0);
});

test('the end of what the peer sends closes; who asked is told once', () => {
  const { clock, stream, driver } = drive();
  let told = 0;
  driver.whenClosed(() => told++);
  driver.events.ended();
  expect(stream.closed).toBe('end');
  expect(driver.connection.closed).toBe(true);
  expect(told).toBe(1);
  expect(clock.pending).toBe(0);
});

test('what a session throws closes that connection only', () => {
  const { stream, driver } = drive();
  driver.connection.receive = () => {
    throw new Error('a mistake');
  };
  expect(() => driver.events.data(Buffer.from('x'))).not.toThrow();
  expect(stream.closed).toBe('destroy');
});

test('a memory stream hands on octets, and nothing after its end', () => {
  const taken: Buffer[] = [];
  let closed = 0;
  const stream = new MemoryStream(
    (bytes) => taken.push(bytes),
    () => closed++,
  );
  const bytes = Buffer.from('ab');
  stream.write(bytes);
  bytes.fill(0);
  stream.write('\u00ff');
  stream.end();
  stream.destroy();
  stream.write('late');
  expect(Buffer.concat(taken)).toEqual(Buffer.from([0x61, 0x62, 0xff]));
  expect(closed).toBe(1);
});
