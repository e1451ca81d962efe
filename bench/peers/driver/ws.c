/* Participants of a broadcast over WebSocket (RFC 6455): texts as they are, or as events of Socket.IO (protocol 5, over
   that of Engine.IO 4). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { UPGRADING, OPEN };
enum { OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

/* RFC 6455 section 5.2. */
#define FINAL 0x80
#define MASKED 0x80

static const char handshake[] =
    "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: YmVuY2ggYmVuY2ggYmVuYw==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/* Section 5.3 wants a mask of a client; that of a bench is zero, so that nothing has to be masked here. The server does
   all of its work. */
static size_t put_header(char header[WS_HEADER_MAX], int opcode, size_t length) {
  size_t more = length > 65535 ? 8 : length > 125 ? 2 : 0;
  header[0] = (char)(FINAL | opcode);
  header[1] = (char)(MASKED | (more == 8 ? 127 : more == 2 ? 126 : length));
  for (size_t i = 0; i < more; i += 1) header[2 + i] = (char)(length >> 8 * (more - 1 - i));
  memset(header + 2 + more, 0, 4);
  return 2 + more + 4;
}

static void say(Peer *peer, int opcode, const char *payload, size_t length) {
  char header[WS_HEADER_MAX];
  peer_send(peer, header, put_header(header, opcode, length));
  peer_send(peer, payload, length);
}

static void build_framed(const char *before, const char *text, const char *after, MessageTemplate *message) {
  size_t payload = strlen(before) + strlen(text) + strlen(after);
  message->frame = malloc(WS_HEADER_MAX + payload + 1);
  size_t header = put_header(message->frame, OPCODE_TEXT, payload);
  sprintf(message->frame + header, "%s%s%s", before, text, after);
  message->length = header + payload;
  message->body = header + strlen(before);
}

static bool starts_with(const char *data, size_t length, const char *word) {
  return length >= strlen(word) && memcmp(data, word, strlen(word)) == 0;
}

/* Texts as they are. */

static void open_plain(Peer *peer) { peer_say(peer, handshake, "/"); }

static void build_plain(const Peer *peer, const char *text, MessageTemplate *message) {
  (void)peer;
  build_framed("", text, "", message);
}

/* Socket.IO. Engine.IO: 0 open, 2 ping, 3 pong, 4 message; in a message: 0 connect, 2 event, 4 error. */

#define EVENT "42[\"message\",\""
#define EVENT_END "\"]"

static void open_socket_io(Peer *peer) { peer_say(peer, handshake, "/socket.io/?EIO=4&transport=websocket"); }

static void build_socket_io(const Peer *peer, const char *text, MessageTemplate *message) {
  (void)peer;
  build_framed(EVENT, text, EVENT_END, message);
}

static void on_packet(Peer *peer, const char *data, size_t length, size_t octets, uint64_t now) {
  if (starts_with(data, length, EVENT)) {
    size_t around = sizeof EVENT - 1 + sizeof EVENT_END - 1;
    if (length > around) peer_received(peer, data + sizeof EVENT - 1, length - around, octets, now);
  } else if (starts_with(data, length, "0")) {
    say(peer, OPCODE_TEXT, "40", 2);
  } else if (starts_with(data, length, "2")) {
    say(peer, OPCODE_TEXT, "3", 1);
  } else if (starts_with(data, length, "40")) {
    peer_joined(peer);
  } else {
    peer_fail(peer, "an unexpected packet of Socket.IO");
  }
}

/* Both. */

static void on_payload(Peer *peer, int opcode, const char *data, size_t length, size_t octets, uint64_t now) {
  if (opcode == OPCODE_PING) say(peer, OPCODE_PONG, data, length);
  else if (opcode == OPCODE_CLOSE) peer_fail(peer, "closed by the server");
  else if (peer->protocol == &socket_io) on_packet(peer, data, length, octets, now);
  else peer_received(peer, data, length, octets, now);
}

/* The answer to the handshake. Its octets, 0 when not all are there. */
static size_t take_answer(Peer *peer, const char *data, size_t length) {
  const char *end = memmem(data, length, "\r\n\r\n", 4);
  if (!end) return 0;
  if (!starts_with(data, length, "HTTP/1.1 101 ")) return MALFORMED;
  peer->stage = OPEN;
  if (peer->protocol == &web_socket) peer_joined(peer);
  return (size_t)(end + 4 - data);
}

/* One frame; none of these servers sends a message in several. */
static size_t take_frame(Peer *peer, const char *data, size_t length, uint64_t now) {
  const unsigned char *octets = (const unsigned char *)data;
  if (length < 2) return 0;
  size_t more = octets[1] == 127 ? 8 : octets[1] == 126 ? 2 : 0;
  if (length < 2 + more) return 0;
  uint64_t payload = more == 0 ? octets[1] : 0;
  for (size_t i = 0; i < more; i += 1) payload = payload << 8 | octets[2 + i];
  int opcode = octets[0] & 15;
  if (!(octets[0] & FINAL) || octets[1] & MASKED || opcode == 0) return MALFORMED;
  size_t header = 2 + more;
  if (length - header < payload) return 0;
  on_payload(peer, opcode, data + header, payload, header + payload, now);
  return header + payload;
}

static size_t take(Peer *peer, const char *data, size_t length, uint64_t now) {
  size_t taken = 0;
  while (taken < length && peer->participant.link.fd >= 0) {
    const char *rest = data + taken;
    size_t more =
        peer->stage == UPGRADING ? take_answer(peer, rest, length - taken) : take_frame(peer, rest, length - taken, now);
    if (more == MALFORMED || more == 0) return more == 0 ? taken : MALFORMED;
    taken += more;
  }
  return taken;
}

const Protocol web_socket = {.name = "ws", .open = open_plain, .take = take, .build = build_plain};
const Protocol socket_io = {.name = "socket.io", .open = open_socket_io, .take = take, .build = build_socket_io};
