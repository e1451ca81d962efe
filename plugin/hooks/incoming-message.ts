/** A message as programs see it before it is passed on. */
export interface IncomingMessage {
  /** Room URI. */
  readonly room: string;
  /** URI of the sender, as others see it. */
  readonly from: string;
  readonly nickname: string | undefined;
  /** URI that the envelope names; the room's own for a message to everybody. */
  readonly to: string;
  readonly private: boolean;
  /** Lower case, without parameters. */
  readonly contentType: string;
  /** The text of a text type; undefined for others. */
  readonly text: string | undefined;
  /** The content. */
  readonly body: Buffer;
  /** Passes this on in its place. Only for text types: the content of others is not the server's to change (RFC 7701 §6.1). */
  replaceText(text: string): void;
}
