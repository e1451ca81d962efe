// A room that looks at what is said: a filter of words, and commands for its moderator.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru node examples/moderated-room
//
// sip:alice@localhost moderates; let her call sip:lobby@localhost and type /help.
const Srf = require('drachtio-srf');
const { chatrooms, ChatroomsError } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
} = process.env;

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

/** What nobody may say, and what is said in its place. */
const FORBIDDEN = /\b(?:casino|lottery)\b/i;
const RUDE = /\bdarn\b/gi;

/** Octets of the largest file. */
const MAX_FILE = 1_000_000;

const refuse = (why, msrpStatus) => {
  throw new ChatroomsError('CHAT_ERR_UNWANTED', why, { msrpStatus });
};

const rooms = chatrooms({
  domain: 'localhost',
  msrp: { listen: `127.0.0.1:${MSRP_PORT}` },
  rooms: { defaults: { commands: true, moderators: ['sip:alice@localhost'] } },

  // Throws to refuse; a message above 64 KiB is not shown, so that its type and size have to do.
  authorizeMessage: ({ contentType, text, body, size }) => {
    if (text === undefined && contentType.startsWith('text/')) refuse('a text that cannot be read', 415);
    if (body === null && (size === null || size > MAX_FILE)) refuse('too large', 413);
    if (FORBIDDEN.test(text ?? '')) refuse('an advertisement', 403);
  },

  // Changes what is left.
  preMessage: (message) => {
    if (message.text?.match(RUDE)) message.replaceText(message.text.replace(RUDE, '****'));
  },
});

rooms.attach(srf).catch((error) => console.error(`rooms: ${error.message}`));
// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
