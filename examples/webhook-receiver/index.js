// Receives what happens in the rooms: checks the signature of each delivery and prints the event. Needs nothing but Node.
//
//     WEBHOOK_SECRET='correct horse battery staple' PORT=3000 node examples/webhook-receiver
//
// The server of the rooms is told so in its configuration:
//
//     webhooks:
//       - url: http://127.0.0.1:3000/
//         secret: correct horse battery staple
//         events: ['*']
const { createHmac, timingSafeEqual } = require('node:crypto');
const { createServer } = require('node:http');

const { WEBHOOK_SECRET: secret = '', PORT = '3000' } = process.env;
if (!secret) {
  console.error('WEBHOOK_SECRET has to be set: the secret of the webhook.');
  process.exit(2);
}

// Behind whsec_ it is Base64, else the text itself.
const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);

/** Whether who knows the secret sent just this, and within the last five minutes. */
function verify(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' } = headers;
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`);
  const isTrue = (given) => given.length === expected.length && timingSafeEqual(given, expected);
  // Several while a secret is being replaced by another.
  return (
    Math.abs(Date.now() / 1000 - Number(time)) < 300 && signatures.split(' ').some((each) => isTrue(Buffer.from(each)))
  );
}

/** Ids of last: a delivery whose answer was lost comes again. */
const seen = new Set();

function isNew(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > 1000) seen.delete(seen.values().next().value);
  return true;
}

/** Octets of the longest body; events are far shorter, but anybody can send something until its signature is checked. */
const MAX_BODY = 1_048_576;

/** Undefined for what is too long. */
async function bodyOf(request) {
  const chunks = [];
  let octets = 0;
  // Else the connection would be gone before the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    octets += chunk.length;
    if (octets > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function receive(request, response) {
  const body = await bodyOf(request);
  if (body === undefined) {
    console.log('refused: too long');
    response.writeHead(413, { Connection: 'close' }).end();
    return;
  }
  if (!verify(request.headers, body)) {
    console.log('refused: not signed with our secret, or too old');
    response.writeHead(401).end();
    return;
  }
  // At once: the next event comes only after the answer. What takes longer is done afterwards.
  response.writeHead(204).end();
  const { id, time, type, dropped, ...event } = JSON.parse(body);
  if (!isNew(id)) return;
  if (dropped) console.log(`${dropped} events were lost before this one`);
  console.log(time, type, JSON.stringify(event));
}

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.log(`lost: ${error.message}`);
    response.destroy();
  });
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`waiting at http://127.0.0.1:${server.address().port}/`));
