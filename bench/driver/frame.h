#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_TRANSACTION_ID 32
/* CRLF, hyphens, transaction id, flag, CRLF. */
#define END_LINE_MAX (2 + 7 + MAX_TRANSACTION_ID + 3)

/* One MSRP request or response (RFC 4975 section 9). The pointers are into the octets it was read from. */
typedef struct {
  const char *transaction_id;
  size_t transaction_id_length;
  /* 0 for a request. */
  int status;
  bool is_send;
  /* Failure-Report is neither "partial" nor "no" (RFC 4975 section 7.1.2): success is answered too. */
  bool confirmed;
  const char *headers;
  size_t headers_length;
  const char *message_id;
  size_t message_id_length;
  /* First position of Byte-Range, 1 when there is none. */
  size_t start;
  const char *body;
  size_t body_length;
  /* '$', '+' or '#'. */
  char flag;
  /* Of the whole frame, end-line included. */
  size_t length;
} Frame;

/* FRAME_BODY: the headers are there, the end of the body is not. */
typedef enum { FRAME_COMPLETE, FRAME_INCOMPLETE, FRAME_BODY, FRAME_MALFORMED } FrameResult;

FrameResult frame_read(const char *data, size_t length, Frame *frame);

/* Looks for the end of a body whose frame has this id. Returns the octets of the end-line, the CRLF in front of it
   included, with where it begins and its flag; 0 when it is not there as a whole. */
size_t frame_end(const char *data, size_t length, const char *id, size_t id_length, size_t *at, char *flag);

/* The first URI of the From-Path header; its length is 0 when there is none. */
const char *frame_from_path(const Frame *frame, size_t *length);

#endif
