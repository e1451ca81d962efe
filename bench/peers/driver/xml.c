#define _GNU_SOURCE
#include "xml.h"

#include <stdint.h>
#include <string.h>

size_t xml_element(const char *data, size_t length) {
  const char *at = data;
  const char *end = data + length;
  int depth = 0;
  while ((at = memchr(at, '<', (size_t)(end - at)))) {
    const char *close = memchr(at, '>', (size_t)(end - at));
    if (!close) return 0;
    if (at[1] == '/') depth -= 1;
    else if (close[-1] != '/') depth += 1;
    at = close + 1;
    if (depth < 0) return SIZE_MAX;
    if (depth == 0) return (size_t)(at - data);
  }
  return 0;
}

bool xml_has(const char *data, size_t length, const char *wanted) {
  return memmem(data, length, wanted, strlen(wanted)) != NULL;
}

const char *xml_text(const char *data, size_t length, const char *tag, size_t *text_length) {
  const char *found = memmem(data, length, tag, strlen(tag));
  if (!found) return NULL;
  const char *text = found + strlen(tag);
  const char *end = memchr(text, '<', (size_t)(data + length - text));
  if (!end) return NULL;
  *text_length = (size_t)(end - text);
  return text;
}
