#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_room(Buffer *buffer, size_t length) {
  if (buffer->start > 0) {
    memmove(buffer->data, buffer_front(buffer), buffer_length(buffer));
    buffer->end -= buffer->start;
    buffer->start = 0;
  }
  if (buffer->end + length <= buffer->capacity) return;
  size_t capacity = buffer->capacity ? buffer->capacity : 2048;
  while (capacity < buffer->end + length) capacity *= 2;
  char *data = realloc(buffer->data, capacity);
  if (!data) {
    fprintf(stderr, "driver: out of memory\n");
    exit(1);
  }
  buffer->data = data;
  buffer->capacity = capacity;
}

char *buffer_reserve(Buffer *buffer, size_t length) {
  if (buffer->end + length > buffer->capacity) make_room(buffer, length);
  buffer->end += length;
  return buffer->data + buffer->end - length;
}

void buffer_append(Buffer *buffer, const char *data, size_t length) {
  if (buffer->end + length > buffer->capacity) make_room(buffer, length);
  memcpy(buffer->data + buffer->end, data, length);
  buffer->end += length;
}

void buffer_consume(Buffer *buffer, size_t length) {
  buffer->start += length;
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
}
