#define _GNU_SOURCE
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define DASHES "-------"
#define DASHES_LENGTH 7
/* More header octets than this before a blank line or an end-line are no frame. */
#define MAX_HEAD 65536

static bool starts_with(const char *data, size_t length, const char *word, size_t word_length) {
  return length >= word_length && memcmp(data, word, word_length) == 0;
}

/* "MSRP" SP transact-id SP (method / status-code [SP comment]) CRLF; returns where the line ends, NULL when malformed. */
static const char *read_start_line(const char *data, const char *newline, Frame *frame) {
  if (newline - data < 10 || memcmp(data, "MSRP ", 5) != 0 || newline[-1] != '\r') return NULL;
  const char *id = data + 5;
  const char *space = memchr(id, ' ', (size_t)(newline - id));
  if (!space || space == id || space - id > MAX_TRANSACTION_ID) return NULL;
  const char *word = space + 1;
  size_t word_length = (size_t)(newline - 1 - word);
  frame->transaction_id = id;
  frame->transaction_id_length = (size_t)(space - id);
  frame->status = word_length >= 3 && word[0] >= '0' && word[0] <= '9' ? atoi(word) : 0;
  frame->is_send = word_length == 4 && memcmp(word, "SEND", 4) == 0;
  return newline + 1;
}

static bool is_end_line(const char *line, const char *end, const Frame *frame) {
  size_t length = (size_t)(end - line);
  size_t id_length = frame->transaction_id_length;
  return length >= DASHES_LENGTH + id_length + 3 && memcmp(line, DASHES, DASHES_LENGTH) == 0 &&
         memcmp(line + DASHES_LENGTH, frame->transaction_id, id_length) == 0;
}

static void finish(const char *data, const char *end_line, Frame *frame) {
  size_t flag = DASHES_LENGTH + frame->transaction_id_length;
  frame->flag = end_line[flag];
  frame->length = (size_t)(end_line - data) + flag + 3;
}

/* Byte-Range: start-end/total. The octets a complete chunk has, or 0 when the end is not told. */
static size_t read_byte_range(const char *value, Frame *frame) {
  char *after;
  frame->start = strtoul(value, &after, 10);
  if (*after != '-' || after[1] < '0' || after[1] > '9') return 0;
  unsigned long end = strtoul(after + 1, NULL, 10);
  return end >= frame->start ? end - frame->start + 1 : 0;
}

size_t frame_end(const char *data, size_t length, const char *id, size_t id_length, size_t *at, char *flag) {
  char wanted[END_LINE_MAX];
  size_t wanted_length = 2 + DASHES_LENGTH + id_length;
  memcpy(wanted, "\r\n" DASHES, 2 + DASHES_LENGTH);
  memcpy(wanted + 2 + DASHES_LENGTH, id, id_length);
  const char *found = memmem(data, length, wanted, wanted_length);
  if (!found || (size_t)(data + length - found) < wanted_length + 3) return 0;
  *at = (size_t)(found - data);
  *flag = found[wanted_length];
  return wanted_length + 3;
}

static FrameResult read_body(const char *data, const char *end, size_t expected, Frame *frame) {
  const char *end_line = frame->body + expected + 2;
  if (expected > 0 && end_line < end && is_end_line(end_line, end, frame)) {
    frame->body_length = expected;
    finish(data, end_line, frame);
    return FRAME_COMPLETE;
  }
  /* RFC 4975 section 7.1: a Byte-Range end is no promise, an interrupted chunk is shorter. Only the end-line tells. */
  const char *from = frame->body - 2;
  size_t at;
  if (!frame_end(from, (size_t)(end - from), frame->transaction_id, frame->transaction_id_length, &at, &frame->flag)) {
    return FRAME_BODY;
  }
  frame->body_length = at > 2 ? at - 2 : 0;
  finish(data, from + at + 2, frame);
  return FRAME_COMPLETE;
}

FrameResult frame_read(const char *data, size_t length, Frame *frame) {
  const char *end = data + length;
  const char *newline = memchr(data, '\n', length < MAX_HEAD ? length : MAX_HEAD);
  if (!newline) return length < MAX_HEAD ? FRAME_INCOMPLETE : FRAME_MALFORMED;
  const char *line = read_start_line(data, newline, frame);
  if (!line) return FRAME_MALFORMED;
  size_t expected = 0;
  frame->headers = line;
  frame->message_id_length = 0;
  frame->confirmed = true;
  frame->start = 1;
  frame->body = NULL;
  frame->body_length = 0;
  while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
    if (*line == '-') {
      if (!is_end_line(line, end, frame)) return FRAME_MALFORMED;
      frame->headers_length = (size_t)(line - frame->headers);
      finish(data, line, frame);
      return FRAME_COMPLETE;
    }
    if (*line == '\r') {
      frame->headers_length = (size_t)(line - frame->headers);
      frame->body = newline + 1;
      return read_body(data, end, expected, frame);
    }
    size_t line_length = (size_t)(newline - line);
    if (starts_with(line, line_length, "Byte-Range: ", 12)) expected = read_byte_range(line + 12, frame);
    if (starts_with(line, line_length, "Failure-Report: ", 16)) frame->confirmed = line[16] == 'y';
    if (starts_with(line, line_length, "Message-ID: ", 12)) {
      frame->message_id = line + 12;
      frame->message_id_length = line_length - 13;
    }
    line = newline + 1;
  }
  return end - data < MAX_HEAD ? FRAME_INCOMPLETE : FRAME_MALFORMED;
}

const char *frame_from_path(const Frame *frame, size_t *length) {
  static const char name[] = "From-Path: ";
  const char *line = frame->headers;
  const char *end = frame->headers + frame->headers_length;
  const char *newline;
  *length = 0;
  while (line < end && (newline = memchr(line, '\n', (size_t)(end - line)))) {
    if (starts_with(line, (size_t)(newline - line), name, sizeof name - 1)) {
      const char *uri = line + sizeof name - 1;
      *length = strcspn(uri, " \r\n");
      return uri;
    }
    line = newline + 1;
  }
  return line;
}
