import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A packet as TShark dissects it; missing fields are empty, repeated ones separated by commas. */
export interface Packet {
  sourcePort: number;
  destinationPort: number;
  /** Layers from the outside in, like `eth:ethertype:ip:tcp:msrp`. */
  protocols: string;
  /** Not empty when a dissector gave up or found something wrong. */
  malformed: string;
  severity: string;
  payload: Buffer;
  transactionId: string;
  method: string;
  status: string;
  flag: string;
  toPath: string;
  fromPath: string;
  messageId: string;
  byteRange: string;
}

const FIELDS = [
  'tcp.srcport',
  'tcp.dstport',
  'frame.protocols',
  '_ws.malformed',
  '_ws.expert.severity',
  'tcp.payload',
  'msrp.transaction.id',
  'msrp.method',
  'msrp.status.code',
  'msrp.cnt.flg',
  'msrp.to.path',
  'msrp.from.path',
  'msrp.messageid',
  'msrp.byte.range',
];

function packetOf(line: string): Packet {
  const [sourcePort, destinationPort, protocols, malformed, severity, payload, ...msrp] = line.split('\t');
  const [transactionId, method, status, flag, toPath, fromPath, messageId, byteRange] = msrp;
  return {
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
    protocols,
    malformed,
    severity,
    payload: Buffer.from(payload, 'hex'),
    transactionId,
    method,
    status,
    flag,
    toPath,
    fromPath,
    messageId,
    byteRange,
  };
}

const SHOWN = ['-n', '-l', '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];

const decoding = (port: number): string[] => ['-d', `tcp.port==${port},msrp`, ...SHOWN];

const hex = (octets: Buffer): string => (octets.toString('hex').match(/../g) ?? []).join(' ');

/** Lines of a program's output, as they come. */
function onLine(child: ChildProcess, take: (line: string) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

/** Listens on the loopback interface for one TCP port, from `start` until `stop`. */
export class Capture {
  readonly #packets: Packet[] = [];
  readonly #child: ChildProcess;
  readonly #address: { host: string; port: number };
  #looks: (() => void)[] = [];

  private constructor(address: { host: string; port: number }) {
    this.#address = address;
    const args = ['-i', 'lo', '-f', `tcp port ${address.port}`, ...decoding(address.port)];
    this.#child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    onLine(this.#child, (line) => {
      this.#packets.push(packetOf(line));
      for (const look of this.#looks.splice(0)) look();
    });
  }

  /** Resolves when it sees what passes. */
  static async start(address: { host: string; port: number }): Promise<Capture> {
    const capture = new Capture(address);
    await capture.#seesNow();
    return capture;
  }

  /** Stops when all that passed until now was dissected, and returns it. */
  async stop(): Promise<Packet[]> {
    await this.#seesNow();
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await ended;
    return this.#packets;
  }

  /** Connects until one of the connections is seen: packets come in order, and capturing begins at no known time. */
  async #seesNow(): Promise<void> {
    const ports = new Set<number>();
    for (;;) {
      const socket = connect(this.#address);
      await once(socket, 'connect');
      ports.add(socket.localPort ?? 0);
      const closed = once(socket, 'close');
      socket.resume().end();
      await closed;
      if (this.#packets.some(({ sourcePort }) => ports.has(sourcePort))) return;
      if (this.#child.exitCode !== null) throw new Error(`tshark ended with ${this.#child.exitCode}`);
    }
  }
}

/** Writes each frame as a TCP segment of its own from `port`, and has them dissected. */
export async function dissect(frames: readonly Buffer[], port: number): Promise<Packet[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tshark-'));
  try {
    const [dump, file] = ['frames.txt', 'frames.pcap'].map((name) => join(folder, name));
    await writeFile(dump, frames.map((frame) => `000000 ${hex(frame)}\n`).join(''));
    const [code] = (await once(spawn('text2pcap', ['-q', '-T', `${port},40000`, dump, file]), 'close')) as [number];
    if (code !== 0) throw new Error(`text2pcap ended with ${code}`);
    const packets: Packet[] = [];
    const child = spawn('tshark', ['-r', file, ...decoding(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
    onLine(child, (line) => packets.push(packetOf(line)));
    await once(child, 'close');
    return packets;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A message of a trace as TShark dissects it; fields that are missing are empty. */
export interface TracedMessage {
  /** Layers, like `exported_pdu:msrp`. */
  protocols: string;
  malformed: string;
  /** What the message begins with: method or status. */
  is: string;
  /** Call-ID, or both paths. */
  of: string;
  interface: string;
  inbound: boolean;
  source: string;
  destination: string;
  comment: string;
}

const TRACED = [
  'frame.protocols',
  '_ws.malformed',
  'sip.Method',
  'sip.Status-Code',
  'msrp.method',
  'msrp.status.code',
  'sip.Call-ID',
  'msrp.to.path',
  'msrp.from.path',
  'frame.interface_name',
  'frame.packet_flags_direction',
  'ip.src',
  'exported_pdu.src_port',
  'ip.dst',
  'exported_pdu.dst_port',
  'frame.comment',
];

/** The messages of a file that Wireshark opens; rejects when it complains. */
export async function tracedMessages(path: string): Promise<TracedMessage[]> {
  const args = ['-r', path, '-n', '-T', 'fields', ...TRACED.flatMap((field) => ['-e', field])];
  const child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const messages: TracedMessage[] = [];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  onLine(child, (line) => {
    const [protocols, malformed, sip, sipStatus, msrp, msrpStatus, callId, to, from, ...more] = line.split('\t');
    const [name, direction, source, sourcePort, destination, destinationPort, comment] = more;
    messages.push({
      protocols,
      malformed,
      is: [sip, sipStatus, msrp, msrpStatus].join(''),
      of: [callId, to, from].filter((each) => each !== '').join(' '),
      interface: name,
      inbound: Number(direction) === 1,
      source: `${source}:${sourcePort}`,
      destination: `${destination}:${destinationPort}`,
      comment,
    });
  });
  const [code] = (await once(child, 'close')) as [number];
  const serious = complaints.replace(/^Running as user.*\n/gm, '');
  if (code !== 0 || serious !== '') throw new Error(`tshark ended with ${code}: ${serious}`);
  return messages;
}
