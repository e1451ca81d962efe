import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { MemoryStore } from '../../../lib/store/memory.js';
import type { KeptMessage, LogChange } from '../../../lib/store/message-log.js';
import { SqliteStore } from '../../../lib/store/sqlite.js';
import type { Store } from '../../../lib/store/store.js';
import { silent } from '../../../lib/util/log.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'messages-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const message = (id: number, more: Partial<KeptMessage> = {}): KeptMessage => ({
  id,
  time: 1_700_000_000_123 + id,
  from: 'sip:ana@example.com',
  nickname: 'Añá 🎉',
  contentType: 'text/plain',
  body: Buffer.from(`message ${id}`),
  size: 9,
  messageId: `m${id}`,
  ...more,
});

const change = (added: KeptMessage[], more: Partial<LogChange> = {}): LogChange => ({
  wipe: false,
  oldest: 0,
  added,
  ...more,
});

const opened = (): SqliteStore => new SqliteStore(directory, silent);

describe.each<[string, () => Store]>([
  ['MemoryStore', () => new MemoryStore()],
  ['SqliteStore', opened],
])('messages of %s', (_, open) => {
  let store: Store;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => store.close());

  const write = (room: string, changed: LogChange): void => store.messages.write(new Map([[room, changed]]));
  const ids = (room: string, count = 100): number[] => store.messages.newest(room, count).map(({ id }) => id);

  test('come back as they were: binary, empty, without content, without names', () => {
    const messages = [
      message(1, { body: Buffer.from([0, 1, 128, 255, 0]) }),
      message(2, { body: Buffer.alloc(0) }),
      message(3, { body: null, size: 5_000_000_000 }),
      message(4, { nickname: null, messageId: null }),
    ];
    write('a', change(messages));
    expect(store.messages.newest('a', 10)).toEqual(messages);
  });

  test('the newest, oldest first; of one room', () => {
    write('a', change([1, 2, 10, 11].map((id) => message(id))));
    write('b', change([message(1)]));
    expect([ids('a', 3), ids('b'), ids('c')]).toEqual([[2, 10, 11], [1], []]);
    expect(store.messages.rooms()).toEqual(['a', 'b']);
  });

  test('pruned, and wiped before others are added', () => {
    write('a', change([1, 2, 3].map((id) => message(id))));
    write('b', change([message(7)]));
    write('a', change([message(4)], { oldest: 3 }));
    expect(ids('a')).toEqual([3, 4]);
    write('a', change([message(1)], { wipe: true }));
    expect(ids('a')).toEqual([1]);
    write('a', change([], { wipe: true }));
    expect(store.messages.rooms()).toEqual(['b']);
  });
});

describe('messages in a file', () => {
  test('all or nothing', () => {
    const store = opened();
    const broken = message(2, { size: Symbol('none') as unknown as number });
    const changes = new Map([
      ['a', change([message(1)])],
      ['b', change([broken])],
    ]);
    expect(() => store.messages.write(changes)).toThrow();
    expect(store.messages.rooms()).toEqual([]);
    store.close();
  });

  test('are there for the next one, and in the file itself nothing is left of those that were deleted', () => {
    const store = opened();
    store.messages.write(new Map([['a', change([message(1, { body: Buffer.from('secret of ana') }), message(2)])]]));
    store.close();
    const next = opened();
    expect(next.messages.newest('a', 10)).toHaveLength(2);
    next.messages.write(new Map([['a', change([], { oldest: 2 })]]));
    next.close();
    // What was written last is not in the file itself yet.
    const journal = new Database(join(directory, 'chatrooms.db'));
    journal.pragma('wal_checkpoint(TRUNCATE)');
    journal.close();
    const file = readFileSync(join(directory, 'chatrooms.db')).toString('latin1');
    expect([file.includes('message 2'), file.includes('secret of ana')]).toEqual([true, false]);
  });
});
