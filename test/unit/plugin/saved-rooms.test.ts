import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChatroomsOptions, chatrooms } from '../../../plugin/index.js';

const quiet = (): void => {};

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'saved-rooms-'));
});
afterEach(() => rm(data, { recursive: true }));

/** Warnings of a start, in which `room` is made when it is given. */
async function warnings(options: Partial<ChatroomsOptions>, room?: string): Promise<unknown[]> {
  const told: unknown[] = [];
  const logger = { debug: quiet, info: quiet, warn: (...line: unknown[]) => void told.push(line), error: quiet };
  const msrp = { listen: '127.0.0.1:0', tls: false } as const;
  const rooms = chatrooms({ domain: 'a.example', data, msrp, logger, ...options });
  await rooms.listen();
  if (room !== undefined) await rooms.create(room, { aliases: ['sip:8000@c.example'] });
  await rooms.close();
  return told;
}

test('rooms that were kept in a domain that is served no more: the operator is told', async () => {
  const room = 'sip:lobby@a.example';
  expect(await warnings({}, room)).toEqual([]);
  const lost = [[{ rooms: 1, first: room }, 'saved rooms in no domain of option domain']];
  expect(await warnings({ domain: 'b.example' })).toEqual(lost);
  expect(await warnings({ domain: ['b.example', 'A.example'] })).toEqual([]);
  expect(await warnings({ domain: 'c.example' })).toEqual([]);
  expect(await warnings({ domain: 'b.example', resolveRoom: () => null })).toEqual([]);
});
