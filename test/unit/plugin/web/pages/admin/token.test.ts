import { Token, type TokenStorage } from '../../../../../../plugin/web/pages/admin/api/token.js';

function storage(): { map: Map<string, string>; make: () => TokenStorage } {
  const map = new Map<string, string>();
  const kept = {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
  return { map, make: () => kept };
}

test('kept where it is told to be, and nowhere after it was forgotten', () => {
  const { map, make } = storage();
  const token = new Token(make);
  expect(token.value).toBeUndefined();
  token.set('secret');
  expect(new Token(make).value).toBe('secret');
  token.forget();
  expect(token.value).toBeUndefined();
  expect(map.size).toBe(0);
});

test('a browser that keeps nothing has it as long as the page is there', () => {
  const token = new Token(() => {
    throw new Error('refused');
  });
  token.set('secret');
  expect(token.value).toBe('secret');
  token.forget();
  expect(token.value).toBeUndefined();
});
