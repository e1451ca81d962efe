import { Knowledge } from '../../../../bench/roster-load/knowledge.js';
import { FocusRig } from '../../../support/focus-rig.js';

const uri = (n: number): string => `sip:p${n}@bench.example`;

/** What a subscriber is told while more than a few come and one goes. */
function told(): { documents: string[]; there: string[] } {
  const rig = new FocusRig();
  const joined = Array.from({ length: 20 }, (_, n) => rig.join(uri(n)));
  const { documents } = rig.watch();
  rig.join(uri(20));
  rig.clock.advance(2000);
  joined[3]?.handle.leave('departed');
  rig.clock.advance(60_000);
  const there = Array.from({ length: 21 }, (_, n) => uri(n)).filter((one) => one !== uri(3));
  return { documents, there };
}

test('both ways to read know the same', () => {
  const { documents, there } = told();
  const knowledge = new Knowledge();
  expect(documents.map((document) => knowledge.take(document))).toEqual([true, false, false, false]);
  expect(knowledge.count).toBe(20);
  expect([...knowledge.read()].toSorted()).toEqual(there.toSorted());
  expect([...knowledge.skim()].toSorted()).toEqual(there.toSorted());
});

test('between leaving and being forgotten nobody is there', () => {
  const { documents } = told();
  const knowledge = new Knowledge();
  for (const document of documents.slice(0, 3)) knowledge.take(document);
  expect(knowledge.read().has(uri(3))).toBe(false);
  expect(knowledge.skim().has(uri(3))).toBe(false);
});

test('4575-4.6-01 a document that is missing is an error', () => {
  const [first = '', , third = ''] = told().documents;
  const knowledge = new Knowledge();
  knowledge.take(first);
  expect(() => knowledge.take(third)).toThrow('version 2 came after 0');
  expect(() => new Knowledge().take('<html/>')).toThrow('no document');
});
