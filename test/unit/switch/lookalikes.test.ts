import * as fc from 'fast-check';
import { TransactionIds } from '../../../lib/msrp/index.js';
import { Lookalikes } from '../../../lib/switch/lookalikes.js';

const ids = new TransactionIds();

test('4975-7.1-10: an id behind seven hyphens is found, wherever the octets are cut', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary-ascii', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('-', 'a', '\r'), maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (before, dashes, cuts) => {
        const id = ids.next();
        const octets = Buffer.from(`${before}${dashes}-------${id}$ and more`, 'latin1');
        const lookalikes = new Lookalikes();
        const at = [...cuts.map((cut) => cut % octets.length).toSorted((a, b) => a - b), octets.length];
        for (const [i, to] of at.entries()) lookalikes.scan(octets.subarray(i === 0 ? 0 : at[i - 1], to));
        expect(lookalikes.has(id)).toBe(true);
      },
    ),
  );
});

test('4975-7.1-10: ordinary text holds none, six hyphens are none, nor are hyphens without an id of our shape', () => {
  const lookalikes = new Lookalikes();
  const next = ids.next();
  lookalikes.scan(Buffer.from(`------${next} ------- ${next} -------short------- `.repeat(100)));
  lookalikes.scan(Buffer.alloc(1_000_000, '-'));
  lookalikes.scan(Buffer.from(` ${next}`));
  expect(lookalikes.has(next)).toBe(false);
});

test('4975-7.1-10: a trace of a thousand of our frames still leaves ids to choose', () => {
  const lookalikes = new Lookalikes();
  const trace = Array.from({ length: 1000 }, () => ids.next());
  for (const id of trace) lookalikes.scan(Buffer.from(`\r\n-------${id}$\r\nMSRP `));
  expect(trace.every((id) => lookalikes.has(id))).toBe(true);
  expect(Array.from({ length: 1000 }, () => ids.next()).filter((id) => lookalikes.has(id)).length).toBeLessThan(20);
});
