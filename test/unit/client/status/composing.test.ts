import type { ChatParticipant } from '../../../../lib/client/participant.js';
import type { EventLog } from '../../../../lib/client/testing.js';
import type { FakeMsrpPeer } from '../../../support/fake-msrp-peer.js';
import { cpim } from '../../../support/fake-signalling.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import {
  ALICE,
  BOB,
  closeStage,
  flushed,
  joinStage,
  openStage,
  ROOM,
  type Stage,
} from '../../../support/participant-stage.js';

const TYPE = 'application/im-iscomposing+xml';
const NAMESPACE = 'urn:ietf:params:xml:ns:im-iscomposing';

let stage: Stage;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let alice: ChatParticipant;
let events: EventLog;

async function begin(...types: string[]): Promise<void> {
  stage = await openStage(types);
  ({ peer, clock, alice, events } = stage);
  await joinStage(stage);
}

async function end(): Promise<void> {
  await closeStage(stage);
  expect(clock.pending).toBe(0);
}

const stateOf = (body: string | undefined): string | undefined => /<state>(\w+)<\/state>/.exec(body ?? '')?.[1];

/** States of the statuses sent up to now; a text is sent behind them and tells when all were seen. */
async function statesSent(): Promise<(string | undefined)[]> {
  await Promise.all([alice.sendPrivate(BOB, 'end'), flushed()]);
  const states: (string | undefined)[] = [];
  for (;;) {
    const { body } = await peer.frameOf('SEND');
    if (body?.endsWith('\r\n\r\nend')) return states;
    states.push(stateOf(body));
  }
}

/** A keystroke a second. */
function typeFor(seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    alice.typing();
    clock.advance(1000);
  }
}

const seen = (): string[] => events.pending('composing').map(([{ state }]) => state);

const rosterOf = (version: number, users: string): string =>
  `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="${ROOM}" version="${version}"><users>${users}</users></conference-info>`;

describe('telling that we write', () => {
  beforeEach(() => begin(TYPE));
  afterEach(end);

  test('3994-3.2-01, 3994-6-01 the first keystroke is told to the room, with the interval of refreshes', async () => {
    alice.typing();
    alice.typing();
    const { body } = await peer.frameOf('SEND');
    expect(body).toContain(`From: <${ALICE}>\r\nTo: <${ROOM}>\r\n`);
    expect(body).toContain(`Content-Type: ${TYPE}\r\n\r\n<?xml version="1.0" encoding="UTF-8"?>`);
    expect(body).toMatch(
      /<isComposing xmlns="[^"]+">\s*<state>active<\/state>\s*<refresh>60<\/refresh>\s*<\/isComposing>/,
    );
    expect(await statesSent()).toEqual([]);
  });

  test('3994-3.2-01 who goes on writing says so every 60 s', async () => {
    typeFor(60);
    expect(await statesSent()).toEqual(['active', 'active']);
    typeFor(59);
    expect(await statesSent()).toEqual([]);
  });

  test('3994-3.2-01 15 s without a keystroke are idle; writing again waits for the interval', async () => {
    alice.typing();
    clock.advance(14_999);
    expect(await statesSent()).toEqual(['active']);
    clock.advance(1);
    expect(await statesSent()).toEqual(['idle']);
    typeFor(44);
    expect(await statesSent()).toEqual([]);
    typeFor(2);
    expect(await statesSent()).toEqual(['active']);
    clock.advance(15_000);
    // 60 s after the last one
    expect(await statesSent()).toEqual(['idle']);
  });

  test('3994-3.2-01 a message to the room ends it without a word, one to somebody else does not', async () => {
    alice.typing();
    await alice.sendPrivate(BOB, 'psst');
    await alice.send('hello');
    clock.advance(120_000);
    const bodies = [await peer.frameOf('SEND'), await peer.frameOf('SEND'), await peer.frameOf('SEND')];
    expect(bodies.map(({ body }) => stateOf(body) ?? body?.split('\r\n').at(-1))).toEqual(['active', 'psst', 'hello']);
    expect(await statesSent()).toEqual([]);
    alice.typing();
    await alice.sendPrivate(BOB, 'psst');
    clock.advance(15_000);
    expect((await statesSent()).filter(Boolean)).toEqual(['active', 'idle']);
  });

  test('3994-3.2-01 the next message begins anew: `active` and `idle` once more', async () => {
    typeFor(12);
    await alice.send('first');
    expect((await statesSent()).filter(Boolean)).toEqual(['active']);
    alice.typing();
    expect(await statesSent()).toEqual(['active']);
    clock.advance(15_000);
    expect(await statesSent()).toEqual(['idle']);
    await alice.send('second');
    alice.typing();
    expect((await statesSent()).filter(Boolean)).toEqual(['active']);
    clock.advance(15_000);
    expect(await statesSent()).toEqual(['idle']);
  });

  test('3994-3.2-01 many short messages: 10 s between two `active`, and none for what is sent before', async () => {
    const told: (string | undefined)[] = [];
    for (let second = 0; second < 28; second += 2) {
      typeFor(2);
      await alice.send('short');
      told.push(...(await statesSent()));
    }
    expect(told.filter(Boolean)).toEqual(['active', 'active', 'active']);
    // Who goes on writing is told of when the 10 s are over, without another keystroke.
    alice.typing();
    clock.advance(1999);
    expect(await statesSent()).toEqual([]);
    clock.advance(1);
    expect(await statesSent()).toEqual(['active']);
  });

  test('3994-4-01 after 415 the room is told no more', async () => {
    peer.automatic = false;
    alice.typing();
    peer.answer(await peer.frameOf('SEND'), '415 No');
    await flushed();
    peer.automatic = true;
    await alice.send('first');
    expect((await peer.frameOf('SEND')).body).toMatch(/first$/);
    alice.typing();
    clock.advance(60_000);
    alice.typing();
    expect(await statesSent()).toEqual([]);
  });

  test('nothing is told by who is not in a room', async () => {
    alice.typing();
    await alice.leave();
    alice.typing();
    expect(clock.pending).toBe(0);
  });
});

describe('a room that does not list the type', () => {
  beforeEach(() => begin());
  afterEach(end);

  test('3994-4-01 is not told', async () => {
    alice.typing();
    await flushed();
    alice.typing();
    expect(await statesSent()).toEqual([]);
  });
});

describe('seeing others write', () => {
  beforeEach(() => begin());
  afterEach(end);

  async function told(state: string, { rest = '', from = BOB, to = ROOM } = {}): Promise<void> {
    const document = `<isComposing xmlns="${NAMESPACE}"><state>${state}</state>${rest}</isComposing>`;
    peer.send(cpim(`<${from}>`, `<${to}>`, document).replace('text/plain;charset=utf-8', TYPE));
    expect((await peer.frame()).what).toBe('200');
  }

  test('3994-3.3-01 active, until idle', async () => {
    await told('active', { rest: '<contenttype>text/html</contenttype><refresh>90</refresh>' });
    expect((await events.next('composing'))[0]).toEqual({
      from: BOB,
      private: false,
      contentType: 'text/html',
      state: 'active',
    });
    await told('idle');
    expect((await events.next('composing'))[0]).toMatchObject({ from: BOB, state: 'idle' });
    expect(events.pending('message')).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['without refresh 120 s', '', 120_000],
    ['the refresh it names', '<refresh>90</refresh>', 90_000],
    ['a refresh that is no number 120 s', '<refresh>-1</refresh>', 120_000],
  ])('3994-3.3-01 is believed for %s', async (_name, rest, believed) => {
    await told('active', { rest });
    clock.advance(believed - 1);
    expect(seen()).toEqual(['active']);
    clock.advance(1);
    expect(seen()).toEqual(['active', 'idle']);
  });

  test('3994-3.3-01 several active in a row are one, believed from the last', async () => {
    await told('active');
    clock.advance(100_000);
    await told('active', { rest: '<refresh>60</refresh>' });
    clock.advance(59_999);
    expect(seen()).toEqual(['active']);
    clock.advance(1);
    expect(seen()).toEqual(['active', 'idle']);
  });

  test('3994-3.3-01 a content message of that sender ends it, one of another does not', async () => {
    await told('active', { to: ALICE });
    peer.send(cpim('<sip:carla@example.com>', `<${ROOM}>`, 'hi'));
    expect((await peer.frame()).what).toBe('200');
    expect(seen()).toEqual(['active']);
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'hi'));
    expect((await peer.frame()).what).toBe('200');
    expect(events.pending('composing')).toMatchObject([[{ private: true }], [{ private: true, state: 'idle' }]]);
  });

  test('3994-3.3-01 unknown states are idle', async () => {
    await told('dreaming');
    expect(seen()).toEqual([]);
    await told('active');
    await told('dreaming');
    expect(seen()).toEqual(['active', 'idle']);
  });

  test('another device of ours is not somebody else', async () => {
    await told('active', { from: ALICE });
    expect(seen()).toEqual([]);
  });

  test('who left the room writes no more', async () => {
    stage.signalling.delegate?.onConferenceInfo(rosterOf(1, `<user entity="${BOB}"/>`));
    await told('active');
    stage.signalling.delegate?.onConferenceInfo(rosterOf(2, ''));
    expect(seen()).toEqual(['active', 'idle']);
  });

  test.each([
    ['not XML', 'active'],
    ['of another namespace', '<isComposing><state>active</state></isComposing>'],
    ['without state', `<isComposing xmlns="${NAMESPACE}"/>`],
    ['with a DTD', `<!DOCTYPE isComposing><isComposing xmlns="${NAMESPACE}"><state>active</state></isComposing>`],
    ['too deep', `${`<isComposing xmlns="${NAMESPACE}">`.repeat(17)}${'</isComposing>'.repeat(17)}`],
    ['too long', `<isComposing xmlns="${NAMESPACE}"><state>active</state>${' '.repeat(65_536)}</isComposing>`],
  ])('3994-6-01 what is %s is taken and means nothing', async (_name, document) => {
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, document).replace('text/plain;charset=utf-8', TYPE));
    expect((await peer.frame()).what).toBe('200');
    expect([seen(), events.pending('message')]).toEqual([[], []]);
  });
});
