/** For tests of what is built on chat rooms: rooms and participants in memory, and participants over sockets. */
export * from '../../lib/client/testing.js';
export { ManualClock } from './manual-clock.js';
export { createTestRooms, type TestJoin, type TestRooms, type TestRoomsOptions } from './test-rooms.js';
