import type { Invitee } from './invitations.js';

/** Stands for whoever is not to be named (RFC 5364 §4). */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char]);

/**
 * Who else is invited, as a resource-lists document (RFC 5366 §5, RFC 5364 §6; INV-11): the `to` and `cc` of the list, not
 * its `bcc`; those who asked not to be named are one entry a kind, with how many they are. Null when nobody may be told.
 */
export function historyList(invitees: readonly Invitee[]): string | null {
  const entries: string[] = [];
  const hidden = new Map<string, number>();
  for (const { uri, copyControl = 'bcc', anonymize } of invitees) {
    if (copyControl === 'bcc') continue;
    if (anonymize) hidden.set(copyControl, (hidden.get(copyControl) ?? 0) + 1);
    else entries.push(`    <entry uri="${escaped(uri)}" cp:copyControl="${copyControl}"/>`);
  }
  for (const [copyControl, count] of hidden) {
    entries.push(`    <entry uri="${ANONYMOUS}" cp:copyControl="${copyControl}" cp:count="${count}"/>`);
  }
  if (entries.length === 0) return null;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">',
    '  <list>',
    ...entries,
    '  </list>',
    '</resource-lists>',
    '',
  ].join('\r\n');
}
