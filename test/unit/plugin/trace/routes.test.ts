import { appendFile, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAPIHono } from '@hono/zod-openapi';
import { Recorder } from '../../../../plugin/trace/recorder.js';
import { addTraces } from '../../../../plugin/trace/routes.js';

let folder: string;
let recorder: Recorder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-'));
  const tracing = { seated: [], roomUri: (name: string) => name, octets: () => undefined };
  recorder = new Recorder({ tracing, directory: folder, maxBytes: 1_000_000, maxDuration: 60_000 });
});
afterEach(async () => {
  await recorder.close();
  await rm(folder, { recursive: true });
});

/** Descriptors of this process that are open at `path`. */
async function descriptorsOf(path: string): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  const files = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return files.filter((file) => file === path);
}

test('who only asks how large a trace is gets its size, and leaves no file open', async () => {
  const app = new OpenAPIHono();
  addTraces(app, { recorder: () => recorder });
  const { id, path } = await recorder.start({ by: 'test' });
  await recorder.stop(id);
  // More than a stream reads ahead.
  await appendFile(path, Buffer.alloc(1_000_000));
  const url = `/api/v1/traces/${id}/file`;
  const head = await app.request(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(await descriptorsOf(path)).toEqual([]);
  const whole = await app.request(url);
  expect(head.headers.get('content-length')).toBe(String((await whole.arrayBuffer()).byteLength));
});
