#ifndef BENCH_PARTICIPANT_H
#define BENCH_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "frame.h"

#define MAX_SENDERS 16

/* An MSRP endpoint that has joined a room: one connection, one session. */
typedef struct Participant {
  uint32_t index;
  int fd;
  bool connected;
  bool bound;
  /* Has octets to write at the end of this turn. */
  bool dirty;
  /* The socket took less than it was offered; waits for EPOLLOUT. */
  bool blocked;
  char *own_path;
  char *peer_path;
  /* The To-Path and From-Path lines of what it sends, and those it expects to receive. */
  char *sent_paths;
  size_t sent_paths_length;
  char *received_paths;
  size_t received_paths_length;
  char *room;
  char *from;
  Buffer in;
  Buffer out;
  /* The frame it sends in load runs, patched for each message (see message.h). */
  struct MessageTemplate *message;
  /* The last message received of each sender: they come in order, and once. */
  uint32_t last_sequence[MAX_SENDERS];
} Participant;

/* What a participant receives, other than what is answered here. */
void on_copy(Participant *recipient, const Frame *frame, uint64_t now);
void on_response(Participant *participant, const Frame *frame);
void on_failure(const Participant *participant, const char *reason);

/* Starts to connect; false with errno set when that is not possible. */
bool participant_connect(Participant *participant, int epoll, const char *host, int port);
void participant_on_events(Participant *participant, int epoll, uint32_t events);

void participant_send(Participant *participant, const char *data, size_t length);
/* Writes what all participants have been given since the last call. */
void participants_flush(int epoll);

uint64_t now_ns(void);

#endif
