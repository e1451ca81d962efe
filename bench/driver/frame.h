#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>

/* One MSRP request or response (RFC 4975 section 9). The pointers are into the octets it was read from. */
typedef struct {
  const char *transaction_id;
  size_t transaction_id_length;
  /* 0 for a request. */
  int status;
  bool is_send;
  const char *headers;
  size_t headers_length;
  const char *body;
  size_t body_length;
  /* Of the whole frame, end-line included. */
  size_t length;
} Frame;

typedef enum { FRAME_COMPLETE, FRAME_INCOMPLETE, FRAME_MALFORMED } FrameResult;

FrameResult frame_read(const char *data, size_t length, Frame *frame);

/* The first URI of the From-Path header; its length is 0 when there is none. */
const char *frame_from_path(const Frame *frame, size_t *length);

#endif
