import * as fc from 'fast-check';
import { KnownResponses } from '../../../lib/msrp/known-responses.js';
import type { Response } from '../../../lib/msrp/message.js';
import { Session } from '../../../lib/msrp/session.js';

interface Known {
  session: Session;
  answered: [count: number, status: number][];
}

/** @param name a text of any length, so that what is fixed in its 200s is too */
function sessionCalled(name: string): Known {
  const answered: [number, number][] = [];
  const session = new Session(`msrp://room.example:2855/${name};tcp`, [`msrp://peer.example:9/${name};tcp`], {
    head: () => {},
    body: () => {},
    settle: () => {},
    end: () => {},
    abandon: () => {},
    bound: () => {},
    lost: () => {},
    response: (count: number, status: number) => void answered.push([count, status]),
  });
  return { session, answered };
}

const headersOf = ({ localUri, remotePath }: Session): [string, string][] => [
  ['To-Path', localUri],
  ['From-Path', remotePath[0]],
];

function accepted(session: Session, tid: string, comment: string | null): Buffer {
  const headers = headersOf(session).map(([name, value]) => `${name}: ${value}\r\n`);
  const phrase = comment === null ? '' : ` ${comment}`;
  return Buffer.from(`MSRP ${tid} 200${phrase}\r\n${headers.join('')}-------${tid}$\r\n`, 'utf8');
}

const learned = (session: Session, comment: string | null): Response => ({
  kind: 'response',
  tid: session.ids.next(),
  status: 200,
  comment,
  toPath: [session.localUri],
  fromPath: [...session.remotePath],
  headers: headersOf(session),
  errors: [],
});

/** At any place of a larger memory, as reads come. */
function placed(bytes: Buffer, offset: number): Buffer {
  const memory = Buffer.alloc(offset + bytes.length, 0x2d);
  bytes.copy(memory, offset);
  return memory.subarray(offset);
}

const names = fc.string({ unit: fc.constantFrom('a', 'b', 'X', 'Z', '0', '9'), minLength: 1, maxLength: 12 });
const comments = fc.option(fc.constantFrom('OK', 'Alles läuft'), { nil: null });

test('4975-7.2-01: every 200 like the one that was learnt is taken, whatever its length and wherever it lies', () => {
  fc.assert(
    fc.property(names, comments, fc.nat({ max: 7 }), fc.integer({ min: 1, max: 5 }), (name, comment, offset, count) => {
      const { answered, session } = sessionCalled(name);
      const known = new KnownResponses();
      known.learn(session, learned(session, comment));
      expect(known.misses(session)).toBe(false);
      const tids = Array.from({ length: count }, () => session.ids.next());
      const bytes = placed(Buffer.concat(tids.map((tid) => accepted(session, tid, comment))), offset);
      // The first octet of what follows has to be there.
      expect(known.take(Buffer.concat([bytes, Buffer.from('MSRP')]), 0)).toBe(bytes.length);
      expect(answered).toEqual(tids.map((_, i) => [i + 1, 200]));
    }),
  );
});

test('one octet that differs, and it is left to the parser', () => {
  fc.assert(
    fc.property(names, comments, fc.nat(), fc.integer({ min: 1, max: 255 }), (name, comment, where, change) => {
      const { answered, session } = sessionCalled(name);
      const known = new KnownResponses();
      known.learn(session, learned(session, comment));
      const bytes = accepted(session, session.ids.next(), comment);
      const at = where % bytes.length;
      bytes[at] ^= change;
      expect(known.take(bytes, 0)).toBe(0);
      expect(answered).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('a part of one, and it is left for when all is there', () => {
  const { answered, session } = sessionCalled('part');
  const known = new KnownResponses();
  known.learn(session, learned(session, 'OK'));
  const bytes = accepted(session, session.ids.next(), 'OK');
  for (let length = 0; length < bytes.length; length++) expect(known.take(bytes.subarray(0, length), 0)).toBe(0);
  expect(answered).toEqual([]);
});

test('those of a session that ended are for the parser', () => {
  const { session } = sessionCalled('gone');
  const known = new KnownResponses();
  known.learn(session, learned(session, 'OK'));
  known.forget(session);
  expect(known.misses(session)).toBe(true);
  expect(known.take(accepted(session, session.ids.next(), 'OK'), 0)).toBe(0);
});
