#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the text of a copy tells about its message: it begins "bench RRRRRRRR MMMMMMMM SSSSSSSS TTTTTTTTTTTTTTTT " in
   hexadecimal. */
typedef struct {
  uint32_t run;
  uint32_t sequence;
  uint32_t sender;
  uint64_t sent_at;
} Stamp;

#define STAMP_PREFIX "bench "

/* Shorter texts have no room for the stamp. */
#define MIN_TEXT 49

/* Writes the number in so many hexadecimal digits, without an end. */
void put_hex(char *at, uint64_t value, int digits);

/* Writes so many octets of text in which only the stamp is missing, without an end: x, in lines of 98 when `lines`. */
void stamp_fill(char *text, size_t length, bool lines);
/* Writes the numbers into a text that was filled. */
void stamp_write(char *text, const Stamp *stamp);
/* False when the text does not begin with a stamp. */
bool stamp_read(const char *text, size_t length, Stamp *stamp);

#endif
