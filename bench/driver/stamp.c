#include "stamp.h"

#include <string.h>

#define RUN 6
#define SEQUENCE 15
#define SENDER 24
#define TIME 33

void put_hex(char *at, uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; i -= 1, value >>= 4) at[i] = "0123456789abcdef"[value & 15];
}

static bool take_hex(const char *at, int digits, uint64_t *value) {
  *value = 0;
  for (int i = 0; i < digits; i += 1) {
    char c = at[i];
    uint64_t digit = c >= '0' && c <= '9' ? (uint64_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : 16;
    if (digit == 16) return false;
    *value = *value << 4 | digit;
  }
  return true;
}

void stamp_fill(char *text, size_t length, bool lines) {
  memset(text, 'x', length);
  if (lines) {
    for (size_t at = 99; at + 2 < length; at += 100) memcpy(text + at, "\r\n", 2);
  }
  memset(text, ' ', MIN_TEXT);
  memcpy(text, STAMP_PREFIX, sizeof STAMP_PREFIX - 1);
}

void stamp_write(char *text, const Stamp *stamp) {
  put_hex(text + RUN, stamp->run, 8);
  put_hex(text + SEQUENCE, stamp->sequence, 8);
  put_hex(text + SENDER, stamp->sender, 8);
  put_hex(text + TIME, stamp->sent_at, 16);
}

bool stamp_read(const char *text, size_t length, Stamp *stamp) {
  if (length < MIN_TEXT || memcmp(text, STAMP_PREFIX, sizeof STAMP_PREFIX - 1) != 0) return false;
  uint64_t run, sequence, sender;
  if (!take_hex(text + RUN, 8, &run) || !take_hex(text + SEQUENCE, 8, &sequence)) return false;
  if (!take_hex(text + SENDER, 8, &sender) || !take_hex(text + TIME, 16, &stamp->sent_at)) return false;
  stamp->run = (uint32_t)run;
  stamp->sequence = (uint32_t)sequence;
  stamp->sender = (uint32_t)sender;
  return true;
}
