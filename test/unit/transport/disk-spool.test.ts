import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskSpool, type DiskSpoolFile } from '../../../lib/transport/disk-spool.js';
import { silent } from '../../../lib/util/log.js';
import { octets } from '../../support/outbox-world.js';

const directory = mkdtempSync(join(tmpdir(), 'spool-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const opened = (spool: DiskSpool): DiskSpoolFile => {
  const file = spool.open();
  if (!file) throw new Error('no file');
  return file;
};
const write = (file: DiskSpoolFile, position: number, ...pieces: Buffer[]): Promise<Error | null> =>
  new Promise((resolve) => file.write(position, pieces, resolve));
const read = (file: DiskSpoolFile, position: number, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    file.read(position, length, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  );

test('what is written is read, at its position, from a file that has no name', async () => {
  const spool = new DiskSpool({ directory });
  const file = opened(spool);
  expect(await write(file, 1000, octets(500, 1), octets(300, 2))).toBeNull();
  expect(await write(file, 1800, octets(200, 3))).toBeNull();
  expect(await read(file, 1000, 1000)).toEqual(Buffer.concat([octets(500, 1), octets(300, 2), octets(200, 3)]));
  expect(readdirSync(directory)).toEqual([]);
  file.close();
});

test('7701-6.4-02: the octets of all files together are bounded, and free again when a file closes', async () => {
  const spool = new DiskSpool({ directory, maxBytes: 1000, maxFiles: 2 });
  const [first, second] = [opened(spool), opened(spool)];
  expect(spool.open()).toBeUndefined();
  expect(await write(first, 0, octets(600))).toBeNull();
  expect((await write(second, 0, octets(600)))?.message).toContain('full');
  expect(await write(second, 0, octets(400))).toBeNull();
  expect(spool.free).toBe(0);
  first.close();
  second.close();
  second.close();
  expect(spool.free).toBe(1000);
});

test('a file closed while it is written to calls back first, and is closed once', async () => {
  const spool = new DiskSpool({ directory });
  const file = opened(spool);
  const written = write(file, 0, octets(100));
  file.close();
  expect(await written).toBeNull();
  expect(spool.free).toBe(4_294_967_296);
});

test('a directory that does not exist is an error of the first write, which is logged, and of nothing else', async () => {
  const logged: object[] = [];
  const log = { ...silent, warn: (fields: object) => logged.push(fields) };
  const spool = new DiskSpool({ directory: join(directory, 'none'), log });
  const file = opened(spool);
  expect(await write(file, 0, octets(100))).toMatchObject({ code: 'ENOENT' });
  file.close();
  expect([spool.files, spool.free, logged.length]).toEqual([0, 4_294_967_296, 1]);
  expect(existsSync(join(directory, 'none'))).toBe(false);
});

test('octets that were never written cannot be read', async () => {
  const spool = new DiskSpool({ directory });
  const file = opened(spool);
  await write(file, 0, octets(100));
  await expect(read(file, 50, 100)).rejects.toThrow('shorter');
  file.close();
});
