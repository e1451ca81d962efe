import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ChatroomsError } from '../../util/errors.js';
import { attachment } from '../content-disposition.js';
import type { Outcome, SendOptions } from '../msrp/outgoing-message.js';
import type { ChatParticipant } from '../participant.js';

/** How `sendFile` sends a file. */
export interface FileOptions extends SendOptions {
  /** @defaultValue `application/octet-stream` */
  contentType?: string;
  /** Name the recipients see. @defaultValue the last part of the path */
  filename?: string;
  /** URI of one person, for a private message. @defaultValue the room */
  to?: string;
}

/** Bytes read from the disk at once. */
const READ_SIZE = 64 * 1024;

/**
 * Sends a file as it is read, as an attachment with its name.
 * @returns how the room answered, as `ChatParticipant.send`
 * @throws ChatroomsError `CHAT_ERR_FILE` when it cannot be read or is no file; else as `ChatParticipant.sendContent`
 */
export async function sendFile(
  participant: ChatParticipant,
  path: string,
  options: FileOptions = {},
): Promise<Outcome> {
  const { to = participant.room, contentType = 'application/octet-stream', filename = basename(path) } = options;
  const { file, size } = await openFile(path);
  try {
    const content = file.createReadStream({ highWaterMark: READ_SIZE, autoClose: false });
    const headers = [{ name: 'Content-Disposition', value: attachment(filename) }];
    return await participant.sendContent(to, contentType, content, { ...options, size, headers });
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<{ file: FileHandle; size: number }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a file');
    return { file, size: stat.size };
  } catch (cause) {
    await file?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ChatroomsError('CHAT_ERR_FILE', `${path} cannot be sent: ${why}`, { cause });
  }
}

/** Names tried when a file of that name is there: `photo.png`, `photo (1).png`, … */
const MAX_NAMES = 1000;
/** UTF-16 units kept of a name from the network; file systems take 255 bytes. */
const MAX_NAME = 80;

/**
 * Saves content under a name that came from the network, in `directory` and nowhere else; never over another file.
 * What broke off half-way is removed again.
 * @returns where it is
 * @throws ChatroomsError `CHAT_ERR_FILE`; what `content` throws
 */
export async function saveContent(
  directory: string,
  name: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<string> {
  const { file, path } = await createFile(directory, safeName(name));
  try {
    await pipeline(content instanceof Uint8Array ? [content] : content, createWriteStream(path, { fd: file }));
    return path;
  } catch (error) {
    await unlink(path);
    throw error;
  }
}

/** A name without directories, control characters, a leading dot, and what some file system cannot have. */
function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_')
    .replace(/^\.+/, '')
    .replace(/[. ]+$/, '');
  const suffix = extname(clean).slice(0, 16);
  const stem = clean.slice(0, clean.length - extname(clean).length).slice(0, MAX_NAME - suffix.length);
  return stem === '' ? `file${suffix}` : `${stem}${suffix}`;
}

async function createFile(directory: string, name: string): Promise<{ file: FileHandle; path: string }> {
  const suffix = extname(name);
  const stem = name.slice(0, name.length - suffix.length);
  try {
    await mkdir(directory, { recursive: true });
    for (let i = 0; i < MAX_NAMES; i++) {
      const path = join(directory, i === 0 ? name : `${stem} (${i})${suffix}`);
      try {
        return { file: await open(path, 'wx'), path };
      } catch (error) {
        if (!isThere(error)) throw error;
      }
    }
    throw new Error(`${MAX_NAMES} files of that name are there`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ChatroomsError('CHAT_ERR_FILE', `${name} cannot be saved in ${directory}: ${why}`, { cause });
  }
}

const isThere = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
