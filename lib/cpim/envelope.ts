/** A From, To or cc value (RFC 3862 §4.1): an optional formal name and a URI. */
export interface Address {
  /** Decoded formal name; null when none was written. */
  readonly name: string | null;
  /** The text between the angle brackets, untouched. */
  readonly uri: string;
}

/** A Subject, with the language it declares (RFC 3862 §3.3). */
export interface Subject {
  readonly lang: string | null;
  readonly text: string;
}

/** A header that this library gives no meaning to; kept because others may (3862-2.2-05). */
export interface OtherHeader {
  /** URI of its namespace; null when the prefix was not declared before this line. */
  readonly namespace: string | null;
  /** Name inside the namespace; with an undeclared prefix the name as written, prefix included. */
  readonly name: string;
  /** Decoded value. */
  readonly value: string;
}

/** A MIME header of the content, value without surrounding white space. */
export interface ContentHeader {
  readonly name: string;
  readonly value: string;
}

/** What stands before the content of a message/cpim body. */
export interface Envelope {
  /** Null when the message has no From: routing decides what that means. */
  readonly from: Address | null;
  /** In order; several are legal in CPIM (3862-4.2-01) although a room refuses them. */
  readonly to: readonly Address[];
  /** Line number of the first To among the header lines, from 0; -1 without one. */
  readonly toLine: number;
  readonly cc: readonly Address[];
  /** As written, neither checked nor changed (3862-4.4-01); the first one when it is repeated. */
  readonly dateTime: string | null;
  readonly subject: readonly Subject[];
  /** Header names the recipient must understand (RFC 3862 §3.5), as written. */
  readonly require: readonly string[];
  readonly other: readonly OtherHeader[];
  /** True for the form in the examples of RFC 4975 and 7701, where Content-Type stands among the CPIM headers. */
  readonly merged: boolean;
  readonly contentHeaders: readonly ContentHeader[];
  /** Media type of the content in lower case and without parameters, e.g. `text/plain`. */
  readonly contentType: string;
  /** Both header blocks and their blank lines, byte for byte (3862-2.2-04), copied; the content follows directly. */
  readonly headerBytes: Buffer;
}

/** Why a body is no message/cpim. */
export type CpimError =
  | 'no-blank-line'
  | 'headers-too-large'
  | 'too-many-headers'
  | 'utf8'
  | 'control-byte'
  | 'header-syntax'
  | 'address'
  | 'duplicate-from'
  | 'content-type-missing';

/** Value of the first header with this namespace and name, or undefined. */
export function headerValue(envelope: Envelope, namespace: string, name: string): string | undefined {
  return envelope.other.find((header) => header.namespace === namespace && header.name === name)?.value;
}

/** Value of the first MIME header of the content with this name (compared without case), or undefined. */
export function contentHeaderValue(envelope: Envelope, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return envelope.contentHeaders.find((header) => header.name.toLowerCase() === wanted)?.value;
}
