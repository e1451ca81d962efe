#define _GNU_SOURCE
#include "participant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "copy.h"

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

static void watch(Participant *participant, int epoll, int operation) {
  /* Before the link is ready only what arrives matters, once it is connected at all. */
  bool writes = participant->blocked || operation == EPOLL_CTL_ADD;
  struct epoll_event event = {
      .events = (participant->stalled ? 0 : EPOLLIN) | (writes ? EPOLLOUT : 0),
      .data.ptr = participant,
  };
  epoll_ctl(epoll, operation, participant->link.fd, &event);
}

static void fail(Participant *participant, const char *reason) {
  if (participant->link.fd < 0) return;
  link_close(&participant->link);
  participant->bound = false;
  on_failure(participant, reason);
}

bool participant_connect(Participant *participant, int epoll, const char *host, int port) {
  if (!link_connect(&participant->link, host, port)) return false;
  watch(participant, epoll, EPOLL_CTL_ADD);
  return true;
}

void participant_stall(Participant *participant, int epoll, bool stalled) {
  participant->stalled = stalled;
  if (participant->link.fd >= 0) watch(participant, epoll, EPOLL_CTL_MOD);
}

void participant_begin_chunk(Participant *participant, size_t length) {
  char header[WS_HEADER_MAX];
  size_t header_length = link_chunk_header(&participant->link, length, header);
  if (header_length > 0) participant_send(participant, header, header_length);
}

void participant_send(Participant *participant, const char *data, size_t length) {
  if (participant->link.fd < 0) return;
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
  if (!participant->link.ready || participant->blocked || buffer_length(&participant->out) == 0) return;
  /* TLS takes a record at a time. */
  while (buffer_length(&participant->out) > 0) {
    ssize_t written =
        link_write(&participant->link, buffer_front(&participant->out), buffer_length(&participant->out));
    if (written < 0 && errno != EAGAIN) {
      fail(participant, strerror(errno));
      return;
    }
    if (written <= 0) {
      participant->blocked = true;
      watch(participant, epoll, EPOLL_CTL_MOD);
      return;
    }
    buffer_consume(&participant->out, (size_t)written);
  }
}

void participants_flush(int epoll) {
  for (size_t i = 0; i < dirty_count; i += 1) {
    dirty[i]->dirty = false;
    flush_one(dirty[i], epoll);
  }
  dirty_count = 0;
}

/* The answer to a chunk with this id; `paths` are its To-Path and From-Path lines. */
static void answer(Participant *participant, const char *id, size_t id_length, const char *paths, size_t length) {
  char head[64];
  participant_begin_chunk(participant, 24 + 2 * id_length + length);
  memcpy(head, "MSRP ", 5);
  memcpy(head + 5, id, id_length);
  memcpy(head + 5 + id_length, " 200 OK\r\n", 9);
  participant_send(participant, head, 14 + id_length);
  participant_send(participant, paths, length);
  memcpy(head, "-------", 7);
  memcpy(head + 7, id, id_length);
  memcpy(head + 7 + id_length, "$\r\n", 3);
  participant_send(participant, head, 10 + id_length);
}

static bool has_usual_paths(const Participant *participant, const Frame *frame) {
  size_t expected = participant->received_paths_length;
  return frame->headers_length >= expected && memcmp(frame->headers, participant->received_paths, expected) == 0;
}

static void answer_frame(Participant *participant, const Frame *frame) {
  const char *id = frame->transaction_id;
  if (has_usual_paths(participant, frame)) {
    answer(participant, id, frame->transaction_id_length, participant->sent_paths, participant->sent_paths_length);
    return;
  }
  /* RFC 4975 section 7.2: To-Path of the response is the first URI of the From-Path of the request. */
  size_t length;
  const char *from_path = frame_from_path(frame, &length);
  char paths[1024];
  int written = snprintf(paths, sizeof paths, "To-Path: %.*s\r\nFrom-Path: %s\r\n", (int)length, from_path,
                         participant->own_path);
  if (written < (int)sizeof paths) answer(participant, id, frame->transaction_id_length, paths, (size_t)written);
}

/* The last chunk of a copy came, or the server gave it up. */
static void finish_copy(Participant *participant, Copy *copy, char flag, uint64_t now) {
  if (flag == '+') return;
  if (flag == '$') on_copy(participant, copy, now);
  else on_failure(participant, "a message was given up");
  copy_forget(&participant->copies, copy);
}

/* A whole message in one frame is most of the work, and needs nothing to be remembered. */
static void take_send(Participant *participant, const Frame *frame, uint64_t now) {
  if (frame->confirmed) answer_frame(participant, frame);
  if (frame->flag == '$' && frame->start == 1) {
    Copy copy = {.octets = frame->length, .head_length = sizeof copy.head};
    copy.stamped = message_stamp(frame->body, frame->body_length, &copy.stamp);
    copy.sender = copy.stamped ? on_stamp(&copy.stamp, &copy.verified) : NULL;
    copy.verified = copy.verified && copy.sender;
    if (frame->body_length > 0) copy_push(&copy, frame->body, frame->body_length);
    on_copy(participant, &copy, now);
    return;
  }
  Copy *copy = copy_of(&participant->copies, frame->message_id, frame->message_id_length, frame->start);
  if (!copy) {
    on_failure(participant, "a chunk does not go on where its message broke off");
    return;
  }
  copy->octets += frame->length;
  copy_push(copy, frame->body, frame->body_length);
  finish_copy(participant, copy, frame->flag, now);
}

/* The headers of a SEND whose body has not come whole. Returns the octets taken, 0 to wait for all of it. */
static size_t open_chunk(Participant *participant, const char *data, const Frame *frame) {
  OpenChunk *chunk = &participant->chunk;
  if (!frame->is_send || !has_usual_paths(participant, frame)) return 0;
  chunk->copy = copy_of(&participant->copies, frame->message_id, frame->message_id_length, frame->start);
  if (!chunk->copy) {
    on_failure(participant, "a chunk does not go on where its message broke off");
    return 0;
  }
  memcpy(chunk->transaction_id, frame->transaction_id, frame->transaction_id_length);
  chunk->transaction_id_length = frame->transaction_id_length;
  chunk->confirmed = frame->confirmed;
  size_t head = (size_t)(frame->body - data);
  chunk->copy->octets += head;
  return head;
}

/* Body octets up to the end of what was read, or of the chunk. Returns how many were taken. */
static size_t take_body(Participant *participant, const char *data, size_t length, uint64_t now) {
  OpenChunk *chunk = &participant->chunk;
  size_t id_length = chunk->transaction_id_length;
  size_t at;
  char flag;
  size_t end_line = frame_end(data, length, chunk->transaction_id, id_length, &at, &flag);
  if (end_line == 0) {
    /* What may be the beginning of the end-line stays. */
    size_t body = length > END_LINE_MAX ? length - END_LINE_MAX : 0;
    copy_push(chunk->copy, data, body);
    chunk->copy->octets += body;
    return body;
  }
  copy_push(chunk->copy, data, at);
  chunk->copy->octets += at + end_line;
  chunk->transaction_id_length = 0;
  if (chunk->confirmed) {
    answer(participant, chunk->transaction_id, id_length, participant->sent_paths, participant->sent_paths_length);
  }
  finish_copy(participant, chunk->copy, flag, now);
  return at + end_line;
}

/* Takes all there is of frames; returns how many octets that was, SIZE_MAX when the octets are not MSRP. */
static size_t take_frames(Participant *participant, const char *data, size_t length, uint64_t now) {
  size_t taken = 0;
  Frame frame;
  while (taken < length) {
    if (participant->chunk.transaction_id_length > 0) {
      taken += take_body(participant, data + taken, length - taken, now);
      if (participant->chunk.transaction_id_length > 0) break;
      continue;
    }
    FrameResult result = frame_read(data + taken, length - taken, &frame);
    if (result == FRAME_MALFORMED) return SIZE_MAX;
    if (result == FRAME_INCOMPLETE) break;
    if (result == FRAME_BODY) {
      size_t opened = open_chunk(participant, data + taken, &frame);
      if (opened == 0) break;
      taken += opened;
      continue;
    }
    taken += frame.length;
    if (frame.status) on_response(participant, &frame);
    else if (frame.is_send) take_send(participant, &frame, now);
    /* RFC 4975 section 7.2: a REPORT has no response. */
  }
  return taken;
}

/* Reads once; false when nothing was there. */
static bool receive(Participant *participant) {
  ssize_t count = link_read(&participant->link, read_buffer, READ_SIZE);
  if (participant->link.ping) {
    participant->link.ping = false;
    participant_send(participant, WS_PONG, WS_PONG_LENGTH);
  }
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) {
    fail(participant, count == 0 ? "closed by the server" : strerror(errno));
    return false;
  }
  uint64_t now = now_ns();
  bool fresh = buffer_length(&participant->in) == 0;
  if (!fresh) buffer_append(&participant->in, read_buffer, (size_t)count);
  const char *data = fresh ? read_buffer : buffer_front(&participant->in);
  size_t length = fresh ? (size_t)count : buffer_length(&participant->in);
  size_t taken = take_frames(participant, data, length, now);
  if (taken == SIZE_MAX) fail(participant, "not an MSRP frame");
  else if (!fresh) buffer_consume(&participant->in, taken);
  else if (taken < length) buffer_append(&participant->in, data + taken, length - taken);
  return participant->link.fd >= 0;
}

static void negotiate(Participant *participant, int epoll) {
  const char *reason;
  if (!link_negotiate(&participant->link, &reason)) fail(participant, reason);
  else if (participant->link.ready) flush_one(participant, epoll);
}

void participant_on_events(Participant *participant, int epoll, uint32_t events) {
  if (participant->link.fd < 0) return;
  if (participant->stalled && events & (EPOLLHUP | EPOLLERR)) {
    /* As the server may do with one who does not read. */
    link_close(&participant->link);
    return;
  }
  if (events & EPOLLOUT) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(participant->link.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
      fail(participant, strerror(error));
      return;
    }
    participant->blocked = false;
    watch(participant, epoll, EPOLL_CTL_MOD);
    if (participant->link.ready) flush_one(participant, epoll);
  }
  if (!participant->link.ready) {
    negotiate(participant, epoll);
    if (participant->link.fd < 0 || !participant->link.ready) return;
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || participant->stalled) return;
  /* What TLS has read ahead raises no event. */
  while (receive(participant) && participant->link.tls);
}
