#include "latency.h"

#include <string.h>

/* Values below 128 have a bucket each; above, an octave has 128 buckets. */
static uint32_t bucket_of(uint64_t value) {
  if (value < 128) return (uint32_t)value;
  uint32_t octave = 63 - (uint32_t)__builtin_clzll(value) - 7;
  return (octave + 1) * 128 + (uint32_t)((value >> octave) - 128);
}

static double middle_of(uint32_t bucket) {
  if (bucket < 128) return bucket;
  uint32_t octave = bucket / 128 - 1;
  return ((double)(bucket % 128 + 128) + 0.5) * (double)(1ULL << octave);
}

void latency_clear(Latency *latency) { memset(latency, 0, sizeof *latency); }

void latency_add(Latency *latency, uint64_t nanoseconds) {
  latency->count += 1;
  latency->buckets[bucket_of(nanoseconds)] += 1;
}

double latency_quantile(const Latency *latency, double share) {
  uint64_t below = (uint64_t)(share * (double)latency->count);
  uint64_t seen = 0;
  for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket += 1) {
    seen += latency->buckets[bucket];
    if (seen > below) return middle_of(bucket) / 1000;
  }
  return 0;
}
