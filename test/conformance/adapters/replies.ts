import { formatByteRange, type FrameEnd, type Message, Parser, urisEqual } from '../../../lib/msrp/index.js';
import type { ExpectedReply, Vector } from '../vectors.js';
import { checkEveryWay } from './runs.js';

interface Reply {
  head: Message;
  end: FrameEnd;
}

/** The same bytes lead to the same replies however they are cut. */
export function checkReplies(vector: Vector): Promise<string | null> {
  const accepted = [vector.expect, ...vector.alternatives].flatMap(({ replies }) => (replies ? [replies] : []));
  return checkEveryWay(vector, (outcome) => {
    const replies = readReplies(outcome.replies);
    const found = accepted.map((expected) => compare(expected, replies));
    return found.includes(null) ? null : (found[0] ?? null);
  });
}

function readReplies(bytes: Buffer): Reply[] | string {
  const replies: Reply[] = [];
  let head = null as Message | null;
  let broken: string | null = null;
  const parser = new Parser({
    head: (message) => {
      head = message;
    },
    body: () => {},
    end: (end) => {
      // A copy of a message to oneself comes on the same connection and answers nothing.
      const isCopy = head?.kind === 'request' && head.method === 'SEND';
      if (head && !isCopy) replies.push({ head, end });
    },
    fatal: (error) => {
      broken = error;
    },
  });
  parser.receive(bytes);
  if (broken !== null) return `what was written is no MSRP: ${String(broken)}`;
  return parser.pending > 0 ? 'what was written ends inside a frame' : replies;
}

function compare(expected: readonly ExpectedReply[], replies: Reply[] | string): string | null {
  if (typeof replies === 'string') return replies;
  if (expected.length !== replies.length) {
    return `${replies.length} replies instead of ${expected.length}: ${replies.map(describe).join(', ')}`;
  }
  for (const [index, reply] of replies.entries()) {
    const found = compareReply(expected[index], reply);
    if (found !== null) return `reply ${index}: ${found}`;
  }
  return null;
}

function compareReply(expected: ExpectedReply, { head, end }: Reply): string | null {
  if (end.errors.length > 0) return `malformed: ${end.errors.join(', ')}`;
  if (end.flag !== '$') return `flag ${end.flag}`;
  if (!samePath(expected.toPath, head.toPath)) return `To-Path ${head.toPath.join(' ')}`;
  if (!samePath(expected.fromPath, head.fromPath)) return `From-Path ${head.fromPath.join(' ')}`;
  return expected.report === undefined ? compareResponse(expected, head) : compareReport(expected, head);
}

function compareResponse(expected: ExpectedReply, head: Message): string | null {
  if (head.kind !== 'response') return `${head.method} instead of ${expected.response}`;
  const codes = [expected.response, ...(expected.responseAlso ?? [])];
  if (!codes.includes(head.status)) return `${head.status} instead of ${codes.join(' or ')}`;
  return head.tid === expected.tid ? null : `transaction id ${head.tid}`;
}

function compareReport(expected: ExpectedReply, head: Message): string | null {
  if (head.kind !== 'request' || head.method !== 'REPORT') return 'no REPORT';
  const status = head.status ? `${head.status.namespace} ${String(head.status.code).padStart(3, '0')}` : 'none';
  if (status !== expected.report) return `Status ${status}`;
  if (head.messageId !== expected.messageId) return `Message-ID ${head.messageId}`;
  const range = head.byteRange ? formatByteRange(head.byteRange) : 'none';
  return range === expected.byteRange ? null : `Byte-Range ${range}`;
}

const samePath = (expected: readonly string[], actual: readonly string[]): boolean =>
  expected.length === actual.length && expected.every((uri, index) => urisEqual(uri, actual[index]));

const describe = ({ head }: Reply): string => (head.kind === 'response' ? String(head.status) : head.method);
