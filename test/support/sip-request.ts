/** An OPTIONS as it comes from the network; `via` is its topmost Via. @param length its Content-Length; empty for none */
export const optionsText = (via: string, length = '0'): string =>
  [
    'OPTIONS sip:room@example.com SIP/2.0',
    `Via: ${via}`,
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:room@example.com>',
    'Call-ID: a@b',
    'CSeq: 1 OPTIONS',
    ...(length === '' ? [] : [`Content-Length: ${length}`]),
    '',
    '',
  ].join('\r\n');
