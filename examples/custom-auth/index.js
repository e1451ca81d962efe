// Who somebody is, and what he may, by the application's own means: a token that its web login handed out, and groups from a
// directory.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru TOKEN_KEY=secret node examples/custom-auth
//
// A client shows its token in the INVITE, `Authorization: Bearer USER.EXPIRES.SIGNATURE` (RFC 8898 has that header); a
// token for ana: node examples/custom-auth ana
const { createHmac, timingSafeEqual } = require('node:crypto');
const Srf = require('drachtio-srf');
const { chatrooms, ChatroomsError } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
  TOKEN_KEY = '',
} = process.env;

if (!TOKEN_KEY) {
  console.error('TOKEN_KEY has to be set: what tokens are signed with.');
  process.exit(2);
}

/** Seconds that a token is good for. */
const LIFETIME = 3600;

const signatureOf = (user, expires) => createHmac('sha256', TOKEN_KEY).update(`${user}.${expires}`).digest('base64url');

/** What the web login of the application would hand out. */
function tokenFor(user) {
  const expires = Math.floor(Date.now() / 1000) + LIFETIME;
  return `${user}.${expires}.${signatureOf(user, expires)}`;
}

/** The user a token was made for; null when it is no token of ours, or too old. */
function userOf(token) {
  const [user, expires, signature = ''] = token.split('.');
  const expected = Buffer.from(signatureOf(user, expires));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return Number(expires) > Date.now() / 1000 ? user : null;
}

/** Stands for a search in LDAP or a database, which takes its time. */
const directory = {
  people: new Map([
    ['ana', { name: 'Ana Almeida', groups: ['staff', 'board'] }],
    ['bruno', { name: 'Bruno Brandt', groups: ['staff'] }],
  ]),
  async find(user) {
    return this.people.get(user) ?? null;
  },
};

/** The group whose members may join, by room. */
const GROUPS = { team: 'staff', board: 'board' };

const refuse = (code, why, sipStatus) => {
  throw new ChatroomsError(code, why, { sipStatus });
};

if (process.argv[2]) {
  console.log(tokenFor(process.argv[2]));
  process.exit(0);
}

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const rooms = chatrooms({
  domain: 'localhost',
  msrp: { listen: `127.0.0.1:${MSRP_PORT}` },
  rooms: { create: 'nobody', static: { team: {}, board: {} } },

  // Asked first, of INVITE and SUBSCRIBE: null is 403. What From says is not believed.
  authenticate: async ({ req }) => {
    const token = /^Bearer\s+(\S+)$/i.exec(req.get('Authorization') ?? '')?.[1];
    const user = token === undefined ? null : userOf(token);
    const person = user === null ? null : await directory.find(user);
    return person && { uri: `sip:${user}@localhost`, displayName: person.name };
  },

  // Then this, with who it is.
  authorizeJoin: async ({ room, from }) => {
    const [, user] = /^sip:([^@]*)/.exec(from.uri) ?? [];
    const [, name] = /^sip:([^@]*)/.exec(room) ?? [];
    const person = await directory.find(user);
    if (!person?.groups.includes(GROUPS[name])) refuse('CHAT_ERR_NOT_IN_GROUP', `${room} is not for ${user}.`, 403);
  },
});

rooms.on('join', (room, { uri, displayName }) => console.log(`${displayName} (${uri}) joined ${room.name}`));

rooms.attach(srf).catch((error) => console.error(`rooms: ${error.message}`));
// Also told, with an error, when the server does not accept the secret.
srf.on('connect', (error, hostport) => {
  if (error) console.error(`drachtio: ${error.message}`);
  else console.log(`connected; SIP is at ${hostport}`);
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
