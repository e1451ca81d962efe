import { focusLimits, isForThisMachine, joinRate, msrpLimits, sendRates } from '../../../../plugin/limits/in-force.js';
import type { ChatroomsOptions } from '../../../../plugin/options/options.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';

const OPEN: ChatroomsOptions = { msrp: { listen: '0.0.0.0:2855' } };

test.each<[ChatroomsOptions['msrp'], boolean]>([
  [{}, true],
  [{ listen: '[::1]:2855', tls: { listen: '127.0.0.2:0' }, ws: { listen: 'localhost:0' } }, true],
  [{ advertise: '127.0.0.1' }, true],
  [{ sharedWs: { advertise: 'localhost:8080', origins: ['http://127.0.0.1:3000', 'http://[::1]'] } }, true],
  [{ sharedWs: { advertise: '0.0.0.0:8080' } }, false],
  [{ sharedWs: { advertise: '127.0.0.1:8080', origins: ['https://chat.example.com'] } }, false],
  [{ listen: '0.0.0.0:2855' }, false],
  [{ tls: { listen: '10.0.0.1:2856' } }, false],
  [{ tls: {}, wss: { listen: '[::]:443' } }, false],
  // Something in front of it lets others in.
  [{ advertise: 'chat.example.com' }, false],
  [{ ws: { listen: '127.0.0.1:2857', advertise: 'chat.example.com:443' } }, false],
])('%j is for this machine alone: %s', (msrp, alone) => {
  const settings = parseOptions({ msrp });
  expect(isForThisMachine(settings.msrp)).toBe(alone);
  expect([sendRates(settings) === undefined, joinRate(settings) === undefined]).toEqual([alone, alone]);
});

test('MSRP-23 7701-11-02: safe ones where strangers can connect', () => {
  const settings = parseOptions(OPEN);
  expect(sendRates(settings)).toEqual({
    messagesPerSecond: 20,
    messageBurst: 100,
    bytesPerSecond: 2_097_152,
    bytesBurst: 16_777_216,
  });
  expect(joinRate(settings)).toEqual({ perSecond: 50, burst: 200 });
  expect(msrpLimits(settings)).toMatchObject({ maxUnboundPerAddress: 100 });
});

test('what is given holds everywhere; a burst is so many seconds of it', () => {
  const limits = { messagesPerSecond: 2, bytesPerSecond: 1000, joinsPerSecond: 0.5, maxUnboundPerAddress: 7 };
  const settings = parseOptions({ limits });
  expect(sendRates(settings)).toEqual({
    messagesPerSecond: 2,
    messageBurst: 10,
    bytesPerSecond: 1000,
    bytesBurst: 8000,
  });
  expect(joinRate(settings)).toEqual({ perSecond: 0.5, burst: 2 });
  expect(msrpLimits(settings)).toMatchObject({ maxUnboundPerAddress: 7 });
  expect(sendRates(parseOptions({ limits: { messagesPerSecond: 0.1 } }))).toMatchObject({
    messageBurst: 1,
    bytesPerSecond: Infinity,
    bytesBurst: Infinity,
  });
});

test('false takes a rate away', () => {
  const off = { messagesPerSecond: false, bytesPerSecond: false, joinsPerSecond: false, maxUnboundPerAddress: false };
  const settings = parseOptions({ ...OPEN, limits: off as ChatroomsOptions['limits'] });
  expect([sendRates(settings), joinRate(settings)]).toEqual([undefined, undefined]);
  expect(msrpLimits(settings)).toMatchObject({ maxUnboundPerAddress: undefined });
});

test('a proxy in front of msrp.ws is the address of everybody: none by address', () => {
  const msrp = { listen: '0.0.0.0:2855', ws: { listen: '10.0.0.5:2857', advertise: 'chat.example.com:443' } };
  expect(msrpLimits(parseOptions({ msrp }))).toMatchObject({ maxUnboundPerAddress: undefined });
});

test('nor where pages come from elsewhere', () => {
  const origins = ['https://chat.example.com'];
  const msrp = { listen: '0.0.0.0:2855', sharedWs: { advertise: '127.0.0.1:8080', origins } };
  expect(msrpLimits(parseOptions({ msrp }))).toMatchObject({ maxUnboundPerAddress: undefined });
});

test('what is for threads can be copied to them', () => {
  const settings = parseOptions({ ...OPEN, limits: { maxRooms: 3, maxHeaderLines: 20 } });
  const limits = [msrpLimits(settings), focusLimits(settings), joinRate(settings)];
  expect(structuredClone(limits)).toEqual(limits);
});

test.each([
  [undefined, 268_435_456],
  [4_294_967_296, 268_435_456],
  [268_435_456, 16_777_216],
])('what is under way holds no more than its part of maxMemory %p', (maxMemory, octets) => {
  const held = { maxTotalPendingBytes: octets, maxPartialBytes: octets };
  expect(msrpLimits(parseOptions({ limits: { maxMemory } }))).toMatchObject(held);
});

test('unless it is said', () => {
  const limits = { maxMemory: 268_435_456, maxTotalPendingBytes: 1_000_000, maxPartialBytes: 2_000_000 };
  const { maxTotalPendingBytes, maxPartialBytes } = limits;
  expect(msrpLimits(parseOptions({ limits }))).toMatchObject({ maxTotalPendingBytes, maxPartialBytes });
});
