import { once } from 'node:events';
import { connect } from 'node:net';
import { HttpServer } from '../../../../plugin/api/http-server.js';
import { silent } from '../../../../lib/util/log.js';

// Node's own timers; it looks for slow requests every 30 s unless it is told otherwise.
test('who begins a request and does not go on is answered with 408, and holds the connection no longer', async () => {
  const server = new HttpServer({ log: silent });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  socket.write('POST /api/v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await server.close();
});

test('a connection may wait for its next request longer than the proxies that keep theirs for a minute', async () => {
  const server = new HttpServer({ log: silent });
  server.app.get('/', (context) => context.text('here'));
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.headers.get('keep-alive')).toBe('timeout=75');
  await response.text();
  await server.close();
});
