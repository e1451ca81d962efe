#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "participant.h"

/* What a load run is asked for. */
typedef struct {
  /* Closed loop: so many senders, each with `window` messages whose copies have not all arrived. */
  uint32_t senders;
  uint32_t window;
  /* Open loop when above 0: copies a second, in evenly spaced messages of the senders in turn. */
  double rate;
  uint64_t warmup_ns;
  uint64_t measure_ns;
  /* The process whose CPU time is read at both ends of the measured part. */
  pid_t pid;
} LoadPlan;

/* Runs one load point and writes its result as one line of JSON to stdout. `turn` waits for events at most so many
   milliseconds and handles them. */
void load_run(const LoadPlan *plan, Participant **participants, uint32_t count, void (*turn)(int timeout_ms));

/* What went wrong first since the start, for JSON; empty when nothing did. */
const char *first_error(void);

/* Load runs tell the driver when to wake up (CLOCK_MONOTONIC nanoseconds). */
void wake_at(uint64_t time_ns);

#endif
