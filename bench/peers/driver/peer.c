#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define READ_SIZE (256 * 1024)

static char read_buffer[READ_SIZE];
static Peer **dirty;
static size_t dirty_count;
static size_t dirty_capacity;

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void watch(Peer *peer, int epoll, int operation) {
  bool writes = peer->participant.blocked || operation == EPOLL_CTL_ADD;
  struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = peer};
  epoll_ctl(epoll, operation, peer->participant.link.fd, &event);
}

void peer_fail(Peer *peer, const char *reason) {
  if (peer->participant.link.fd < 0) return;
  link_close(&peer->participant.link);
  peer->participant.bound = false;
  on_failure(&peer->participant, reason);
}

bool peer_connect(Peer *peer, int epoll, const char *host, int port) {
  link_kind(&peer->participant.link, "tcp");
  if (!link_connect(&peer->participant.link, host, port)) return false;
  watch(peer, epoll, EPOLL_CTL_ADD);
  return true;
}

void peer_send(Peer *peer, const char *data, size_t length) {
  if (peer->participant.link.fd < 0) return;
  buffer_append(&peer->participant.out, data, length);
  if (peer->participant.dirty) return;
  peer->participant.dirty = true;
  if (dirty_count == dirty_capacity) {
    dirty_capacity = dirty_capacity ? dirty_capacity * 2 : 1024;
    dirty = realloc(dirty, dirty_capacity * sizeof *dirty);
    if (!dirty) {
      fprintf(stderr, "driver: out of memory\n");
      exit(1);
    }
  }
  dirty[dirty_count++] = peer;
}

void peer_say(Peer *peer, const char *format, ...) {
  char *text;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) {
    peer_fail(peer, "out of memory");
    return;
  }
  peer_send(peer, text, (size_t)length);
  free(text);
}

static void flush_one(Peer *peer, int epoll) {
  Participant *participant = &peer->participant;
  size_t length = buffer_length(&participant->out);
  if (!peer->opened || participant->link.fd < 0 || participant->blocked || length == 0) return;
  ssize_t written = link_write(&participant->link, buffer_front(&participant->out), length);
  if (written < 0 && errno != EAGAIN) {
    peer_fail(peer, strerror(errno));
    return;
  }
  if (written > 0) buffer_consume(&participant->out, (size_t)written);
  if (written == (ssize_t)length) return;
  participant->blocked = true;
  watch(peer, epoll, EPOLL_CTL_MOD);
}

void participants_flush(int epoll) {
  for (size_t i = 0; i < dirty_count; i += 1) {
    dirty[i]->participant.dirty = false;
    flush_one(dirty[i], epoll);
  }
  dirty_count = 0;
}

/* What the load module is told in place of the 200 of MSRP. */
static void accepted(Peer *peer) {
  Frame ok = {.status = 200};
  on_response(&peer->participant, &ok);
}

void peer_joined(Peer *peer) {
  if (!peer->participant.bound) accepted(peer);
}

void message_prepare(Participant *sender, size_t text_length) {
  Peer *peer = (Peer *)sender;
  if (sender->message && sender->message->text_length == text_length) return;
  if (sender->message) free(sender->message->frame);
  free(sender->message);
  MessageTemplate *message = sender->message = calloc(1, sizeof *message);
  char *text = malloc(text_length + 1);
  stamp_fill(text, text_length, false);
  text[text_length] = 0;
  message->text_length = message->body_length = text_length;
  peer->protocol->build(peer, text, message);
  free(text);
}

void message_send(Participant *sender, const Stamp *stamp) {
  Peer *peer = (Peer *)sender;
  stamp_write(sender->message->frame + sender->message->body, stamp);
  peer_send(peer, sender->message->frame, sender->message->length);
  if (!peer->protocol->reflects) accepted(peer);
}

size_t message_body_length(const Participant *sender) { return sender->message->body_length; }

static bool is_altered(const Copy *copy, const char *text, size_t length) {
  const MessageTemplate *sent = copy->sender->message;
  stamp_write(sent->frame + sent->body, &copy->stamp);
  return length != sent->body_length || memcmp(sent->frame + sent->body, text, length) != 0;
}

void peer_received(Peer *peer, const char *text, size_t length, size_t octets, uint64_t now) {
  Copy copy = {.octets = octets, .length = length};
  /* What the room itself says is no copy. */
  if (!stamp_read(text, length, &copy.stamp)) return;
  if (peer->protocol->reflects && copy.stamp.sender == peer->participant.index) {
    accepted(peer);
    return;
  }
  copy.stamped = true;
  copy.sender = on_stamp(&copy.stamp, &copy.verified);
  copy.verified = copy.verified && copy.sender;
  if (copy.verified) copy.altered = is_altered(&copy, text, length);
  on_copy(&peer->participant, &copy, now);
}

static void receive(Peer *peer) {
  Participant *participant = &peer->participant;
  ssize_t count = link_read(&participant->link, read_buffer, READ_SIZE);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    peer_fail(peer, count == 0 ? "closed by the server" : strerror(errno));
    return;
  }
  uint64_t now = now_ns();
  bool fresh = buffer_length(&participant->in) == 0;
  if (!fresh) buffer_append(&participant->in, read_buffer, (size_t)count);
  const char *data = fresh ? read_buffer : buffer_front(&participant->in);
  size_t length = fresh ? (size_t)count : buffer_length(&participant->in);
  size_t taken = peer->protocol->take(peer, data, length, now);
  if (taken == MALFORMED) peer_fail(peer, "what came is none of its protocol");
  else if (!fresh) buffer_consume(&participant->in, taken);
  else if (taken < length) buffer_append(&participant->in, data + taken, length - taken);
}

void peer_on_events(Peer *peer, int epoll, uint32_t events) {
  Participant *participant = &peer->participant;
  if (participant->link.fd < 0) return;
  if (events & EPOLLOUT) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(participant->link.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
      peer_fail(peer, strerror(error));
      return;
    }
    participant->blocked = false;
    watch(peer, epoll, EPOLL_CTL_MOD);
    if (!peer->opened) {
      peer->opened = true;
      peer->protocol->open(peer);
    }
    flush_one(peer, epoll);
  }
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && participant->link.fd >= 0) receive(peer);
}
