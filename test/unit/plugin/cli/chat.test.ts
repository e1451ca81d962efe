import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { NodeTransport } from '../../../../lib/client/node/transport.js';
import { ChatParticipant } from '../../../../lib/client/participant.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { runChat } from '../../../../plugin/cli/chat.js';
import { FakeMsrpPeer } from '../../../support/fake-msrp-peer.js';
import { cpim, FakeSignalling, roomAnswer } from '../../../support/fake-signalling.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ROOM = 'sip:lobby@localhost';
const ALICE = 'sip:alice@localhost';
const BOB = 'sip:bob@localhost';

/** A stream that collects text and lets a test wait for some. */
class Output extends PassThrough {
  text = '';
  #waiting: { text: string; resolve: () => void }[] = [];

  constructor() {
    super();
    this.setEncoding('utf8');
    this.on('data', (piece: string) => {
      this.text += piece;
      this.#waiting = this.#waiting.filter(({ text, resolve }) => {
        if (!this.text.includes(text)) return true;
        resolve();
        return false;
      });
    });
  }

  shows(text: string): Promise<void> {
    if (this.text.includes(text)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ text, resolve });
    });
  }
}

const flushed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let directory: string;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let signalling: FakeSignalling;
let io: { stdin: PassThrough; stdout: Output; stderr: Output };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatroom-'));
  peer = await FakeMsrpPeer.listen();
  clock = new ManualClock(new Date(2026, 10, 21, 9, 5).getTime());
  signalling = new FakeSignalling(() => roomAnswer(peer.path));
  io = { stdin: new PassThrough(), stdout: new Output(), stderr: new Output() };
});

afterEach(async () => {
  await peer.close();
  await rm(directory, { recursive: true });
});

function chat(...argv: string[]): Promise<number> {
  return runChat(argv, io, {
    clock,
    create: ({ uri, anonymous = false }) =>
      new ChatParticipant({ uri, anonymous, signalling, transport: new NodeTransport({ clock }), clock }),
  });
}

function roster(version: number, ...people: [uri: string, nickname?: string][]): void {
  const users = people.map(
    ([uri, nick]) =>
      `<user entity="${uri}"${nick === undefined ? '' : ` x:nickname="${nick}"`}><endpoint entity="e"><status>connected</status></endpoint></user>`,
  );
  signalling.delegate?.onConferenceInfo(
    `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:x="urn:ietf:params:xml:ns:xcon-conference-info" entity="${ROOM}" version="${version}"><users>${users.join('')}</users></conference-info>`,
  );
}

describe('in the room', () => {
  let code: Promise<number>;

  beforeEach(async () => {
    code = chat(ROOM, '--nick', 'alice');
    await io.stdout.shows('you are in');
    expect(await peer.frame()).toMatchObject({ what: 'SEND', body: undefined });
    expect(await peer.frame()).toMatchObject({ what: 'NICKNAME' });
    roster(0, [ALICE, 'alice'], [BOB]);
  });

  afterEach(async () => {
    io.stdin.end();
    expect(await code).toBe(0);
    expect(signalling.said).toContain('bye');
  });

  test('who is here is told first, then who comes, goes and changes names', async () => {
    roster(1, [ALICE, 'alice'], [BOB, 'Bobby'], ['sip:carla@localhost']);
    roster(2, [ALICE, 'alice'], ['sip:carla@localhost']);
    await io.stdout.shows('Bobby left');
    expect(io.stdout.text.split('\n')).toEqual([
      `09:05 * you are in ${ROOM} as alice; /help for commands`,
      '09:05 * here: alice (you) and bob',
      '09:05 * carla joined',
      '09:05 * bob is now Bobby',
      '09:05 * Bobby left',
      '',
    ]);
  });

  test('taking the name one is already shown under is no news', async () => {
    roster(1, [ALICE, 'alice'], [BOB, 'bob']);
    roster(2, [ALICE, 'alice'], [BOB, 'bob'], ['sip:carla@localhost']);
    await io.stdout.shows('carla joined');
    expect(io.stdout.text).not.toContain('is now');
  });

  test('what is typed is sent, what others say is shown', async () => {
    io.stdin.write('hello\n');
    expect((await peer.frame()).body).toMatch(
      /^From: "alice" <sip:alice@localhost>\r\nTo: <sip:lobby@localhost>\r\n[^]*\r\n\r\nhello$/,
    );
    await io.stdout.shows('09:05 you: hello');
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'hi \u001B[31malice'));
    await io.stdout.shows('bob: hi \u241B[31malice');
    peer.send(cpim(`<${BOB}>`, `<${ALICE}>`, 'psst'));
    await io.stdout.shows('bob -> you (private): psst');
  });

  test('/send sends a file; a file that is not there is named', async () => {
    const path = join(directory, 'notes.txt');
    await writeFile(path, 'remember the milk');
    io.stdin.write(`/send ${path}\n`);
    const { body } = await peer.frame();
    expect(body).toContain(
      'Content-Type: text/plain;charset=utf-8\r\nContent-Disposition: attachment; filename="notes.txt"',
    );
    expect(body).toMatch(/milk$/);
    await io.stdout.shows(`you sent ${path}`);
    io.stdin.write('/send nowhere.txt\n');
    await io.stdout.shows('nowhere.txt cannot be sent');
  });

  test('content that is not text is named; signals between programs are not shown', async () => {
    peer.send(
      `From: <${BOB}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: application/im-iscomposing+xml\r\n\r\n<isComposing/>`,
    );
    peer.send(`From: <${BOB}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: image/png\r\n\r\nPNG`);
    await io.stdout.shows('bob: [image/png, 3 bytes]');
    expect(io.stdout.text).not.toContain('isComposing');
  });

  test('3994-3.3-01 somebody who begins to write is named', async () => {
    peer.send(
      `From: <${BOB}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: application/im-iscomposing+xml\r\n\r\n` +
        '<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>',
    );
    await io.stdout.shows('09:05 * bob is typing …');
  });

  test('/msg finds people by name', async () => {
    io.stdin.write('/msg BOB psst\n');
    expect((await peer.frame()).body).toContain(`To: <${BOB}>\r\n`);
    await io.stdout.shows('you -> bob (private): psst');
    io.stdin.write('/msg dora psst\n');
    await io.stdout.shows('! nobody here is called "dora"; /who lists the names');
    roster(1, [ALICE, 'alice'], ['sip:x@localhost'], ['sip:x@example.com']);
    io.stdin.write('/msg x psst\n');
    await io.stdout.shows('! "x" may be sip:x@localhost, sip:x@example.com; use the address');
    io.stdin.write('/msg sip:x@example.com hey\n');
    expect((await peer.frame()).body).toContain('To: <sip:x@example.com>\r\n');
  });

  test('refusals say why', async () => {
    peer.automatic = false;
    io.stdin.write('/msg sip:dora@localhost hi\n');
    peer.answer(await peer.frame(), '404 Not Found');
    await io.stdout.shows('! not sent: nobody with that address is in the room');
    io.stdin.write('/nick bob\n');
    peer.answer(await peer.frame(), '425 Taken');
    await io.stdout.shows('! nickname "bob": that nickname is taken or reserved; choose another');
    peer.automatic = true;
    io.stdin.write('/nick Al\n');
    await io.stdout.shows('the room calls you Al');
  });

  test('/who, /help, mistakes, /quit', async () => {
    io.stdin.write('/who\n/help\n/dance\n/quit\nnot sent\n');
    expect(await code).toBe(0);
    expect(io.stdout.text.match(/here: alice/g)).toHaveLength(2);
    expect(io.stdout.text).toContain('/msg NAME TEXT');
    expect(io.stdout.text).toContain('! there is no /dance');
    expect(io.stdout.text).not.toContain('not sent');
  });
});

test('7701-6.1-02 --anonymous: no address of ours is told', async () => {
  const code = chat(ROOM, '--nick', 'alice', '--anonymous', '--say', 'hi');
  await io.stdout.shows('you are in');
  roster(0, [BOB]);
  expect(await code).toBe(0);
  expect(signalling.call).toEqual({ room: ROOM, from: expect.stringMatching(/@anonymous\.invalid$/), anonymous: true });
  expect((await peer.frameOf('SEND')).body).toBeUndefined();
  const { body } = await peer.frameOf('SEND');
  expect(body).toContain(`From: <${signalling.call?.from}>\r\n`);
  expect(body).not.toContain('alice');
});

test('no colours without a terminal', async () => {
  const code = chat(ROOM);
  await io.stdout.shows('you are in');
  io.stdin.end();
  await code;
  expect(io.stdout.text).not.toContain('\u001B');
});

describe('scripts', () => {
  test('say and expect run in order, then the room is left', async () => {
    const code = chat(
      ROOM,
      '--nick',
      'alice',
      '--expect',
      'bob joined',
      '--say',
      'hello bob',
      '--expect',
      'hello alice',
      '--say',
      '/msg bob bye',
    );
    await io.stdout.shows('you are in');
    roster(0, [ALICE]);
    roster(1, [ALICE], [BOB]);
    const said = await peer.frameOf('SEND').then(() => peer.frameOf('SEND'));
    expect(said.body).toContain('hello bob');
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'hello alice'));
    expect((await peer.frameOf('SEND')).body).toContain(`To: <${BOB}>`);
    expect(await code).toBe(0);
    expect(signalling.said.slice(-2)).toEqual(['bye', 'close']);
    expect(io.stderr.text).toBe('');
  });

  test('what we say ourselves is not what is expected; time out is failure', async () => {
    const code = chat(ROOM, '--say', 'ping', '--expect', 'ping', '--timeout', '3');
    await io.stdout.shows('you are in');
    roster(0, [ALICE]);
    await io.stdout.shows('you: ping');
    await flushed();
    clock.advance(3000);
    expect(await code).toBe(1);
    expect(io.stderr.text).toBe('! expected a line with "ping": not within 3 s (--timeout)\n');
  });

  test('a private message waits for somebody the roster does not show yet, but not for ever', async () => {
    const code = chat(ROOM, '--say', '/msg bob hi', '--say', '/msg dora hi', '--timeout', '4');
    await io.stdout.shows('you are in');
    roster(0, [ALICE]);
    await flushed();
    roster(1, [ALICE], [BOB]);
    await io.stdout.shows('you -> bob (private): hi');
    await flushed();
    clock.advance(4000);
    expect(await code).toBe(1);
    expect(io.stdout.text).toContain('! nobody here is called "dora"');
  });

  test('a room without roster delays a script by two seconds only', async () => {
    const code = chat(ROOM, '--say', 'hello');
    await io.stdout.shows('you are in');
    await flushed();
    clock.advance(2000);
    expect(await code).toBe(0);
  });

  test('a refused message is failure', async () => {
    peer.automatic = false;
    const code = chat(ROOM, '--say', 'hello', '--say', 'never');
    peer.answer(await peer.frame(), '200 OK');
    await io.stdout.shows('you are in');
    roster(0, [ALICE]);
    peer.answer(await peer.frame(), '403 No');
    expect(await code).toBe(1);
    expect(io.stdout.text).toContain('! not sent: the room does not let you do that');
    expect(io.stdout.text).not.toContain('never');
  });

  test('a room that ends is failure', async () => {
    const code = chat(ROOM, '--expect', 'never');
    await io.stdout.shows('you are in');
    roster(0, [ALICE]);
    signalling.delegate?.onEnd({ kind: 'removed', cause: 410, text: 'Gone' });
    expect(await code).toBe(1);
    expect(io.stdout.text).toContain('* the room ended your stay: Gone');
    expect(io.stderr.text).toContain('the room ended first');
  });
});

describe('what goes wrong', () => {
  test.each([
    [404, /^! cannot join sip:lobby@localhost: there is no such room there; check its name and the domain \(404\)\n$/],
    [403, /not allowed in/],
    [486, /the room is full/],
    [418, /^! cannot join sip:lobby@localhost: 418/],
  ])('INVITE refused %i: one line, exit 1', async (status, line) => {
    const text = `cannot join ${ROOM}: ${status} X`;
    signalling.refusal = new ChatroomsError('CHAT_ERR_JOIN_REFUSED', text, { sipStatus: status });
    expect(await chat(ROOM)).toBe(1);
    expect(io.stderr.text).toMatch(line);
    expect(io.stdout.text).toBe('');
  });

  test('nickname taken', async () => {
    peer.automatic = false;
    const code = chat(ROOM, '--nick', 'bob');
    peer.answer(await peer.frame(), '200 OK');
    peer.answer(await peer.frame(), '425 Taken');
    expect(await code).toBe(1);
    expect(io.stderr.text).toBe('! the nickname "bob" is taken or reserved; choose another\n');
  });

  test('a room without nicknames is joined all the same', async () => {
    signalling = new FakeSignalling(() => roomAnswer(peer.path, ['chatroom']));
    const code = chat(ROOM, '--nick', 'alice');
    await io.stdout.shows(`* this room has no nicknames; people see you as alice <${ALICE}>`);
    io.stdin.end();
    expect(await code).toBe(0);
  });

  test('usage errors exit 2, help exits 0', async () => {
    expect(await chat('--nick', 'bob')).toBe(2);
    expect(io.stderr.text).toBe(
      'drachtio-chatroom chat: which room? Name it like sip:lobby@localhost (--help lists the options)\n',
    );
    expect(await chat('--help')).toBe(0);
    expect(io.stdout.text).toContain('--expect TEXT');
  });

  test('a room that ends while one types is told, exit 1', async () => {
    const code = chat(ROOM);
    await io.stdout.shows('you are in');
    signalling.delegate?.onEnd({ kind: 'lost', text: 'the session timer expired' });
    expect(await code).toBe(1);
    expect(io.stdout.text).toContain('lost the room: the session timer expired');
  });
});

test('--downloads saves what comes with a file name, whole or while it arrives', async () => {
  const code = chat(ROOM, '--downloads', directory);
  await io.stdout.shows('you are in');
  const file = (name: string, content: string): string =>
    `From: <${BOB}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${content}`;
  peer.send(file('../small.png', 'PNG'));
  await io.stdout.shows(`bob sent ../small.png, saved as ${join(directory, 'small.png')}`);
  expect(io.stdout.text).toContain('bob: [../small.png, image/png, 3 bytes]');
  const large = file('large.png', 'x'.repeat(100_000));
  peer.send(large, { range: `1-*/${large.length}` });
  await io.stdout.shows(`saved as ${join(directory, 'large.png')}`);
  expect((await readFile(join(directory, 'large.png'))).length).toBe(100_000);
  io.stdin.end();
  expect(await code).toBe(0);
});
