// Chat rooms in an existing drachtio application: the five marked lines.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru node examples/embed
//
// Then let any SIP client that speaks MSRP call sip:lobby@localhost.
const Srf = require('drachtio-srf');
const { chatrooms } = require('drachtio-chatroom'); // 1

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
} = process.env;

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const rooms = chatrooms({ domain: 'localhost', msrp: { listen: `127.0.0.1:${MSRP_PORT}` } }); // 2
rooms.on('join', (room, participant) => console.log(`${participant.uri} joined ${room.name}`)); // 3
rooms.on('message', (room, message) => console.log(`${room.name}: ${message.from}: ${message.text}`)); // 4

rooms.attach(srf).catch((error) => console.error(`rooms: ${error.message}`)); // 5: before your own handlers

// What the application did before: here, nobody is at home.
srf.invite((req, res) => res.send(480));

// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
