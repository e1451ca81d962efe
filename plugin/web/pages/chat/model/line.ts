/** What a conversation consists of. */

/** How far a message of ours is; `queued`: typed while away. */
export type Delivery = 'queued' | 'sending' | 'sent' | 'delivered' | 'displayed' | 'failed';

export interface Attachment {
  /** As its sender called it: text, no path. */
  name: string;
  /** Media type without parameters. */
  type: string;
  /** Octets; undefined while nobody has said. */
  size: number | undefined;
  /** Where its content is; undefined while it comes, and when it is kept no longer. */
  url?: string;
  /** 0 to 1 while it comes or goes. */
  progress?: number;
  /** Why its content is not there. */
  missing?: string;
}

export interface MessageLine {
  readonly kind: 'message';
  readonly id: number;
  at: Date;
  /** URI of who wrote it. */
  from: string;
  /** What to call them. */
  name: string;
  /** Nobody has told their nickname yet. */
  unnamed?: boolean;
  own: boolean;
  /** Who else sees it: everybody (undefined), or the one person it was written to, or by. */
  peer?: { uri: string; name: string };
  text?: string;
  file?: Attachment;
  /** Of our own. */
  delivery?: Delivery;
  /** Why it failed. */
  failure?: string;
}

/** Something that happened, not something somebody said. */
export interface NoticeLine {
  readonly kind: 'notice';
  readonly id: number;
  at: Date;
  text: string;
  /** `announcement`: the room itself speaks; `alert`: something to notice. */
  tone: 'quiet' | 'announcement' | 'alert';
}

export type Line = MessageLine | NoticeLine;

/** Milliseconds between two messages of one person that stand below one name. */
const TOGETHER = 5 * 60 * 1000;

/** Whether a line goes on what the one before it began: same person, same readers, a few minutes. */
export function continues(line: Line, before: Line | undefined): boolean {
  if (line.kind !== 'message' || before?.kind !== 'message') return false;
  const apart = line.at.getTime() - before.at.getTime();
  return (
    line.from === before.from &&
    line.own === before.own &&
    line.peer?.uri === before.peer?.uri &&
    apart >= 0 &&
    apart < TOGETHER &&
    !startsDay(line, before)
  );
}

/** Whether a date is to be named above a line. */
export function startsDay(line: Line, before: Line | undefined): boolean {
  return before === undefined || line.at.toDateString() !== before.at.toDateString();
}
