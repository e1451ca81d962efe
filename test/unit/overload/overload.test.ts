import { Overload, type OverloadLevel, type OverloadOptions } from '../../../lib/overload/overload';
import type { DelayReading, Probe } from '../../../lib/overload/probe';
import { silent } from '../../../lib/util/log';
import { ManualClock } from '../../support/manual-clock';

const MIB = 1_048_576;

class FakeProbe implements Probe {
  mean = 0;
  /** MiB of buffers. */
  buffers = 10;
  closed = false;
  /** MiB of them that nobody uses. */
  garbage = 0;
  collections = 0;

  delay(): DelayReading {
    return { mean: this.mean, p99: this.mean, max: this.mean };
  }

  memory(): ReturnType<Probe['memory']> {
    return { rss: (50 + this.buffers) * MIB, heapUsed: 20 * MIB, arrayBuffers: this.buffers * MIB };
  }

  collect(): void {
    this.collections++;
    this.buffers -= this.garbage;
    this.garbage = 0;
  }

  close(): void {
    this.closed = true;
  }
}

function watched(options: Partial<OverloadOptions> = {}) {
  const clock = new ManualClock();
  const probe = new FakeProbe();
  const seen: OverloadLevel[] = [];
  const overload = new Overload({ clock, probe, log: silent, changed: (level) => seen.push(level), ...options });
  return { clock, probe, seen, overload };
}

describe('an event loop that is late', () => {
  test('sheds once the mean of a second is above the bound, until it is half of that', () => {
    const { clock, probe, seen, overload } = watched({ maxDelay: 200 });
    probe.mean = 199;
    clock.advance(1000);
    expect(overload.level).toBe('none');
    probe.mean = 201;
    clock.advance(1000);
    expect(overload.level).toBe('shedding');
    probe.mean = 101;
    clock.advance(1000);
    expect(overload.level).toBe('shedding');
    probe.mean = 99;
    clock.advance(1000);
    expect(overload.level).toBe('none');
    expect(seen).toEqual(['shedding', 'none']);
    expect(overload.began).toBe(1);
  });

  test('is read with its quantiles, for who exports them', () => {
    const { clock, probe, overload } = watched();
    probe.mean = 7;
    clock.advance(1000);
    expect(overload.reading.delay).toEqual({ mean: 7, p99: 7, max: 7 });
  });
});

describe('memory that fills', () => {
  test('sheds at four fifths, takes nothing at nine tenths, and recovers with some slack', () => {
    const { clock, probe, seen } = watched({ maxMemory: 200 * MIB });
    const levels = [110, 129, 131, 125, 109, 89].map((buffers) => {
      probe.buffers = buffers;
      clock.advance(100);
      return seen.at(-1) ?? 'none';
    });
    expect(levels).toEqual(['shedding', 'shedding', 'full', 'full', 'shedding', 'none']);
  });

  test('is noticed within a tenth of a second', () => {
    const { clock, probe, overload } = watched({ maxMemory: 200 * MIB });
    probe.buffers = 140;
    clock.advance(100);
    expect(overload.level).toBe('full');
  });

  test('without a bound is never too much', () => {
    const { clock, probe, overload } = watched();
    probe.buffers = 1_000_000;
    clock.advance(1000);
    expect(overload.level).toBe('none');
  });
});

test('closed, it looks no more', () => {
  const { clock, probe, overload } = watched();
  overload.close();
  expect(probe.closed).toBe(true);
  expect(clock.pending).toBe(0);
});

describe('garbage', () => {
  test('is collected before anybody is refused', () => {
    const { clock, probe, seen } = watched({ maxMemory: 100 * MIB });
    probe.buffers = 45;
    probe.garbage = 30;
    clock.advance(1000);
    expect({ seen, collections: probe.collections }).toEqual({ seen: [], collections: 1 });
  });

  test('is collected every five seconds as long as there is too much, for nothing else would do it then', () => {
    const { clock, probe, seen } = watched({ maxMemory: 100 * MIB });
    probe.buffers = 45;
    clock.advance(4900);
    expect({ seen, collections: probe.collections }).toEqual({ seen: ['full'], collections: 1 });
    probe.garbage = 30;
    clock.advance(5000);
    expect({ seen, collections: probe.collections }).toEqual({ seen: ['full', 'none'], collections: 2 });
    clock.advance(60_000);
    expect(probe.collections).toBe(2);
  });
});
