import { FileShelf } from '../../../../../../../plugin/web/pages/chat/session/file-shelf.js';

const file = (size: number): Blob => new Blob([new Uint8Array(size)]);

test('the oldest files go when there is no more room, and their URLs with them', () => {
  const revoked: string[] = [];
  const expired: number[] = [];
  let urls = 0;
  const shelf = new FileShelf({
    urls: { create: () => `blob:${++urls}`, revoke: (url) => revoked.push(url) },
    capacity: 10,
    onExpired: (line) => expired.push(line),
  });
  expect(shelf.keep(1, file(6))).toBe('blob:1');
  shelf.keep(2, file(4));
  shelf.keep(3, file(5));
  expect({ expired, revoked }).toEqual({ expired: [1], revoked: ['blob:1'] });
  // One that is larger than all there is room for is kept alone.
  shelf.keep(4, file(50));
  expect(expired).toEqual([1, 2, 3]);
  shelf.keep(4, file(1));
  expect(revoked).toEqual(['blob:1', 'blob:2', 'blob:3', 'blob:4']);
  shelf.clear();
  expect(revoked.at(-1)).toBe('blob:5');
});
