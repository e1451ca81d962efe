#ifndef BENCH_POUR_H
#define BENCH_POUR_H

#include <stdint.h>
#include <sys/types.h>

#include "copy.h"
#include "participant.h"

/* The run in the stamp of a poured message. */
#define POUR_RUN 0xffffffffu

/* The first participant sends one message with so many octets of text, made as it leaves; ends when all others have it.
   Writes the result as one line of JSON to stdout. */
void pour_run(uint64_t octets, pid_t pid, Participant **participants, uint32_t count, void (*turn)(int timeout_ms));

/* Whether octets of a copy, from `at` of its body on, are those of the message. */
bool pour_matches(size_t at, const char *data, size_t length);
void pour_on_copy(const Copy *copy);

#endif
