// A drachtio application of your own, with its users, registrar and calls, and chat rooms in it: what it did before stays as
// it was, the rooms ask it who somebody is, and tell it what happens.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru node examples/embedded-in-your-app
//
// Then, with the client of this package: chat sip:team@chat.example.com --proxy 127.0.0.1:5060 \
//   --from sip:ana@example.com --password secret-of-ana --nick Ana
const Srf = require('drachtio-srf');
const { chatrooms, ChatroomsError } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
} = process.env;

/** The users that the application has anyway, in a database say. */
const users = new Map([
  ['ana', { password: 'secret-of-ana', staff: true }],
  ['bruno', { password: 'secret-of-bruno', staff: true }],
  ['guest', { password: 'secret-of-guest', staff: false }],
]);

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const rooms = chatrooms({
  domain: 'chat.example.com',
  msrp: { listen: `127.0.0.1:${MSRP_PORT}` },
  // Who somebody is: a password, looked up where the application has it.
  auth: 'digest',
  digest: { realm: 'example.com', lookup: (user) => users.get(user) ?? null },
  // Who is online: the REGISTERs on their way to the application's own registrar.
  registrations: 'passing',
  rooms: {
    create: 'nobody',
    static: {
      team: { title: 'The team', moderators: ['sip:ana@example.com'], commands: true },
      board: { title: 'The board', password: '4711', allow: ['*@example.com'] },
    },
  },
  // Whether somebody may: the application's rule, whatever it is.
  authorizeJoin: ({ room, from }) => {
    const user = users.get(/^sip:([^@]*)/.exec(from.uri)?.[1] ?? '');
    if (!user?.staff) {
      throw new ChatroomsError('CHAT_ERR_STAFF_ONLY', `${room} is for the staff.`, { sipStatus: 403 });
    }
  },
  onAudit: ({ actor, act, target, allowed }) =>
    console.log(`audit: ${actor ?? 'the application'} ${allowed ? 'did' : 'may not'} ${act} ${target ?? ''}`),
});

rooms.on('user:online', ({ uri }) => console.log(`${uri} is online`));
rooms.on('user:offline', ({ uri }) => console.log(`${uri} is offline`));
rooms.on('join', (room, participant) => console.log(`${participant.uri} joined ${room.name}`));

// Before the application's own handlers: what is not for a room goes on to them.
rooms.attach(srf).catch((error) => console.error(`rooms: ${error.message}`));

// What the application did before: a registrar, and calls from user to user.
const contacts = new Map();
srf.register((req, res) => {
  const aor = req.getParsedHeader('To').uri;
  if (req.get('Expires') === '0') contacts.delete(aor);
  else contacts.set(aor, req.getParsedHeader('Contact')[0].uri);
  res.send(200, { headers: { Contact: req.get('Contact'), Expires: req.get('Expires') ?? '3600' } });
});
srf.invite((req, res) => {
  const contact = contacts.get(req.uri);
  if (contact === undefined) res.send(480);
  else res.send(302, { headers: { Contact: `<${contact}>` } });
});

// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
