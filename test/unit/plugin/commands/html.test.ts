import * as fc from 'fast-check';
import { textOfHtml } from '../../../../plugin/commands/html.js';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

test.each([
  ['/who', '/who'],
  ['<p>/who</p>', '/who'],
  [
    '<html><head><title>x</title><style>p > a { }</style></head><body>\n<p>/kick &quot;Bob B&quot;</p></body></html>',
    '/kick "Bob B"',
  ],
  [
    '<!DOCTYPE html PUBLIC "-//W3C//DTD" "http://www.w3.org/x.dtd"><!-- <p>no</p> --><b>/</b>topic&nbsp;a &amp; b',
    '/topic a & b',
  ],
  ['<div>/msg bob one</div><div>two</div>three<br/>four', '/msg bob one\ntwo\nthree\nfour'],
  ['<SCRIPT>/kick</SCRIPT>hello', 'hello'],
  ['<script>/kick', ''],
  ['1 < 2', '1 < 2'],
  ['a &#65;&#x42;&#0;&#x110000;&unknown;&constructor;', 'a AB&#0;&#x110000;&unknown;&constructor;'],
  ['<!-- never ends', '<!-- never ends'],
  ['', ''],
])('%j', (html, text) => {
  expect(textOfHtml(html)).toBe(text);
});

test('text that is escaped is read back, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(textOfHtml(`<html><body class="x"><p>${escaped(text)}</p></body></html>`)).toBe(
        text.replace(/[\t\r\n ]+/g, ' ').trim(),
      );
    }),
  );
});

test('anything is read, and nothing grows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('<', '>', '</', '<!--', '-->', 'head', 'br', ' ', '\n', '&', '#1;', 'x')),
      (parts) => {
        const html = parts.join('');
        expect(textOfHtml(html).length).toBeLessThanOrEqual(html.length + parts.length);
      },
    ),
  );
});
