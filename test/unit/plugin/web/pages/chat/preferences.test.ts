import { type Kept, Preferences } from '../../../../../../plugin/web/pages/chat/preferences.js';

/** What a browser keeps. */
function storage(): Kept {
  const values = new Map<string, string>();
  return { getItem: (name) => values.get(name) ?? null, setItem: (name, value) => void values.set(name, value) };
}

const refused = (): Kept => {
  throw new Error('SecurityError');
};

test('a browser has one address for guests, at each visit', () => {
  const kept = storage();
  const id = new Preferences(() => kept).guestId();
  expect(id).toMatch(/^[a-z0-9]{10}$/);
  expect(new Preferences(() => kept).guestId()).toBe(id);
  expect(new Preferences(() => storage()).guestId()).not.toBe(id);
});

test('where nothing may be kept, the page has one all the same: who comes back is who went', () => {
  const preferences = new Preferences(refused);
  expect(preferences.guestId()).toBe(preferences.guestId());
  preferences.set('nickname', 'Ana');
  expect(preferences.get('nickname')).toBe('Ana');
  const full = storage();
  full.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  const other = new Preferences(() => full);
  expect(other.guestId()).toBe(other.guestId());
});

test('who renamed himself keeps the address under which he has the nickname, also at the next visit', () => {
  const kept = storage();
  const preferences = new Preferences(() => kept);
  expect(preferences.guestName('Ana')).toBe('Ana');
  preferences.called('Ana', 'Ana');
  preferences.called('Bea', 'Ana');
  expect(new Preferences(() => kept).guestName('Bea')).toBe('Ana');
  expect(new Preferences(() => kept).guestName('Carla')).toBe('Carla');
  preferences.called('Carla', 'Carla');
  expect(new Preferences(() => kept).guestName('Carla')).toBe('Carla');
});
