#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "participant.h"

/* The frame a sender repeats, built once. Each message differs in its sequence number (which is also its transaction id
   and Message-ID), its run and its time, all of fixed length. */
typedef struct MessageTemplate {
  char *frame;
  size_t length;
  size_t body;
  size_t body_length;
  size_t end_line_id;
} MessageTemplate;

/* What the text of a copy tells about its message. */
typedef struct {
  uint32_t run;
  uint32_t sequence;
  uint32_t sender;
  uint64_t sent_at;
} Stamp;

/* The SEND without a body that binds the connection to the session (RFC 4975 section 5.4). */
void message_bind(Participant *participant);
void message_prepare(Participant *sender);
void message_send(Participant *sender, const Stamp *stamp);

/* False when the body is not one of ours, such as a notice of the server. */
bool message_stamp(const Frame *copy, Stamp *stamp);
/* Whether the copy has every octet of the body that the sender sent. */
bool message_equal(const Participant *sender, const Stamp *stamp, const Frame *copy);

#endif
