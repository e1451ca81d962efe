import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, OPEN_RULES, ROOM } from '../../support/switch-world.js';

const MOD = 'sip:mod@example.org';
const COMPOSING = 'application/im-iscomposing+xml';
const IMDN = 'message/imdn+xml';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const counts = (...lines: StageLine[]): number[] => lines.map(({ messages }) => messages.length);

const typed = (to: string, type: string): string => cpim('vis', to, 'x').replace(/text\/plain[^\r]*/, type);

describe('GDM-05: who may not write', () => {
  test('reaches only those who moderate, whatever the type of the content; notifications tell nothing new', async () => {
    const vis = stage.join('vis#1', { mayWrite: false });
    const [bob, mod] = [stage.join('bob#1'), stage.join('mod#1', { moderator: true })];
    const to = [ROOM, 'sip:bob@example.org', 'sip:nobody@example.org', MOD];
    for (const uri of to) vis.send(typed(uri, 'text/plain'));
    vis.send(typed(ROOM, COMPOSING));
    vis.send(typed('sip:bob@example.org', IMDN));
    await turn();
    expect(vis.statuses).toEqual([403, 403, 403, 200, 403, 200]);
    expect(counts(bob, mod)).toEqual([1, 1]);
    bob.send(cpim('bob', ROOM, 'hello'));
    await turn();
    expect(counts(vis)).toEqual([1]);
  });

  test('not even those where there are no private messages', async () => {
    stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, privateMessages: false } });
    const vis = stage.join('vis#1', { mayWrite: false });
    stage.join('mod#1', { moderator: true });
    vis.send(cpim('vis', MOD, 'please'));
    await turn();
    expect(vis.statuses).toEqual([403]);
  });

  test('holds from the next message on; what has begun goes on', async () => {
    const media = endpoint('ana#1');
    const [ana, bob] = [stage.join('ana#1', media), stage.join('bob#1')];
    const body = cpim('ana', ROOM, 'x'.repeat(3000));
    ana.send(body.slice(0, 1000), { id: 'begun1', range: `1-*/${body.length}`, flag: '+' });
    stage.chat.updateEndpoint({ ...media, mayWrite: false });
    ana.send(cpim('ana', ROOM, 'refused'));
    ana.send(body.slice(1000), { id: 'begun1', range: `1001-*/${body.length}` });
    stage.chat.updateEndpoint(media);
    ana.send(cpim('ana', ROOM, 'heard'));
    await turn();
    expect(ana.statuses).toEqual([200, 403, 200, 200]);
    expect(bob.messages).toEqual([body, cpim('ana', ROOM, 'heard')]);
  });
});

describe('JOIN-15: an endpoint at the door', () => {
  const knocks: string[] = [];
  const answering = (status: number): void => {
    knocks.length = 0;
    Object.assign(stage.focus, {
      knock: (id: string, text: string) => {
        knocks.push(`${id} ${text}`);
        return status;
      },
    });
  };

  test('what it writes goes to the focus alone, and it hears nothing but what is told to it', async () => {
    answering(403);
    const ana = stage.join('ana#1', { atDoor: true });
    const bob = stage.join('bob#1');
    ana.send(cpim('ana', ROOM, '1234'));
    ana.send(cpim('ana', 'sip:bob@example.org', '5678'));
    ana.send(typed(ROOM, COMPOSING).replace('vis', 'ana'));
    ana.send(typed(ROOM, 'text/html').replace('vis', 'ana'));
    ana.send(cpim('ana', ROOM, 'x'.repeat(1025)));
    ana.send('no message/cpim');
    bob.send(cpim('bob', ROOM, 'secret'));
    bob.send(cpim('bob', 'sip:ana@example.org', 'psst'));
    await turn();
    expect(ana.statuses).toEqual([403, 403, 200, 403, 403, 400]);
    expect(knocks).toEqual(['ana#1 1234', 'ana#1 5678']);
    expect([bob.statuses, counts(ana, bob), stage.focus.seen.length]).toEqual([[200, 404], [0, 0], 1]);
    expect(stage.chat.send(ROOM, Buffer.from(cpim('bob', ROOM, 'to all')), () => true)).toBe(1);
    stage.chat.tell('ana#1', Buffer.from(cpim('bob', ROOM, 'the question')));
    stage.chat.tell('nobody', Buffer.from(cpim('bob', ROOM, 'the question')));
    await turn();
    expect(ana.messages).toEqual([cpim('bob', ROOM, 'the question')]);
  });

  test('what comes in pieces is no password', async () => {
    answering(200);
    const ana = stage.join('ana#1', { atDoor: true });
    const body = cpim('ana', ROOM, '1234');
    ana.send(body.slice(0, -2), { id: 'pieces', range: `1-*/${body.length}`, flag: '+' });
    await turn();
    expect([ana.statuses, knocks]).toEqual([[403], []]);
  });

  test('let in, it is a member as the others, with the session that it has', async () => {
    answering(200);
    const media = endpoint('ana#1', { atDoor: true });
    const [ana, bob] = [stage.join('ana#1', media), stage.join('bob#1')];
    ana.send(cpim('ana', ROOM, '1234'));
    stage.chat.updateEndpoint({ ...media, atDoor: false });
    ana.send(cpim('ana', ROOM, 'hello'));
    bob.send(cpim('bob', 'sip:ana@example.org', 'psst'));
    await turn();
    expect([ana.statuses, bob.statuses]).toEqual([[200, 200], [200]]);
    expect([ana.messages, bob.messages]).toEqual([
      [cpim('bob', 'sip:ana@example.org', 'psst')],
      [cpim('ana', ROOM, 'hello')],
    ]);
    expect(stage.focus.bound).toEqual(['ana#1', 'bob#1']);
  });

  test('4975-7.2-06: a focus that answers later is waited for, 25 s, and what follows waits behind', async () => {
    const answers: ((status: number) => void)[] = [];
    Object.assign(stage.focus, { knock: () => new Promise<number>((resolve) => answers.push(resolve)) });
    const ana = stage.join('ana#1', { atDoor: true });
    for (const text of ['1', '2', '3', '4']) ana.send(cpim('ana', ROOM, text));
    answers[1](200);
    answers[2](403);
    await turn();
    expect([ana.statuses, answers.length]).toEqual([[], 4]);
    answers[0](403);
    await turn();
    expect(ana.statuses).toEqual([403, 200, 403]);
    stage.clock.advance(25_000);
    answers[3](200);
    await turn();
    expect(ana.statuses).toEqual([403, 200, 403, 408]);
  });

  test('4975-8.4-03: a new offer does not let it in', async () => {
    answering(403);
    const media = endpoint('ana#1', { atDoor: true });
    const [ana, bob] = [stage.join('ana#1', media), stage.join('bob#1')];
    stage.chat.updateEndpoint({ ...media, session: { ...media.session } });
    bob.send(cpim('bob', ROOM, 'secret'));
    await turn();
    expect(counts(ana)).toEqual([0]);
  });
});
