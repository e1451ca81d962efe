/**
 * The same text in memory of its own. A part cut out of a longer text keeps all of that alive, and one put together of
 * parts keeps those: for what is kept much longer than the message it came in. Costs a copy.
 */
export const ownText = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
