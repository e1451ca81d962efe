#ifndef BENCH_PEERS_XML_H
#define BENCH_PEERS_XML_H

#include <stdbool.h>
#include <stddef.h>

/* The octets of the first element with all in it, white space in front included; 0 when it is not there as a whole,
   SIZE_MAX when what is there is the end of something outside. Servers write `>` in attributes as `&gt;` and send no
   comments nor CDATA, so that every `<` begins a tag and the next `>` ends it. */
size_t xml_element(const char *data, size_t length);

/* Whether the octets contain these. */
bool xml_has(const char *data, size_t length, const char *wanted);

/* The text of the first element without attributes of this tag, such as "<body>"; NULL when there is none. */
const char *xml_text(const char *data, size_t length, const char *tag, size_t *text_length);

#endif
