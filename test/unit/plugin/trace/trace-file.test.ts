import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packets, type Recorded } from '../../../../plugin/trace/packets.js';
import { TraceFile } from '../../../../plugin/trace/trace-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-'));
});
afterEach(() => rm(folder, { recursive: true }));

const message = (octets: Buffer): Recorded => ({
  protocol: 'sip',
  direction: 'in',
  wire: { id: 'w', transport: 'udp', local: '127.0.0.1:5060', remote: '127.0.0.1:5070' },
  time: 0,
  octets: [octets],
  left: 0,
  leg: null,
});

test('what the disk does not take in time is left out, and the next packet says how many', async () => {
  const path = join(folder, 'slow');
  const failed = jest.fn();
  const file = new TraceFile(await open(path, 'wx'), failed);
  const packets = new Packets(file);
  // Within one turn nothing leaves: four MiB wait, and no more.
  const large = Buffer.alloc(200_000, 'a');
  for (let i = 0; i < 30; i++) packets.write(message(large), 0);
  const { dropped } = packets;
  expect(dropped).toBeGreaterThan(5);
  expect(file.octets).toBeLessThanOrEqual(4_194_304);
  // What ends it is written all the same.
  await file.end(Buffer.from('the end'));
  expect((await readFile(path)).subarray(-7).toString()).toBe('the end');
  expect((await readFile(path)).length).toBe(file.octets);
  expect(failed).not.toHaveBeenCalled();
});

test('once there is room, packets are written again, the first with how many are missing', async () => {
  const path = join(folder, 'again');
  const file = new TraceFile(await open(path, 'wx'), jest.fn());
  const packets = new Packets(file);
  const large = Buffer.alloc(200_000, 'a');
  while (packets.dropped < 3) packets.write(message(large), 0);
  packets.write(message(Buffer.from('small')), 0);
  await file.end(Buffer.alloc(0));
  expect((await readFile(path)).includes('3 lost before')).toBe(true);
  expect(file.write(Buffer.from('late'))).toBe(false);
});

test('a disk that is full is told of once, and closing ends all the same', async () => {
  const errors: (string | undefined)[] = [];
  const full = await open('/dev/full', 'w');
  const file = new TraceFile(full, (error) => errors.push((error as NodeJS.ErrnoException).code));
  file.write(Buffer.from('x'));
  await file.end(Buffer.from('y'));
  expect(errors).toEqual(['ENOSPC']);
});
