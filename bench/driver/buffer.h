#ifndef BENCH_BUFFER_H
#define BENCH_BUFFER_H

#include <stddef.h>

/* Octets that grow at the end and are consumed from the front. */
typedef struct {
  char *data;
  size_t start;
  size_t end;
  size_t capacity;
} Buffer;

/* So many octets more at the end, for the caller to write. */
char *buffer_reserve(Buffer *buffer, size_t length);
void buffer_append(Buffer *buffer, const char *data, size_t length);
void buffer_consume(Buffer *buffer, size_t length);

static inline size_t buffer_length(const Buffer *buffer) { return buffer->end - buffer->start; }
static inline char *buffer_front(const Buffer *buffer) { return buffer->data + buffer->start; }

#endif
