#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdint.h>

/* A histogram of nanoseconds, exact to 1/128 of the value. */
#define LATENCY_BUCKETS (58 * 128)

typedef struct {
  uint64_t count;
  uint32_t buckets[LATENCY_BUCKETS];
} Latency;

void latency_clear(Latency *latency);
void latency_add(Latency *latency, uint64_t nanoseconds);

/* Microseconds below which `share` (0..1) of the values are. */
double latency_quantile(const Latency *latency, double share);

#endif
