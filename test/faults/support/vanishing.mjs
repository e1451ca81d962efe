// A reader in a process of its own, which can be stopped as a machine that loses its power: it binds its session, says so,
// and answers nothing. Argument: JSON { port, own, peer }.
import { connect } from 'node:net';

const { port, own, peer } = JSON.parse(process.argv[2]);
const socket = connect(port, '127.0.0.1', () => {
  socket.write(
    `MSRP bind0000 SEND\r\nTo-Path: ${peer}\r\nFrom-Path: ${own}\r\nMessage-ID: bind0000\r\nByte-Range: 1-0/0\r\n-------bind0000$\r\n`,
  );
});
socket.once('data', () => process.stdout.write('bound\n'));
socket.on('error', () => process.exit(1));
