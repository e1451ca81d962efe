import { join } from 'node:path';
import { loadFolder } from '../../conformance/vectors.js';
import { DisturbedRoom } from '../../support/disturbed-room.js';

const { vectors } = loadFolder(join(__dirname, '../../vectors'));

test.each(vectors.filter(({ kind }) => kind === 'msrp').map((vector) => [vector.name, vector.bytes] as const))(
  '%s leaves the room up: others still talk, and nothing is held',
  async (_name, bytes) => {
    const room = new DisturbedRoom();
    room.disturb([bytes]);
    expect(await room.works()).toBe(true);
    room.disturb([...bytes].map((byte) => Buffer.from([byte])));
    expect(await room.works()).toBe(true);
    expect(room.close()).toBe(0);
    expect(room.stranger.driver.connection.pending).toBe(0);
  },
);
