#define _GNU_SOURCE
#include "participant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)

static char read_buffer[READ_SIZE];
static Participant **dirty;
static size_t dirty_count;
static size_t dirty_capacity;

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void watch(Participant *participant, int epoll, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = participant};
  epoll_ctl(epoll, operation, participant->fd, &event);
}

static void fail(Participant *participant, const char *reason) {
  if (participant->fd < 0) return;
  close(participant->fd);
  participant->fd = -1;
  participant->connected = participant->bound = false;
  on_failure(participant, reason);
}

bool participant_connect(Participant *participant, int epoll, const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    errno = EINVAL;
    return false;
  }
  participant->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (participant->fd < 0) return false;
  int on = 1;
  setsockopt(participant->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(participant->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) return false;
  watch(participant, epoll, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
  return true;
}

void participant_send(Participant *participant, const char *data, size_t length) {
  if (participant->fd < 0) return;
  buffer_append(&participant->out, data, length);
  if (participant->dirty) return;
  participant->dirty = true;
  if (dirty_count == dirty_capacity) {
    dirty_capacity = dirty_capacity ? dirty_capacity * 2 : 1024;
    dirty = realloc(dirty, dirty_capacity * sizeof *dirty);
    if (!dirty) {
      fprintf(stderr, "driver: out of memory\n");
      exit(1);
    }
  }
  dirty[dirty_count++] = participant;
}

static void flush_one(Participant *participant, int epoll) {
  if (!participant->connected || participant->blocked || buffer_length(&participant->out) == 0) return;
  ssize_t written =
      send(participant->fd, buffer_front(&participant->out), buffer_length(&participant->out), MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN) {
    fail(participant, strerror(errno));
    return;
  }
  if (written > 0) buffer_consume(&participant->out, (size_t)written);
  if (buffer_length(&participant->out) > 0) {
    participant->blocked = true;
    watch(participant, epoll, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
}

void participants_flush(int epoll) {
  for (size_t i = 0; i < dirty_count; i += 1) {
    dirty[i]->dirty = false;
    flush_one(dirty[i], epoll);
  }
  dirty_count = 0;
}

/* RFC 4975 section 7.2: To-Path of the response is the first URI of the From-Path of the request. */
static void answer(Participant *participant, const Frame *frame) {
  char head[64];
  size_t id_length = frame->transaction_id_length;
  memcpy(head, "MSRP ", 5);
  memcpy(head + 5, frame->transaction_id, id_length);
  memcpy(head + 5 + id_length, " 200 OK\r\n", 9);
  participant_send(participant, head, 14 + id_length);
  size_t expected = participant->received_paths_length;
  if (frame->headers_length >= expected && memcmp(frame->headers, participant->received_paths, expected) == 0) {
    participant_send(participant, participant->sent_paths, participant->sent_paths_length);
  } else {
    size_t length;
    const char *from_path = frame_from_path(frame, &length);
    participant_send(participant, "To-Path: ", 9);
    participant_send(participant, from_path, length);
    participant_send(participant, "\r\nFrom-Path: ", 13);
    participant_send(participant, participant->own_path, strlen(participant->own_path));
    participant_send(participant, "\r\n", 2);
  }
  memcpy(head, "-------", 7);
  memcpy(head + 7, frame->transaction_id, id_length);
  memcpy(head + 7 + id_length, "$\r\n", 3);
  participant_send(participant, head, 10 + id_length);
}

/* Takes all complete frames; returns how many octets they had, SIZE_MAX when the octets are not MSRP. */
static size_t take_frames(Participant *participant, const char *data, size_t length, uint64_t now) {
  size_t taken = 0;
  Frame frame;
  while (taken < length) {
    FrameResult result = frame_read(data + taken, length - taken, &frame);
    if (result == FRAME_MALFORMED) return SIZE_MAX;
    if (result == FRAME_INCOMPLETE) break;
    taken += frame.length;
    if (frame.status) {
      on_response(participant, &frame);
    } else if (frame.is_send) {
      answer(participant, &frame);
      on_copy(participant, &frame, now);
    }
    /* RFC 4975 section 7.2: a REPORT has no response. */
  }
  return taken;
}

static void receive(Participant *participant) {
  ssize_t count = recv(participant->fd, read_buffer, READ_SIZE, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    fail(participant, count == 0 ? "closed by the server" : strerror(errno));
    return;
  }
  uint64_t now = now_ns();
  if (buffer_length(&participant->in) == 0) {
    size_t taken = take_frames(participant, read_buffer, (size_t)count, now);
    if (taken == SIZE_MAX) fail(participant, "not an MSRP frame");
    else if (taken < (size_t)count) buffer_append(&participant->in, read_buffer + taken, (size_t)count - taken);
    return;
  }
  buffer_append(&participant->in, read_buffer, (size_t)count);
  size_t taken = take_frames(participant, buffer_front(&participant->in), buffer_length(&participant->in), now);
  if (taken == SIZE_MAX) fail(participant, "not an MSRP frame");
  else buffer_consume(&participant->in, taken);
}

void participant_on_events(Participant *participant, int epoll, uint32_t events) {
  if (participant->fd < 0) return;
  if (events & EPOLLOUT) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(participant->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
      fail(participant, strerror(error));
      return;
    }
    participant->connected = true;
    participant->blocked = false;
    watch(participant, epoll, EPOLL_CTL_MOD, EPOLLIN);
    flush_one(participant, epoll);
  }
  if (participant->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(participant);
}
