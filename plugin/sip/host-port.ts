/** Addresses as options and flags write them. */
import { ChatroomsError } from '../../lib/util/errors.js';

export interface HostPort {
  host: string;
  port: number;
}

/** Nobody but this machine can connect there. */
export const isLoopback = (host: string): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);

/**
 * Reads `HOST:PORT`, an IPv6 address in brackets.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming `option`
 */
export function hostPort(text: string, option: string): HostPort {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ChatroomsError('CHAT_ERR_OPTION', `${option}: ${JSON.stringify(text)} is not HOST:PORT.`);
  }
  return { host: match[1] ?? match[2], port };
}

/** An address as `hostPort` reads it, and as it stands in a URL: an IPv6 address in brackets. */
export const hostPortText = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
