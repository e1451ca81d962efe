import { extname } from 'node:path';
import type { ChatParticipant, Outcome, Progress } from '../../../lib/client/index.js';
import { sendFile } from '../../../lib/client/node/file.js';
import type { Clock } from '../../../lib/util/clock.js';
import { describeSize } from './format.js';

/** What people send most; anything else is octets. */
const TYPES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain;charset=utf-8',
  '.webp': 'image/webp',
  '.zip': 'application/zip',
};

/** Milliseconds between two lines of progress. */
const PROGRESS_EVERY = 2000;

export interface FileSenderOptions {
  participant: ChatParticipant;
  clock: Clock;
  /** Takes a line of progress. */
  notice: (text: string) => void;
}

/** Sends a file to the room, and says how far it is when that takes long. */
export async function sendWithProgress(path: string, options: FileSenderOptions): Promise<Outcome> {
  const { participant, clock, notice } = options;
  let last = clock.now();
  const onProgress = ({ sent, total = sent }: Progress): void => {
    if (clock.now() - last < PROGRESS_EVERY || sent === total) return;
    last = clock.now();
    notice(`${path}: ${Math.floor((sent / total) * 100)} % of ${describeSize(total)} sent`);
  };
  const contentType = TYPES[extname(path).toLowerCase()];
  return sendFile(participant, path, { onProgress, ...(contentType === undefined ? {} : { contentType }) });
}
