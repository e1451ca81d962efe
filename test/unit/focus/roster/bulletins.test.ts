import { readConferenceInfo } from '../../../../lib/client/conference-info.js';
import { Roster } from '../../../../lib/client/roster.js';
import { XCON_DIFF_TYPE, XCON_TYPE } from '../../../../lib/conference-event/index.js';
import type { RoomConfigChange, WatchRequest } from '../../../../lib/focus/index.js';
import { schemaErrors, xconSchemaErrors } from '../../../support/conference-schema.js';
import { FocusRig, identity, type RecordingSubscriber, ROOM } from '../../../support/focus-rig.js';
import { applyPatch } from '../../../support/xml-patch.js';
import { meaning, parseXml } from '../../../support/xml-tree.js';

const uri = (n: number): string => `sip:user${String(n).padStart(4, '0')}@example.com`;

/** A room with so many users, and one who watches. */
function crowd(size: number, defaults: RoomConfigChange = {}, request: Partial<WatchRequest> = {}) {
  const rig = new FocusRig({ rooms: { defaults }, maxDocumentSize: 10_500 });
  const users = Array.from({ length: size }, (_, n) => rig.join(uri(n)));
  const watcher = rig.watch(true, request);
  const follow = new Following(watcher);
  return { rig, users, watcher, follow };
}

/** A subscriber that merges documents as RFC 4575 §4.6 says. */
class Following {
  readonly roster = new Roster();
  #taken = 0;

  constructor(readonly watcher: RecordingSubscriber) {}

  /** Who is there after all documents so far. */
  get users(): string[] {
    const { documents } = this.watcher;
    for (; this.#taken < documents.length; this.#taken++) {
      const update = this.roster.apply(readConferenceInfo(documents[this.#taken] ?? ''));
      expect(update.kind).toBe('changed');
    }
    return this.roster.participants.map((entry) => entry.uri).toSorted();
  }
}

const everybody = (size: number): string[] => Array.from({ length: size }, (_, n) => uri(n));

describe('4575-4.4-01 what changed', () => {
  test('a joiner is one user in a partial document, and the count', async () => {
    const { rig, watcher, follow } = crowd(20);
    rig.join(uri(20));
    rig.clock.advance(2000);
    expect(watcher.last).toMatch(/state="partial" version="1"/);
    expect(watcher.last.match(/<user /g)).toHaveLength(1);
    expect(watcher.last).toContain('<user-count>21</user-count>');
    expect(watcher.last).not.toContain('conference-description');
    expect(follow.users).toEqual(everybody(21));
    expect(await schemaErrors(watcher.last)).toEqual([]);
  });

  test('4575-5.7-02 4575-5.7-03 who left is shown so, then deleted', async () => {
    const { rig, users, watcher, follow } = crowd(20);
    users[3].handle.leave('departed');
    rig.clock.advance(2000);
    const left = watcher.last;
    expect(left).toMatch(/<user entity="sip:user0003@example.com" state="full">/);
    expect(left).toContain('<disconnection-method>departed</disconnection-method>');
    expect(follow.users).toHaveLength(19);
    rig.clock.advance(60_000);
    expect(watcher.last).toContain('<user entity="sip:user0003@example.com" state="deleted"/>');
    expect(follow.users).toHaveLength(19);
    expect(await schemaErrors(left)).toEqual([]);
    expect(await schemaErrors(watcher.last)).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  test.each([
    ['booted', 'booted'],
    ['failed', 'failed'],
  ] as const)('4575-5.7-02 %s', (how, method) => {
    const { rig, users, watcher } = crowd(20);
    users[3].handle.leave(how);
    rig.clock.advance(2000);
    expect(watcher.last).toContain(`<disconnection-method>${method}</disconnection-method>`);
  });

  test('who is back before he was forgotten is there', () => {
    const { rig, users, follow } = crowd(20);
    users[3].handle.leave('failed');
    rig.clock.advance(2000);
    rig.join(uri(3));
    rig.clock.advance(2000);
    expect(follow.users).toEqual(everybody(20));
    rig.clock.advance(60_000);
    expect(follow.users).toEqual(everybody(20));
  });

  test('what this subscriber does not see is not told', () => {
    const { rig, watcher } = crowd(20);
    rig.focus.configure(ROOM, { allowPrivateMessages: false });
    rig.clock.advance(5000);
    expect(watcher.documents).toHaveLength(1);
  });

  test('a few users are told whole every time', () => {
    const { rig, watcher } = crowd(2);
    rig.join(uri(2));
    rig.clock.advance(2000);
    expect(watcher.last).toContain('state="full" version="1"');
    expect(watcher.last.match(/<user /g)).toHaveLength(3);
  });

  test.each([
    ['partial', false, 'partial'],
    ['full', false, 'full'],
    ['auto', true, 'full'],
    ['auto', false, 'partial'],
  ] as const)('SUB-11 notify %s, a client without state: %s -> %s', (notify, stateless, state) => {
    const { rig, watcher } = crowd(20, { roster: { notify } }, { stateless });
    rig.join(uri(20));
    rig.clock.advance(2000);
    expect(watcher.last).toContain(`state="${state}" version="1"`);
  });

  test('SUB-15 after a NOTIFY that failed everything is told again', () => {
    const rig = new FocusRig();
    for (const one of everybody(20)) rig.join(one);
    const watcher = rig.watch(false);
    watcher.answer('failed');
    rig.join(uri(20));
    rig.clock.advance(2000);
    expect(watcher.last).toContain('state="full" version="1"');
  });
});

describe('DRA-G1 SUB-11 more users than one NOTIFY takes', () => {
  test('who keeps state gets them in several, none too large', async () => {
    const { rig, watcher, follow } = crowd(300);
    expect(watcher.documents).toHaveLength(1);
    expect(watcher.last).toContain('<user-count>300</user-count>');
    rig.clock.advance(100);
    expect(follow.users).toEqual(everybody(300));
    expect(Math.max(...watcher.documents.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(10_500);
    expect(watcher.versions).toEqual(watcher.documents.map((_, n) => n));
    for (const document of watcher.documents) expect(await schemaErrors(document)).toEqual([]);
    rig.clock.advance(60_000);
    expect(rig.clock.pending).toBe(0);
  });

  test('who keeps none gets as many as there is room for, and the true count', () => {
    const { rig, watcher } = crowd(300, {}, { stateless: true });
    rig.clock.advance(60_000);
    expect(watcher.documents).toHaveLength(1);
    expect(watcher.last).toContain('<user-count>300</user-count>');
    expect(Buffer.byteLength(watcher.last)).toBeLessThanOrEqual(10_500);
    expect(watcher.last.match(/<user /g)?.length).toBeGreaterThan(15);
  });

  test('changes in between arrive, too', () => {
    const { rig, users, follow } = crowd(300);
    users[299].handle.leave('departed');
    users[0].handle.leave('departed');
    rig.join(uri(300));
    rig.clock.advance(60_000);
    expect(follow.users).toEqual(everybody(301).filter((_, n) => n !== 299 && n !== 0));
  });

  test('a limit that not even one user fits in is no reason to go on for ever', () => {
    const rig = new FocusRig({ maxDocumentSize: 500 });
    for (const one of everybody(20)) rig.join(one);
    const watcher = rig.watch();
    rig.clock.advance(60_000);
    expect(watcher.documents).toHaveLength(1);
    expect(watcher.last).not.toContain('<user ');
    expect(rig.clock.pending).toBe(0);
  });
});

/** A crowd with one who watches as asked, and another who gets the whole XCON document. */
const watched = (request: Partial<WatchRequest>, size = 20) => {
  const crowded = crowd(size, {}, request);
  return { ...crowded, reference: crowded.rig.watch(true, { kind: 'xcon' }) };
};

describe('SUB-17 6502-5.1-01 7701-7.4-03 XCON for those who ask for it', () => {
  test('the whole state, then all of it again', async () => {
    const { rig, watcher } = watched({ kind: 'xcon' });
    rig.join(uri(20));
    rig.clock.advance(2000);
    expect(watcher.types).toEqual([XCON_TYPE, XCON_TYPE]);
    for (const document of watcher.documents) {
      expect(document).not.toContain(' state=');
      expect(await xconSchemaErrors(document)).toEqual([]);
    }
  });

  test('the whole state, then what makes the next of it', () => {
    const { rig, watcher, reference } = watched({ kind: 'xcon-diff' });
    const first = watcher.last;
    rig.join(uri(20));
    rig.clock.advance(2000);
    expect(watcher.types).toEqual([XCON_TYPE, XCON_DIFF_TYPE]);
    expect(watcher.last.length).toBeLessThan(1500);
    expect(meaning(applyPatch(first, watcher.last))).toEqual(meaning(parseXml(reference.last).root));
    watcher.subscription.refresh();
    expect(watcher.types.at(-1)).toBe(XCON_TYPE);
  });

  test('within the limit of a frame', () => {
    const { rig, watcher } = watched({ kind: 'xcon-diff' }, 100);
    rig.clock.advance(60_000);
    expect(watcher.types[0]).toBe(XCON_TYPE);
    expect(new Set(watcher.types.slice(1))).toEqual(new Set([XCON_DIFF_TYPE]));
    expect(Math.max(...watcher.documents.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(10_500);
    const users = watcher.documents.flatMap((text) => [...text.matchAll(/user entity="([^"]+)"/g)].map(([, id]) => id));
    expect(new Set(users).size).toBe(100);
  });

  test('who hides has an address of its own, and moderators see who it is', () => {
    const rig = new FocusRig({ rooms: { defaults: { moderators: ['sip:mod@example.com'] } } });
    rig.join('sip:secret@example.com', { identity: { anonymous: true } });
    const other = rig.watch(true, { kind: 'xcon' });
    const moderator = rig.watch(true, { kind: 'xcon', identity: identity('sip:mod@example.com') });
    expect(other.last).toContain('<uri>sip:anonymous1@anonymous.invalid</uri>');
    expect(other.last).not.toContain('secret');
    expect(moderator.last).toContain('<uri>sip:secret@example.com</uri>');
  });
});

describe('a room of more than roster.full', () => {
  const full = { roster: { full: 10, speakers: 3 }, moderators: [uri(7)] };

  test('tells how many, who moderates and who spoke last', async () => {
    const { rig, users, watcher, follow } = crowd(20, full);
    expect(watcher.last).toContain('<user-count>20</user-count>');
    expect(follow.users).toEqual([uri(7)]);
    for (const n of [1, 2, 3, 4, 4, 3]) rig.focus.spoke(users[n].id);
    rig.clock.advance(60_000);
    expect(follow.users).toEqual([uri(2), uri(3), uri(4), uri(7)]);
    users[3].handle.leave('departed');
    rig.clock.advance(60_000);
    expect(follow.users).toEqual([uri(2), uri(4), uri(7)]);
    for (const document of watcher.documents) expect(await schemaErrors(document)).toEqual([]);
  });

  test('and everybody again when enough of them left', () => {
    const { rig, users, follow } = crowd(20, full);
    for (let n = 19; n > 10; n--) users[n].handle.leave('departed');
    rig.clock.advance(60_000);
    expect(follow.users).toEqual([uri(7)]);
    users[10].handle.leave('departed');
    users[9].handle.leave('departed');
    rig.clock.advance(60_000);
    expect(follow.users).toEqual(everybody(9));
  });

  test('who was told everybody forgets most of them', () => {
    const { rig, follow } = crowd(10, full);
    expect(follow.users).toHaveLength(10);
    rig.join(uri(10));
    rig.clock.advance(60_000);
    expect(follow.users).toEqual([uri(7)]);
  });

  test('its limit can change while it runs', () => {
    const { rig, follow } = crowd(20, full);
    expect(follow.users).toEqual([uri(7)]);
    rig.focus.configure(ROOM, { roster: { full: 500 } });
    rig.clock.advance(60_000);
    expect(follow.users).toEqual(everybody(20));
  });
});

describe('4575-8.2-01 SUB-12 views', () => {
  const SECRET = 'sip:secret@example.com';

  function views() {
    const rig = new FocusRig({ rooms: { defaults: { moderators: ['sip:mod@example.com'] } } });
    rig.join(SECRET, { identity: { anonymous: true, displayName: 'Secret' } });
    rig.join('sip:mod@example.com');
    return {
      rig,
      moderator: rig.watch(true, { identity: identity('sip:mod@example.com') }),
      other: rig.watch(true, { identity: identity('sip:bo@example.com') }),
    };
  }

  test('moderators see who is behind a made-up URI, others do not', async () => {
    const { moderator, other } = views();
    expect(moderator.last).toContain(SECRET);
    expect(moderator.last).toContain('entity="sip:anonymous1@anonymous.invalid"');
    expect(other.last).not.toMatch(/secret/i);
    expect(await schemaErrors(moderator.last)).toEqual([]);
  });

  test('DOC-11 roles are shown', () => {
    expect(views().other.last).toMatch(/mod@example.com"[^]*<entry>moderator<\/entry>/);
  });

  test('a view follows the role while the room runs', () => {
    const { rig, moderator, other } = views();
    rig.focus.configure(ROOM, { moderators: ['sip:bo@example.com'] });
    rig.clock.advance(2000);
    expect(other.last).toContain(SECRET);
    expect(moderator.last).not.toContain(SECRET);
  });
});

const may = (rig: FocusRig, request: Partial<WatchRequest>): boolean => {
  try {
    rig.watch(true, request);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'CHAT_ERR_WATCH', sipStatus: 403 });
    return false;
  }
};

describe('SUB-08 SUB-14 4575-3.5-01 who may watch', () => {
  const ana = identity('sip:ana@example.com');

  const rigFor = (watch: 'joiners' | 'participants' | 'anyone', more: RoomConfigChange = {}) => {
    const rig = new FocusRig({
      rooms: { defaults: { moderators: ['sip:mod@example.com'], roster: { watch }, ...more } },
    });
    return { rig, joined: rig.join(ana.uri, { identity: { aliases: ['tel:+34600000001'] } }) };
  };
  test.each([
    ['participants', 'a stranger', {}, {}, false],
    ['participants', 'somebody who is in', {}, { identity: ana }, true],
    ['participants', 'somebody who is in by another URI', {}, { identity: identity('tel:+34600000001') }, true],
    ['participants', 'a moderator', {}, { identity: identity('sip:mod@example.com') }, true],
    ['participants', 'whoever asks in an INVITE dialog', {}, { inDialog: true }, true],
    ['joiners', 'a stranger', {}, {}, true],
    ['joiners', 'a stranger while the room is locked', { locked: true }, {}, false],
    [
      'joiners',
      'a hidden stranger where nobody hides',
      { allowAnonymous: false },
      { identity: { ...ana, anonymous: true } },
      false,
    ],
    ['anyone', 'a stranger while the room is locked', { locked: true }, {}, true],
  ] as const)('%s: %s', (watch, _who, more, request, expected) => {
    const { rig } = rigFor(watch);
    rig.focus.configure(ROOM, more);
    expect(may(rig, request)).toBe(expected);
  });

  test('who leaves watches no more where only participants may', () => {
    const { rig, joined } = rigFor('participants');
    rig.join('sip:bo@example.com');
    const watchers = [ana, identity('tel:+34600000001')].map((one) => rig.watch(true, { identity: one }));
    joined.handle.leave('departed');
    expect(watchers.map(({ ends }) => ends)).toEqual([['rejected'], ['rejected']]);
  });

  test('who is put out watches no more', () => {
    const { rig, joined } = rigFor('joiners');
    rig.join('sip:bo@example.com');
    const watcher = rig.watch(true, { identity: ana });
    joined.handle.leave('booted');
    expect(watcher.ends).toEqual(['rejected']);
  });

  test('a stricter policy ends what it does not allow, and a refresh of that is refused', () => {
    const { rig } = rigFor('joiners');
    const watchers = [rig.watch(), rig.watch(true, { identity: ana })];
    rig.focus.configure(ROOM, { roster: { watch: 'participants' } });
    expect(watchers.map(({ ends }) => ends)).toEqual([['rejected'], []]);
  });

  test('SUB-20 ten subscriptions of one person, no more', () => {
    const { rig } = rigFor('joiners');
    const watchers = Array.from({ length: 10 }, () => rig.watch(true, { identity: ana }));
    const again = (): unknown => rig.watch(true, { identity: ana });
    expect(again).toThrow(expect.objectContaining({ code: 'CHAT_ERR_TOO_MANY_SUBSCRIPTIONS', sipStatus: 480 }));
    watchers[0].subscription.cancel();
    expect(again).not.toThrow();
  });
});
