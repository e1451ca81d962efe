#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "participant.h"

#define MAX_PIDS 32

/* What a load run is asked for. */
typedef struct {
  /* Octets of text in a message. */
  size_t text_length;
  /* Closed loop: so many senders of each room, each with `window` messages whose copies have not all arrived. One sender
     with a window of one: the rooms send in turn, one message is in flight in all. */
  uint32_t senders;
  uint32_t window;
  /* Open loop when above 0: copies a second of all rooms, in evenly spaced messages of the rooms and senders in turn. */
  double rate;
  uint64_t warmup_ns;
  uint64_t measure_ns;
  /* Without any copy for so many seconds the run has failed; 10 when it is 0. */
  uint32_t stall_s;
  /* The processes whose CPU time is read at both ends of the measured part. */
  pid_t pids[MAX_PIDS];
  uint32_t pid_count;
} LoadPlan;

/* Runs one load point and writes its result as one line of JSON to stdout. `turn` waits for events at most so many
   milliseconds and handles them. */
void load_run(const LoadPlan *plan, Participant **participants, uint32_t count, void (*turn)(int timeout_ms));

/* User and system time of the whole process, all threads, to the nanosecond. */
uint64_t cpu_ns(pid_t pid);
/* That of the driver. */
uint64_t own_cpu_ns(void);

/* The run has failed, and ends. */
__attribute__((format(printf, 1, 2))) void load_error(const char *format, ...);
/* What went wrong first since the start, for JSON; empty when nothing did. */
const char *first_error(void);

/* Load runs tell the driver when to wake up (CLOCK_MONOTONIC nanoseconds). */
void wake_at(uint64_t time_ns);

#endif
