#ifndef BENCH_PARTICIPANT_H
#define BENCH_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "frame.h"
#include "link.h"

#define MAX_SENDERS 16

/* A chunk whose headers were read and whose end was not. */
typedef struct {
  char transaction_id[MAX_TRANSACTION_ID];
  /* 0 when there is none. */
  size_t transaction_id_length;
  /* The copy it is a part of. */
  struct Copy *copy;
  /* Whether its success is answered. */
  bool confirmed;
} OpenChunk;

/* An MSRP endpoint that has joined a room: one connection, one session. */
typedef struct Participant {
  uint32_t index;
  /* Which of the rooms, set when a load run begins (see load.c). */
  uint32_t room_index;
  Link link;
  bool bound;
  /* Reads nothing. */
  bool stalled;
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
  /* Copies that have not come whole. */
  struct Copy *copies;
  OpenChunk chunk;
  /* The frame it sends in load runs, patched for each message (see message.h). */
  struct MessageTemplate *message;
  /* The last message received of each sender of the room: they come in order, and once. */
  uint32_t last_sequence[MAX_SENDERS];
} Participant;

/* What a participant receives, other than what is answered here. */
void on_copy(Participant *recipient, const struct Copy *copy, uint64_t now);
void on_response(Participant *participant, const Frame *frame);
void on_failure(const Participant *participant, const char *reason);

/* Starts to connect its link; false with errno set when that is not possible. */
bool participant_connect(Participant *participant, int epoll, const char *host, int port);
void participant_on_events(Participant *participant, int epoll, uint32_t events);

/* Stops reading, or goes on. */
void participant_stall(Participant *participant, int epoll, bool stalled);

/* What is sent next is one chunk of so many octets. */
void participant_begin_chunk(Participant *participant, size_t length);
void participant_send(Participant *participant, const char *data, size_t length);
/* Writes what all participants have been given since the last call. */
void participants_flush(int epoll);

uint64_t now_ns(void);

#endif
