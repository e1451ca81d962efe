import * as fc from 'fast-check';
import { SendCopy, SendTemplate, sharedRest, TransactionIds } from '../../../lib/msrp/index.js';
import { framesOf } from '../../support/msrp-frames.js';

const PEER = ['msrp://relay.example:2855/r;tcp', 'msrp://peer.example:7000/p;tcp'];
const US = 'msrp://us.example:2855/u;tcp';
const HEADERS = 'Byte-Range: 1-*/*\r\nContent-Type: message/cpim\r\n';

test('4975-7.1-02: a copy is the SEND its id, paths, headers and body say, wherever it is written', () => {
  const ids = new TransactionIds();
  const template = new SendTemplate(ids, PEER, US);
  const counts = fc.oneof(
    fc.nat(),
    fc.constantFrom(0, 61, 62, 238_327, 238_328, 2 ** 31, TransactionIds.UNCONFIRMED, 62 ** 6 - 1),
  );
  fc.assert(
    fc.property(counts, fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 40 }), (count, bytes, at) => {
      const body = Buffer.from(bytes);
      const copy = new SendCopy(template, count, sharedRest(HEADERS, body));
      const target = Buffer.alloc(at + copy.length + 5, '~');
      expect(copy.writeTo(target, at)).toBe(at + copy.length);
      expect(target.subarray(0, at).toString() + target.subarray(at + copy.length).toString()).toBe('~'.repeat(at + 5));
      expect(copy.toBuffer().equals(target.subarray(at, at + copy.length))).toBe(true);
      const [frame, ...others] = framesOf(copy.toBuffer());
      expect(others).toEqual([]);
      const { message, end } = frame;
      expect(message).toMatchObject({
        tid: ids.idAt(count),
        method: 'SEND',
        messageId: ids.idAt(count),
        toPath: PEER,
        fromPath: [US],
        contentType: 'message/cpim',
        errors: [],
      });
      expect(end).toMatchObject({ flag: '$', bodyLength: body.length, errors: [] });
      expect(frame.body.equals(body)).toBe(true);
    }),
  );
});
