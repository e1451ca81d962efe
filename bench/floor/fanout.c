/* The batching C floor: what a fan-out of the same octets costs with nothing between it and the kernel. Each request is
   answered 200; a body goes to all others of the room with a transaction id and paths of their own; all that is for one
   connection in one turn of epoll leaves in one write; the 200s that come back are verified and skipped. No SIP, no CPIM,
   no checks, no TLS: it trusts the driver, whose modules it shares.

     fanout PORT always|partial|never      the last two say in each copy that success is not answered */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../driver/buffer.h"
#include "../driver/frame.h"

#define BACKLOG 4096
#define MAX_EVENTS 256
#define READ_SIZE (256 * 1024)
/* Transaction ids of requests to participants: ten digits of a secret, eight of a counter, as long as the server's. */
#define SECRET 10
#define ID (SECRET + 8)
/* A session-id begins with its room, in so many hexadecimal digits. */
#define ROOM_DIGITS 4

typedef struct {
  int fd;
  bool dirty;
  bool blocked;
  struct Room *room;
  /* To-Path and From-Path lines towards it; none until its first request has told them. */
  char *paths;
  size_t paths_length;
  Buffer in;
  Buffer out;
} Connection;

typedef struct Room {
  Connection **members;
  size_t count;
} Room;

static int epoll;
static Room rooms[1 << 4 * ROOM_DIGITS];
static Connection *dirty[1 << 16];
static size_t dirty_count;
static char read_buffer[READ_SIZE];
static char id[ID + 1];
static uint32_t counter;
static const char *failure_report = "";

static void fatal(const char *what) {
  fprintf(stderr, "fanout: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void next_id(void) {
  counter += 1;
  for (int i = 0; i < 8; i += 1) id[ID - 1 - i] = "0123456789abcdef"[counter >> 4 * i & 15];
}

static void mark(Connection *connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty[dirty_count++] = connection;
}

static char *put(char *at, const char *data, size_t length) { return (char *)memcpy(at, data, length) + length; }

/* Where so many octets are to be written; they leave at the end of the turn. */
static char *reserve(Connection *connection, size_t length) {
  mark(connection);
  return buffer_reserve(&connection->out, length);
}

static void answer(Connection *connection, const char *their_id, size_t length) {
  char *at = reserve(connection, 24 + 2 * length + connection->paths_length);
  at = put(put(put(at, "MSRP ", 5), their_id, length), " 200 OK\r\n", 9);
  at = put(put(at, connection->paths, connection->paths_length), "-------", 7);
  put(put(at, their_id, length), "$\r\n", 3);
}

/* `shared` is the frame from Byte-Range to the CRLF before the end-line. */
static void copy(Connection *connection, const char *shared, size_t shared_length) {
  size_t report = strlen(failure_report);
  next_id();
  char *at = reserve(connection, 36 + 3 * ID + connection->paths_length + report + shared_length);
  at = put(put(put(at, "MSRP ", 5), id, ID), " SEND\r\n", 7);
  at = put(put(put(at, connection->paths, connection->paths_length), "Message-ID: ", 12), id, ID);
  at = put(put(put(at, "\r\n", 2), failure_report, report), shared, shared_length);
  put(put(put(at, "-------", 7), id, ID), "$\r\n", 3);
}

/* The value of a header field, which is there. */
static const char *field(const Frame *frame, const char *name, int *length) {
  const char *value = memmem(frame->headers, frame->headers_length, name, strlen(name)) + strlen(name);
  *length = (int)strcspn(value, "\r");
  return value;
}

static void enter(Connection *connection, const Frame *frame) {
  int to_length, from_length;
  const char *to = field(frame, "To-Path: ", &to_length);
  const char *from = field(frame, "From-Path: ", &from_length);
  connection->paths_length = (size_t)asprintf(&connection->paths, "To-Path: %.*s\r\nFrom-Path: %.*s\r\n", from_length, from,
                                              to_length, to);
  /* msrp://host:port/session-id;tcp */
  const char *session = memchr(to + sizeof "msrp://", '/', (size_t)to_length - sizeof "msrp://") + 1;
  char digits[ROOM_DIGITS + 1] = {0};
  Room *room = &rooms[strtoul(memcpy(digits, session, ROOM_DIGITS), NULL, 16)];
  room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
  if (!room->members) fatal("memory");
  room->members[room->count++] = connection;
  connection->room = room;
}

static void on_request(Connection *sender, const Frame *frame) {
  if (!sender->paths) enter(sender, frame);
  answer(sender, frame->transaction_id, frame->transaction_id_length);
  if (frame->body_length == 0) return;
  const char *shared = memmem(frame->headers, frame->headers_length, "Byte-Range: ", 12);
  size_t length = (size_t)(frame->body + frame->body_length + 2 - shared);
  for (size_t i = 0; i < sender->room->count; i += 1) {
    if (sender->room->members[i] != sender) copy(sender->room->members[i], shared, length);
  }
}

/* Octets of a 200 to one of our requests, on one connection always the same; 0 when this is something else. */
static size_t own_response(const Connection *connection, const char *data, size_t length) {
  size_t whole = 24 + 2 * ID + connection->paths_length;
  if (!connection->paths || length < whole || memcmp(data + 5, id, SECRET) != 0) return 0;
  if (memcmp(data + 5 + ID, " 200", 4) != 0 || memcmp(data + whole - 3 - ID, data + 5, ID) != 0) return 0;
  return whole;
}

static size_t take_frames(Connection *connection, const char *data, size_t length) {
  size_t taken = 0;
  Frame frame;
  while (taken < length) {
    size_t skipped = own_response(connection, data + taken, length - taken);
    if (skipped == 0) {
      if (frame_read(data + taken, length - taken, &frame) != FRAME_COMPLETE) break;
      if (frame.is_send) on_request(connection, &frame);
      skipped = frame.length;
    }
    taken += skipped;
  }
  return taken;
}

static void watch(Connection *connection, int operation) {
  struct epoll_event event = {.events = EPOLLIN | (connection->blocked ? EPOLLOUT : 0), .data.ptr = connection};
  if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) fatal("epoll");
}

/* Who has left gets nothing more; its memory stays, as the process ends with the row. */
static void leave(Connection *connection) {
  close(connection->fd);
  connection->fd = -1;
  Room *room = connection->room;
  for (size_t i = 0; room && i < room->count; i += 1) {
    if (room->members[i] != connection) continue;
    room->members[i] = room->members[--room->count];
    break;
  }
}

static void receive(Connection *connection) {
  ssize_t count = recv(connection->fd, read_buffer, READ_SIZE, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    leave(connection);
    return;
  }
  bool fresh = buffer_length(&connection->in) == 0;
  if (!fresh) buffer_append(&connection->in, read_buffer, (size_t)count);
  const char *data = fresh ? read_buffer : buffer_front(&connection->in);
  size_t length = fresh ? (size_t)count : buffer_length(&connection->in);
  size_t taken = take_frames(connection, data, length);
  if (!fresh) buffer_consume(&connection->in, taken);
  else if (taken < length) buffer_append(&connection->in, data + taken, length - taken);
}

static void flush(Connection *connection) {
  Buffer *out = &connection->out;
  connection->dirty = false;
  if (connection->fd < 0 || connection->blocked || buffer_length(out) == 0) return;
  ssize_t written = send(connection->fd, buffer_front(out), buffer_length(out), MSG_NOSIGNAL);
  if (written > 0) buffer_consume(out, (size_t)written);
  if (buffer_length(out) == 0) return;
  connection->blocked = true;
  watch(connection, EPOLL_CTL_MOD);
}

static void accept_one(int listener) {
  Connection *connection = calloc(1, sizeof *connection);
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  int on = 1;
  if (!connection || fd < 0) fatal("accept");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connection->fd = fd;
  watch(connection, EPOLL_CTL_ADD);
}

static void on_events(Connection *connection, uint32_t events) {
  if (events & EPOLLOUT) {
    connection->blocked = false;
    watch(connection, EPOLL_CTL_MOD);
    mark(connection);
  }
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
}

static int listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0) fatal("listen");
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  if (strcmp(argv[2], "partial") == 0) failure_report = "Failure-Report: partial\r\n";
  if (strcmp(argv[2], "never") == 0) failure_report = "Failure-Report: no\r\n";
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  unsigned char secret[SECRET];
  if (getrandom(secret, sizeof secret, 0) != SECRET) fatal("random");
  for (int i = 0; i < SECRET; i += 1) id[i] = "0123456789abcdef"[secret[i] & 15];
  epoll = epoll_create1(EPOLL_CLOEXEC);
  int listener = listen_on(atoi(argv[1]));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) fatal("epoll");
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i += 1) {
      if (events[i].data.ptr) on_events(events[i].data.ptr, events[i].events);
      else accept_one(listener);
    }
    for (size_t i = 0; i < dirty_count; i += 1) flush(dirty[i]);
    dirty_count = 0;
  }
}
