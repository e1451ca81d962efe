import {
  formatBodilessSend,
  formatNickname,
  formatReport,
  formatResponse,
  formatSendHead,
  mayCarry,
} from '../../../lib/msrp/serializer.js';
import { endLine, parseUseNickname } from '../../../lib/msrp/index.js';
import { requestOf } from '../../support/msrp-frames.js';

const TO = ['msrps://relay.example:2855/r1;tcp', 'msrp://bob.example:9001/b6Tn;tcp'];
const FROM = ['msrp://chat.example:2855/rm7K;tcp'];
const PATHS = `To-Path: ${TO.join(' ')}\r\nFrom-Path: ${FROM[0]}\r\n`;

test('4975-7.2-03, 4975-9-07: a response has the id of its request, flag $ and no body', () => {
  expect(formatResponse('tid12345', 200, TO, FROM)).toBe(`MSRP tid12345 200 OK\r\n${PATHS}-------tid12345$\r\n`);
  expect(formatResponse('tid12345', 499, TO, FROM)).toBe(`MSRP tid12345 499\r\n${PATHS}-------tid12345$\r\n`);
});

test('4975-7.1.1-03, 4975-7.1-06: only report values that differ from the default; Content-Type last', () => {
  const common = { tid: 'tid12345', toPath: TO, fromPath: FROM, messageId: 'mid12345', contentType: 'text/plain' };
  const range = { start: 1, end: '*', total: 9 } as const;
  expect(formatSendHead({ ...common, byteRange: range, failureReport: 'yes' })).toBe(
    `MSRP tid12345 SEND\r\n${PATHS}Message-ID: mid12345\r\nByte-Range: 1-*/9\r\nContent-Type: text/plain\r\n\r\n`,
  );
  expect(formatSendHead({ ...common, byteRange: range, failureReport: 'partial', successReport: true })).toBe(
    `MSRP tid12345 SEND\r\n${PATHS}Message-ID: mid12345\r\nByte-Range: 1-*/9\r\nSuccess-Report: yes\r\n` +
      'Failure-Report: partial\r\nContent-Type: text/plain\r\n\r\n',
  );
});

test('4975-7.1-05, 4975-7.1.1-09: a bodiless SEND has neither Content-Type nor blank line, and 1-0/0', () => {
  expect(formatBodilessSend('tid12345', 'mid12345', TO, FROM)).toBe(
    `MSRP tid12345 SEND\r\n${PATHS}Message-ID: mid12345\r\nByte-Range: 1-0/0\r\n-------tid12345$\r\n`,
  );
});

test('4975-7.1.2-01, 4975-7.1.3-02: a REPORT has Message-ID, Byte-Range and Status and no report headers', () => {
  const report = { tid: 'tid12345', toPath: TO, fromPath: FROM, messageId: 'mid12345', status: 200 };
  expect(formatReport({ ...report, byteRange: { start: 1, end: 5, total: 5 } })).toBe(
    `MSRP tid12345 REPORT\r\n${PATHS}Message-ID: mid12345\r\nByte-Range: 1-5/5\r\nStatus: 000 200 OK\r\n-------tid12345$\r\n`,
  );
});

test.each(['Nightjar', '', 'say "hi" \\o/', 'Zoë 🐦'])(
  '7701-7.1-01, 7701-7.1-02: nickname %j survives writing and reading',
  (name) => {
    const message = requestOf(Buffer.from(formatNickname('tid12345', TO, FROM, name), 'latin1'));
    expect(message.method).toBe('NICKNAME');
    expect(parseUseNickname(message.useNickname ?? '')).toBe(name);
    expect(message.toPath).toEqual(TO);
  },
);

test('4975-7.1-10: an id may not carry a body with hyphens and that id', () => {
  expect(mayCarry('tid12345', Buffer.from('-------tid1234'))).toBe(true);
  expect(mayCarry('tid12345', Buffer.from('x-------tid12345$'))).toBe(false);
  expect(endLine('tid12345', '+')).toBe('-------tid12345+\r\n');
});
