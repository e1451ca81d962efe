// Keeps what is said in every room: a file of JSON lines a room, and those before it. Who joins is told so.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru DIRECTORY=./recordings node examples/recording
//
// Whether that is permitted, and for how long it may be kept, is a matter of law; private messages are left out.
const { createWriteStream, mkdirSync, openSync, renameSync, rmSync, statSync } = require('node:fs');
const path = require('node:path');
const Srf = require('drachtio-srf');
const { chatrooms } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
  DIRECTORY = './recordings',
  MAX_OCTETS = '10000000',
  MAX_FILES = '10',
} = process.env;

const NOTICE = 'This conversation is recorded. Leave the room if you do not agree.';

/** Octets that may wait for a slow disk; what comes then is not kept. */
const MAX_WAITING = 16_777_216;

const complain = (error) => console.error(`recording: ${error.message}`);

/** One room's file: `lobby.jsonl`, the ones before it `lobby.jsonl.1` and so on. */
class Recording {
  constructor(room) {
    // A name may have any character; this one stays in its directory.
    this.path = path.join(DIRECTORY, `${encodeURIComponent(room.name)}.jsonl`);
    this.open();
  }

  open() {
    this.octets = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    // Open before anything is written: it is this file that is renamed later.
    this.stream = createWriteStream('', { fd: openSync(this.path, 'a', 0o600) }).on('error', complain);
  }

  write(entry) {
    const line = `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`;
    if (this.stream.writableLength > MAX_WAITING) return complain(new Error('the disk is slow: a line is lost'));
    if (this.octets > 0 && this.octets + Buffer.byteLength(line) > Number(MAX_OCTETS)) this.rotate();
    this.octets += Buffer.byteLength(line);
    this.stream.write(line);
  }

  /** The stream writes on to the file that it has open, whatever that is called by now. */
  rotate() {
    this.stream.end();
    try {
      for (let age = Number(MAX_FILES) - 1; age >= 0; age--) {
        const from = age === 0 ? this.path : `${this.path}.${age}`;
        if (age === Number(MAX_FILES) - 1) rmSync(from, { force: true });
        else if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${this.path}.${age + 1}`);
      }
    } catch (error) {
      complain(error);
    }
    this.open();
  }

  close() {
    this.stream.end();
  }
}

mkdirSync(DIRECTORY, { recursive: true, mode: 0o700 });

/** By room. */
const recordings = new Map();

function recordingOf(room) {
  const known = recordings.get(room) ?? new Recording(room);
  recordings.set(room, known);
  return known;
}

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const rooms = chatrooms({ domain: 'localhost', msrp: { listen: `127.0.0.1:${MSRP_PORT}` } });

rooms.on('join', (room, participant) => {
  participant.send(NOTICE).catch(complain);
  recordingOf(room).write({ event: 'join', from: participant.uri, name: participant.displayName });
});
rooms.on('leave', (room, { uri }, { displayName }) => {
  recordingOf(room).write({ event: 'leave', from: uri, name: displayName });
});
rooms.on('message', (room, { from, contentType, text, size, private: toOne }) => {
  // Of what is no text, that it was sent; that somebody types is nothing to keep.
  if (toOne || contentType === 'application/im-iscomposing+xml') return;
  recordingOf(room).write({ event: 'message', from, contentType, ...(text === undefined ? { size } : { text }) });
});
rooms.on('roomClosed', (room) => {
  recordings.get(room)?.close();
  recordings.delete(room);
});

rooms.attach(srf).catch(complain);
// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
