#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* One copy of a message on its way to one participant, in as many chunks as the server likes. Its octets are not kept:
   each piece is compared with what was sent as it comes. */
typedef struct Copy {
  struct Copy *next;
  char message_id[40];
  /* Octets of body, and of frames. */
  size_t length;
  size_t octets;
  /* The body to the end of its stamp, until that is there. */
  char head[512];
  size_t head_length;
  bool stamped;
  /* It came, or comes, in more than one chunk. */
  bool chunked;
  Stamp stamp;
  /* Whether its octets are compared, what with, and whether they were equal. */
  bool verified;
  const Participant *sender;
  bool altered;
} Copy;

/* The copy that a chunk is a part of; NULL when it is the middle of one that has not begun. */
Copy *copy_of(Copy **copies, const char *message_id, size_t length, size_t start);
/* Takes the next octets of the body. */
void copy_push(Copy *copy, const char *data, size_t length);
void copy_forget(Copy **copies, Copy *copy);

/* Whether octets of this message are to be compared, and who sent it; NULL when it was not sent in this run. */
const Participant *on_stamp(const Stamp *stamp, bool *verify);

#endif
