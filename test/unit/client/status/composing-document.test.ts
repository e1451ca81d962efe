import { formatComposing, readComposing } from '../../../../lib/client/status/composing-document.js';

const NAMESPACE = 'urn:ietf:params:xml:ns:im-iscomposing';

test('3994-6-01 the documents of RFC 3994 §5, and our own read back', () => {
  const status = {
    state: 'idle',
    lastActive: new Date('2003-01-27T10:43:00Z'),
    contentType: 'audio',
    refresh: 90,
  } as const;
  const ours = formatComposing(status);
  expect(ours.match(/<(?!\/)\w+/g)).toEqual(['<isComposing', '<state', '<lastactive', '<contenttype', '<refresh']);
  expect(readComposing(Buffer.from(ours))).toEqual(status);
  const example = `<?xml version="1.0" encoding="UTF-8"?>
    <isComposing xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:schemaLocation="urn:ietf:params:xml:ns:im-composing iscomposing.xsd">
      <state>active</state><contenttype>text/plain</contenttype><refresh>90</refresh>
      <x:mood xmlns:x="urn:x"><state xmlns="${NAMESPACE}">idle</state></x:mood>
    </isComposing>`;
  expect(readComposing(Buffer.from(example))).toEqual({ state: 'active', contentType: 'text/plain', refresh: 90 });
  expect(readComposing(Buffer.from(example.replace('plain', 'pl\u00e4in'), 'latin1'))).toBeUndefined();
});
