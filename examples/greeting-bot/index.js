// A bot that lives in the room's server: greets who joins, answers "!time", and tells who is here on "!who".
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru node examples/greeting-bot
const Srf = require('drachtio-srf');
const { chatrooms } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
} = process.env;

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const nameOf = (participant) => participant.nickname ?? participant.displayName ?? participant.uri;

/** Commands of the room, by their first word. */
const commands = {
  '!time': () => `It is ${new Date().toUTCString()}.`,
  '!who': (room) => `Here: ${[...room.participants.values()].map(nameOf).join(', ')}.`,
};

const rooms = chatrooms({ domain: 'localhost', msrp: { listen: `127.0.0.1:${MSRP_PORT}` } });

const complain = (error) => console.error(`rooms: ${error.message}`);

rooms.on('join', (room, participant) => {
  // Only the one who joined reads this; the others saw it in the roster.
  participant.send(`Welcome to ${room.name}, ${nameOf(participant)}! Try !who or !time.`).catch(complain);
});

rooms.on('message', (room, message) => {
  const command = commands[message.text?.trim().split(' ')[0] ?? ''];
  if (command && !message.private) room.send(command(room)).catch(complain);
});

rooms.attach(srf).catch(complain);
// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
