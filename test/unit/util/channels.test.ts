import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { joinStart, type JoinTrace, listenTo, sessions, traceJoin } from '../../../lib/util/channels.js';

const TRACE: JoinTrace = { room: 'sip:lobby@localhost', participant: 'sip:ana@localhost', callId: 'c1' };
const JOINER = { room: TRACE.room, callId: TRACE.callId, identity: { uri: TRACE.participant } };

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

test('nothing is made of a join while nobody looks on', () => {
  const asked = jest.fn(() => TRACE.participant);
  const joiner = { ...JOINER, identity: Object.defineProperty({ uri: '' }, 'uri', { get: asked }) };
  expect(traceJoin(joiner, () => ({ id: 'e1' }))).toEqual({ id: 'e1' });
  expect(asked).not.toHaveBeenCalled();
});

test('a join is told from its start to its end, with the endpoint it made', () => {
  const told: unknown[] = [];
  const events = tracingChannel('drachtio-chatroom:join');
  for (const name of ['start', 'end', 'error'] as const) {
    const take = (trace: unknown): void => void told.push([name, { ...(trace as JoinTrace) }]);
    events[name].subscribe(take);
    stops.push(() => events[name].unsubscribe(take));
  }
  const handle = traceJoin(JOINER, () => ({ id: 'e1' }));
  expect(handle).toEqual({ id: 'e1' });
  expect(told).toEqual([
    ['start', TRACE],
    ['end', { ...TRACE, endpoint: 'e1', result: handle }],
  ]);
});

test('a join that is refused is told with the error, which goes on', () => {
  const errors: unknown[] = [];
  const { error } = tracingChannel('drachtio-chatroom:join');
  const take = (trace: unknown): void => void errors.push((trace as JoinTrace).error);
  error.subscribe(take);
  stops.push(() => error.unsubscribe(take));
  const refused = new Error('full');
  expect(() =>
    traceJoin(JOINER, () => {
      throw refused;
    }),
  ).toThrow(refused);
  expect(errors).toEqual([refused]);
});

test('who listens by the name of a channel hears what is published, until he listens no more', () => {
  const byName: unknown[] = [];
  const take = (session: unknown): void => void byName.push(session);
  subscribe('drachtio-chatroom:session', take);
  const heard: string[] = [];
  const stop = listenTo(sessions, ({ endpoint }) => heard.push(endpoint));
  const session = { ...TRACE, endpoint: 'e1', session: 'msrp://127.0.0.1:2855/s;tcp' };
  sessions.publish(session);
  stop();
  unsubscribe('drachtio-chatroom:session', take);
  expect(sessions.hasSubscribers).toBe(false);
  sessions.publish({ ...session, endpoint: 'e2' });
  expect([heard, byName]).toEqual([['e1'], [session]]);
  expect(joinStart.hasSubscribers).toBe(false);
});
