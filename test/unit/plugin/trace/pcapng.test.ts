import * as fc from 'fast-check';
import { numericAddress } from '../../../../plugin/trace/address.js';
import { pduTags } from '../../../../plugin/trace/exported-pdu.js';
import { interfaceDescription, packet, sectionHeader, statistics } from '../../../../plugin/trace/pcapng.js';

interface Block {
  type: number;
  body: Buffer;
}

/** Blocks as a reader steps through them, by the length at each end. */
function blocksOf(file: Buffer): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    expect(length % 4).toBe(0);
    expect(file.readUInt32LE(at + length - 4)).toBe(length);
    blocks.push({ type: file.readUInt32LE(at), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

/** Options from `at` on, up to the one that ends them. */
function optionsOf(body: Buffer, from: number): [code: number, value: Buffer][] {
  const options: [number, Buffer][] = [];
  for (let at = from; ; ) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    if (code === 0) {
      expect(at + 4).toBe(body.length);
      return options;
    }
    options.push([code, body.subarray(at + 4, at + 4 + length)]);
    at += 4 + Math.ceil(length / 4) * 4;
  }
}

/** What a little file looks like, octet by octet. */
const VECTOR = [
  // Section header: 1.0, length not given, application "me", comment "why".
  '0a0d0d0a 30000000 4d3c2b1a 01000000 ffffffffffffffff 04000200 6d650000 01000300 77687900 00000000 30000000',
  // Interface: LINKTYPE 252, 262144 octets, name "e1", description "x", 10^-3 s.
  '01000000 30000000 fc000000 00000400 02000200 65310000 03000100 78000000 09000100 03000000 00000000 30000000',
  // Packet: interface 0, 2^32 + 1 ms, 3 of 9 octets, outbound.
  '06000000 30000000 00000000 01000000 01000000 03000000 09000000 61626300 02000400 02000000 00000000 30000000',
];

test('a file is these octets', () => {
  const file = Buffer.concat([
    sectionHeader({ application: 'me', comment: 'why' }),
    interfaceDescription({ name: 'e1', description: 'x' }),
    packet({ interface: 0, time: 2 ** 32 + 1, direction: 'out', octets: [Buffer.from('abc')], length: 9 }),
  ]);
  expect(file.toString('hex')).toBe(VECTOR.join('').replaceAll(' ', ''));
});

test('blocks are as long as they say, whatever is in them, and what was written is read', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 });
  const time = fc.integer({ min: 0, max: 2 ** 48 });
  fc.assert(
    fc.property(pieces, fc.string(), time, fc.nat(), (octets, name, time, dropped) => {
      const file = Buffer.concat([
        sectionHeader({ application: name, comment: name }),
        interfaceDescription({ name, description: name }),
        packet({ interface: 7, time, direction: 'in', octets, dropped }),
        statistics({ time, dropped, comment: name }),
      ]);
      const [section, description, enhanced, end] = blocksOf(file);
      const text = Buffer.from(name.slice(0, 512));
      expect(optionsOf(section.body, 16)).toEqual([
        [4, text],
        [1, text],
      ]);
      expect(optionsOf(description.body, 8).slice(0, 2)).toEqual([
        [2, text],
        [3, text],
      ]);
      const { body } = enhanced;
      const whole = Buffer.concat(octets);
      expect(body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8)).toBe(time);
      expect([body.readUInt32LE(12), body.readUInt32LE(16)]).toEqual([whole.length, whole.length]);
      expect(body.subarray(20, 20 + whole.length)).toEqual(whole);
      const options = optionsOf(body, 20 + Math.ceil(whole.length / 4) * 4);
      expect(options.map(([code]) => code)).toEqual(dropped > 0 ? [2, 4, 1] : [2]);
      expect(optionsOf(end.body, 12)[0][1].readBigUInt64LE()).toBe(BigInt(dropped));
    }),
  );
});

test('the tags of an exported PDU are filled up to four octets and end with an empty one', () => {
  const source = numericAddress('192.0.2.1:2855');
  const destination = numericAddress('198.51.100.7:50000');
  expect(pduTags({ dissector: 'sip', ports: 'udp', source, destination }).toString('hex')).toBe(
    [
      '000c000473697000',
      '00140004c0000201',
      '00150004c6336407',
      '0018000400000003',
      '0019000400000b27',
      '001a00040000c350',
      '00000000',
    ].join(''),
  );
});

test('without both addresses, of one kind, there are none', () => {
  const source = numericAddress('192.0.2.1:2855');
  for (const destination of [null, numericAddress('[2001:db8::1]:5060')]) {
    const tags = pduTags({ dissector: 'msrp', ports: 'tcp', source, destination });
    expect(tags.toString('hex')).toBe('000c00046d73727000000000');
  }
});

test.each([
  ['192.0.2.1:5060', 'c0000201'],
  ['::ffff:192.0.2.1:5060', 'c0000201'],
  ['::1:5060', '00000000000000000000000000000001'],
  ['[2001:db8::1:0:5]:5060', '20010db8000000000000000100000005'],
  ['fe80::1%eth0:5060', 'fe800000000000000000000000000001'],
  ['2001:db8:0:1:2:3:4:5:5060', '20010db8000000010002000300040005'],
  ['64:ff9b::192.0.2.33:5060', '0064ff9b0000000000000000c0000221'],
])('%s is read', (text, hex) => {
  expect(numericAddress(text)).toEqual({ octets: Buffer.from(hex, 'hex'), port: 5060 });
});

test.each([null, 'memory', '?:0', 'host.example.com:5060', '192.0.2.1:65536', '192.0.2.1', '1::2::3:5060'])(
  '%s has no numbers',
  (text) => {
    expect(numericAddress(text)).toBeNull();
  },
);
