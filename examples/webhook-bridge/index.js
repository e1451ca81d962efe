// A bridge to another chat, both ways, by the webhooks that Slack, Mattermost and others have.
//
//     DRACHTIO_HOST=127.0.0.1 DRACHTIO_PORT=9022 DRACHTIO_SECRET=cymru \
//     INCOMING_WEBHOOK=https://chat.example.com/hooks/xyz OUTGOING_TOKEN=secret PORT=8090 node examples/webhook-bridge
//
// What is said in sip:lobby@localhost is posted to INCOMING_WEBHOOK, as `{ text, username }`; the other chat's outgoing
// webhook posts what is said there to http://THIS_HOST:8090/, with OUTGOING_TOKEN as its `token`. Put TLS in front of it.
const { createServer } = require('node:http');
const { createHash, timingSafeEqual } = require('node:crypto');
const Srf = require('drachtio-srf');
const { chatrooms } = require('drachtio-chatroom');

const {
  DRACHTIO_HOST = '127.0.0.1',
  DRACHTIO_PORT = '9022',
  DRACHTIO_SECRET = 'cymru',
  MSRP_PORT = '2855',
  INCOMING_WEBHOOK = '',
  OUTGOING_TOKEN = '',
  PORT = '8090',
} = process.env;

if (!INCOMING_WEBHOOK || !OUTGOING_TOKEN) {
  console.error('INCOMING_WEBHOOK and OUTGOING_TOKEN have to be set; see the first lines of this file.');
  process.exit(2);
}

/** Messages that wait for the other chat; when it is slow or away, more are not kept. */
const MAX_WAITING = 100;
/** Milliseconds that it may take for one. */
const PATIENCE = 5_000;
/** Octets of one message from there. */
const MAX_BODY = 65_536;
/** Our posts there have this at the end of their name: should they come back to us, we know them. */
const MARK = ' (SIP)';

const srf = new Srf();
srf.on('error', (error) => console.error(`drachtio: ${error.message}`));

const complain = (error) => console.error(`bridge: ${error.message}`);

const rooms = chatrooms({
  domain: 'localhost',
  msrp: { listen: `127.0.0.1:${MSRP_PORT}` },
  rooms: { static: { lobby: { title: 'The lobby' } } },
});

// Out: one after the other, so that they arrive in their order.
let waiting = 0;
let last = Promise.resolve();

async function post(message) {
  const response = await fetch(INCOMING_WEBHOOK, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(PATIENCE),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the other chat answers ${response.status}`);
}

// What the room itself says, and so what comes from there, is not told here: that way is no circle.
rooms.on('message', (room, { from, text, private: toOne }) => {
  if (room.name !== 'lobby' || toOne || text === undefined) return;
  if (waiting === MAX_WAITING) return complain(new Error('the other chat is slow: a message is not passed on'));
  waiting++;
  const { displayName } = room.find(from) ?? {};
  const message = { text, username: `${displayName ?? from}${MARK}` };
  last = last
    .then(() => post(message))
    .catch(complain)
    .finally(() => waiting--);
});

// In.
const digest = (text) => createHash('sha256').update(String(text)).digest();

/** The fields of an outgoing webhook: a form as Slack sends it, JSON as Mattermost can. */
async function fieldsOf(req) {
  let body = '';
  for await (const piece of req.setEncoding('utf8')) {
    body += piece;
    if (body.length > MAX_BODY) throw Object.assign(new Error('too large'), { status: 413 });
  }
  try {
    const isJson = req.headers['content-type']?.startsWith('application/json');
    return isJson ? (JSON.parse(body) ?? {}) : Object.fromEntries(new URLSearchParams(body));
  } catch {
    throw Object.assign(new Error('neither a form nor JSON'), { status: 400 });
  }
}

/** Programs, we among them, are not passed on: two bridges would go on for ever. */
const isProgram = ({ bot_id: id, user_id: user, user_name: name }) =>
  Boolean(id) || user === 'USLACKBOT' || name === 'slackbot' || String(name).endsWith(MARK);

async function receive(req) {
  if (req.method !== 'POST') throw Object.assign(new Error('POST only'), { status: 405 });
  const fields = await fieldsOf(req);
  if (!timingSafeEqual(digest(fields.token), digest(OUTGOING_TOKEN))) {
    throw Object.assign(new Error('not the token that was agreed on'), { status: 401 });
  }
  if (isProgram(fields) || !fields.text) return;
  await rooms.in('lobby').send(`${fields.user_name ?? 'somebody'}: ${fields.text}`);
}

const server = createServer((req, res) => {
  receive(req).then(
    // An empty answer: the other chat says nothing back.
    () => res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'),
    (error) => {
      complain(error);
      res.writeHead(error.status ?? 500, { Connection: 'close' }).end();
    },
  );
});

rooms.attach(srf).catch(complain);
srf.on('connect', (error, hostport) => {
  if (error) return complain(error);
  if (server.listening) return;
  server.listen(Number(PORT), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}/`);
    console.log(`connected; SIP is at ${hostport}`);
  });
});
srf.connect({ host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT), secret: DRACHTIO_SECRET });
