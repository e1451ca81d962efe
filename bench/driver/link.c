#define _GNU_SOURCE
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls.h"

#define OPCODE_BINARY 2
#define OPCODE_CLOSE 8
#define OPCODE_PING 9

bool link_kind(Link *link, const char *name) {
  link->tls = strcmp(name, "tls") == 0 || strcmp(name, "wss") == 0;
  link->ws = strcmp(name, "ws") == 0 || strcmp(name, "wss") == 0;
  return link->tls || link->ws || strcmp(name, "tcp") == 0;
}

bool link_connect(Link *link, const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    errno = EINVAL;
    return false;
  }
  link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (link->fd < 0) return false;
  int on = 1;
  setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connect(link->fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS;
}

void link_close(Link *link) {
  if (link->ssl) tls_free(link->ssl);
  link->ssl = NULL;
  close(link->fd);
  link->fd = -1;
  link->ready = false;
}

static ssize_t raw_read(Link *link, char *data, size_t length) {
  return link->ssl ? tls_read(link->ssl, data, length) : recv(link->fd, data, length, 0);
}

static ssize_t raw_write(Link *link, const char *data, size_t length) {
  return link->ssl ? tls_write(link->ssl, data, length) : send(link->fd, data, length, MSG_NOSIGNAL);
}

/* RFC 7977 section 4.1: the sub-protocol is "msrp". */
static const char upgrade[] =
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: YmVuY2ggYmVuY2ggYmVuYw==\r\nSec-WebSocket-Protocol: msrp\r\nSec-WebSocket-Version: 13\r\n\r\n";

/* The answer is read octet by octet: what follows it is frames already. */
static bool upgraded(Link *link, const char **reason) {
  if (!link->upgrading) {
    if (raw_write(link, upgrade, sizeof upgrade - 1) != (ssize_t)(sizeof upgrade - 1)) {
      *reason = "the WebSocket handshake could not be sent";
      return false;
    }
    link->upgrading = true;
  }
  while (link->held_length < sizeof link->held) {
    ssize_t count = raw_read(link, link->held + link->held_length, 1);
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) break;
    link->held_length += 1;
    if (link->held_length < 4 || memcmp(link->held + link->held_length - 4, "\r\n\r\n", 4) != 0) continue;
    link->ready = memcmp(link->held, "HTTP/1.1 101", 12) == 0;
    link->held_length = 0;
    if (link->ready) return true;
    break;
  }
  *reason = "the WebSocket handshake was refused";
  return false;
}

bool link_negotiate(Link *link, const char **reason) {
  if (link->tls && !link->upgrading) {
    if (!link->ssl && !(link->ssl = tls_new(link->fd, reason))) return false;
    int done = tls_handshake(link->ssl, reason);
    if (done <= 0) return done == 0;
  }
  if (link->ws) return upgraded(link, reason);
  link->ready = true;
  return true;
}

/* RFC 6455 section 5.2, as a server sends it: no mask. Returns the octets of the header, 0 when not all are there. */
static size_t read_header(Link *link) {
  const unsigned char *octets = (const unsigned char *)link->held;
  if (link->held_length < 2) return 0;
  size_t more = octets[1] == 127 ? 8 : octets[1] == 126 ? 2 : 0;
  if (link->held_length < 2 + more) return 0;
  uint64_t length = more == 0 ? octets[1] : 0;
  for (size_t i = 0; i < more; i += 1) length = length << 8 | octets[2 + i];
  link->payload_left = length;
  link->payload_is_control = (octets[0] & 15) >= OPCODE_CLOSE;
  link->ping |= (octets[0] & 15) == OPCODE_PING;
  return 2 + more;
}

/* Takes the WebSocket framing out of what was read, in place; returns the octets of payload. */
static size_t unwrap(Link *link, char *data, size_t length) {
  size_t from = 0;
  size_t kept = 0;
  while (from < length) {
    if (link->payload_left == 0) {
      link->held[link->held_length++] = data[from++];
      if (read_header(link) > 0) link->held_length = 0;
      continue;
    }
    size_t take = length - from < link->payload_left ? length - from : (size_t)link->payload_left;
    if (!link->payload_is_control) {
      memmove(data + kept, data + from, take);
      kept += take;
    }
    from += take;
    link->payload_left -= take;
  }
  return kept;
}

ssize_t link_read(Link *link, char *data, size_t length) {
  ssize_t count = raw_read(link, data, length);
  if (count <= 0 || !link->ws) return count;
  size_t kept = unwrap(link, data, (size_t)count);
  if (kept > 0) return (ssize_t)kept;
  errno = EAGAIN;
  return -1;
}

ssize_t link_write(Link *link, const char *data, size_t length) { return raw_write(link, data, length); }

/* RFC 6455 section 5.3 wants a mask of a client; that of a bench is zero, so that nothing has to be masked here. The
   server does all of its work. */
size_t link_chunk_header(const Link *link, uint64_t length, char header[WS_HEADER_MAX]) {
  if (!link->ws) return 0;
  size_t more = length > 65535 ? 8 : length > 125 ? 2 : 0;
  header[0] = (char)(0x80 | OPCODE_BINARY);
  header[1] = (char)(0x80 | (more == 8 ? 127 : more == 2 ? 126 : length));
  for (size_t i = 0; i < more; i += 1) header[2 + i] = (char)(length >> 8 * (more - 1 - i));
  memset(header + 2 + more, 0, 4);
  return 2 + more + 4;
}
