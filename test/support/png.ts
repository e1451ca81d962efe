import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** A picture of hills at dusk, or so; its grain makes it as large as a photograph. */
export function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height);
  let grain = 1;
  let at = 0;
  for (let y = 0; y < height; y++) {
    at += 1;
    for (let x = 0; x < width; x++) {
      const hill = height * (0.62 + 0.12 * Math.sin(x / 70) + 0.05 * Math.sin(x / 23 + 2));
      const sky = y / height;
      grain = (grain * 1_103_515_245 + 12_345) % 2_147_483_648;
      const noise = (grain >> 16) % 6;
      const color = y < hill ? [90 + 150 * sky, 90 + 60 * sky, 150 - 40 * sky] : [30, 55 + (y - hill) / 8, 60];
      for (const part of color) rows[at++] = Math.max(0, Math.min(255, Math.round(part) + noise));
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
