#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "participant.h"
#include "stamp.h"

/* The frame a sender repeats, built once for a size. Each message differs in its sequence number (which is also its
   transaction id and Message-ID), its run and its time, all of fixed length. */
typedef struct MessageTemplate {
  char *frame;
  size_t length;
  /* Octets of text it was built for. */
  size_t text_length;
  size_t body;
  size_t body_length;
  /* Where in the body the text, and with it the stamp, begins. */
  size_t text;
  size_t end_line_id;
} MessageTemplate;

/* The SEND without a body that binds the connection to the session (RFC 4975 section 5.4). */
void message_bind(Participant *participant);
/* From now on it sends messages of so many octets of text. */
void message_prepare(Participant *sender, size_t text_length);
void message_send(Participant *sender, const Stamp *stamp);

/* Reads the stamp near the beginning of a body. False when it has none (yet), such as a notice of the server. */
bool message_stamp(const char *body, size_t length, Stamp *stamp);
size_t message_body_length(const Participant *sender);
/* Whether octets of a copy, from `at` of its body on, are those the sender sent. */
bool message_matches(const Participant *sender, const Stamp *stamp, size_t at, const char *data, size_t length);

#endif
