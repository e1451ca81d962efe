import type { ChatParticipant } from '../../../../../lib/client/participant.js';
import type { ReceivedMessage } from '../../../../../lib/client/received-message.js';

/** Private messages whose senders wait to hear that they were read. */
const MAX_UNREAD = 100;

/** Messages that arrived and were not looked at yet. */
export class Reading {
  #unread: ReceivedMessage[] = [];

  arrived(message: ReceivedMessage): void {
    if (this.#unread.length >= MAX_UNREAD) this.#unread.shift();
    this.#unread.push(message);
  }

  /** They are being looked at: those who asked for it hear of it (RFC 5438 §7.2); who cannot be told is not. */
  seen(participant: ChatParticipant): void {
    for (const message of this.#unread.splice(0)) participant.sendDisposition(message, 'display').catch(() => {});
  }
}
