#define _GNU_SOURCE
#include "load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "copy.h"
#include "latency.h"
#include "pour.h"

/* Messages in flight at most; an open loop that reaches it has outrun the server. */
#define SLOTS 16384
#define STALL_NS 10000000000ULL
/* One copy in so many is compared with what was sent, octet by octet. */
#define VERIFY_EVERY 64
/* Of messages with so much text every one. */
#define VERIFY_ALL 65536

typedef struct {
  uint32_t sequence;
  uint32_t remaining;
} Slot;

typedef struct {
  uint64_t time;
  uint64_t cpu;
  uint64_t copies;
  uint64_t messages;
  uint64_t bytes;
} Snapshot;

static struct {
  const LoadPlan *plan;
  Participant **participants;
  uint32_t count;
  /* Who get a copy of each message: all that read but its sender. */
  uint32_t recipients;
  bool measuring;
  bool sending;
  uint32_t run;
  uint32_t sequence;
  uint64_t in_flight;
  uint64_t acknowledged;
  uint64_t verified;
  uint64_t last_progress;
  uint64_t next_message;
  Snapshot now;
  uint64_t errors;
  char first_error[160];
  Latency latency;
  Slot slots[SLOTS];
} load;

void load_error(const char *format, ...) {
  load.errors += 1;
  if (load.errors > 1) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(load.first_error, sizeof load.first_error, format, arguments);
  va_end(arguments);
  for (char *c = load.first_error; *c; c += 1) {
    if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = '?';
  }
}

const char *first_error(void) { return load.first_error; }

uint64_t cpu_ns(pid_t pid) {
  clockid_t clock;
  struct timespec time;
  if (pid <= 0) return 0;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    load_error("cannot read the CPU time of process %d", (int)pid);
    return 0;
  }
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static Snapshot snapshot(uint64_t time) {
  Snapshot taken = load.now;
  taken.time = time;
  taken.cpu = cpu_ns(load.plan->pid);
  return taken;
}

static void send_message(uint32_t sender, uint64_t time) {
  load.sequence += 1;
  Slot *slot = &load.slots[load.sequence % SLOTS];
  slot->sequence = load.sequence;
  slot->remaining = load.recipients;
  load.in_flight += 1;
  Stamp stamp = {.run = load.run, .sequence = load.sequence, .sender = sender, .sent_at = time};
  message_send(load.participants[sender], &stamp);
}

const Participant *on_stamp(const Stamp *stamp, bool *verify) {
  if (!load.plan) return NULL;
  *verify = load.plan->text_length >= VERIFY_ALL || load.now.copies % VERIFY_EVERY == 0;
  bool ours = stamp->run == load.run && stamp->sender < load.plan->senders;
  return ours ? load.participants[stamp->sender] : NULL;
}

void on_copy(Participant *recipient, const Copy *copy, uint64_t now) {
  const Stamp *stamp = &copy->stamp;
  if (copy->stamped && stamp->run == POUR_RUN) {
    pour_on_copy(copy);
    return;
  }
  /* Notices of the server, and what a room replays of earlier runs, are answered but not counted. */
  if (!copy->stamped || stamp->run != load.run) return;
  Slot *slot = &load.slots[stamp->sequence % SLOTS];
  if (slot->sequence != stamp->sequence || slot->remaining == 0 || !copy->sender) {
    load_error("participant %u received a copy of a message that is not in flight", recipient->index);
    return;
  }
  /* Of messages in several chunks a later one may be whole before an earlier one. */
  if (!copy->chunked) {
    if (stamp->sequence <= recipient->last_sequence[stamp->sender]) {
      load_error("participant %u received message %u twice or after a later one", recipient->index, stamp->sequence);
      return;
    }
    recipient->last_sequence[stamp->sender] = stamp->sequence;
  }
  load.verified += copy->verified;
  if (copy->altered || copy->length != message_body_length(copy->sender)) {
    load_error("participant %u received an altered body", recipient->index);
  }
  if (load.measuring && now > stamp->sent_at) latency_add(&load.latency, now - stamp->sent_at);
  load.last_progress = now;
  load.now.copies += 1;
  load.now.bytes += copy->octets;
  slot->remaining -= 1;
  if (slot->remaining > 0) return;
  load.now.messages += 1;
  load.in_flight -= 1;
  if (load.sending && load.plan->rate == 0) send_message(stamp->sender, now_ns());
}

void on_response(Participant *participant, const Frame *frame) {
  if (frame->status == 200) {
    if (participant->bound) load.acknowledged += 1;
    participant->bound = true;
    return;
  }
  load_error("participant %u was answered %d", participant->index, frame->status);
}

void on_failure(const Participant *participant, const char *reason) {
  load_error("participant %u: %s", participant->index, reason);
}

static void start_sending(uint64_t now) {
  load.sending = true;
  load.next_message = now;
  if (load.plan->rate > 0) return;
  for (uint32_t sender = 0; sender < load.plan->senders; sender += 1) {
    for (uint32_t i = 0; i < load.plan->window; i += 1) send_message(sender, now_ns());
  }
}

/* Sends what is due. A message carries the time it was due at, so that a late one does not look fast. */
static void keep_pace(uint64_t now) {
  double interval = (double)load.recipients / load.plan->rate * 1e9;
  while (load.next_message <= now) {
    if (load.in_flight < SLOTS) send_message(load.sequence % load.plan->senders, load.next_message);
    else load_error("the server does not keep up with %.0f copies a second", load.plan->rate);
    load.next_message += (uint64_t)interval;
  }
  wake_at(load.next_message);
}

static void run_until(uint64_t end, void (*turn)(int timeout_ms)) {
  for (uint64_t now = now_ns(); now < end && load.errors == 0; now = now_ns()) {
    if (load.plan->rate > 0) keep_pace(now);
    if (now - load.last_progress > STALL_NS && now > load.last_progress) load_error("no copy arrived for 10 seconds");
    turn(10);
  }
}

/* A large message has as many copies as were sent in a second: what is measured ends as it began, between two. */
static void run_to_next_message(void (*turn)(int timeout_ms)) {
  uint64_t messages = load.now.messages;
  if (load.plan->rate > 0) return;
  while (load.errors == 0 && load.now.messages == messages) {
    if (now_ns() > load.last_progress + STALL_NS) load_error("no copy arrived for 10 seconds");
    turn(10);
  }
}

static void drain(void (*turn)(int timeout_ms)) {
  load.sending = false;
  uint64_t deadline = now_ns() + STALL_NS;
  while (load.errors == 0 && (load.in_flight > 0 || load.acknowledged < load.sequence)) {
    if (now_ns() > deadline) {
      load_error("%" PRIu64 " messages not delivered, %" PRIu64 " not answered", load.in_flight,
            load.sequence - load.acknowledged);
      return;
    }
    turn(10);
  }
}

static void prepare(const LoadPlan *plan, Participant **participants, uint32_t count) {
  load.plan = plan;
  load.participants = participants;
  load.count = count;
  load.run += 1;
  load.sequence = 0;
  load.in_flight = load.acknowledged = load.verified = 0;
  load.now = (Snapshot){0};
  load.measuring = false;
  memset(load.slots, 0, sizeof load.slots);
  latency_clear(&load.latency);
  load.recipients = count - 1;
  for (uint32_t i = 0; i < plan->senders; i += 1) message_prepare(participants[i], plan->text_length);
  for (uint32_t i = 0; i < count; i += 1) {
    memset(participants[i]->last_sequence, 0, sizeof participants[i]->last_sequence);
    load.recipients -= participants[i]->stalled;
  }
}

void load_run(const LoadPlan *plan, Participant **participants, uint32_t count, void (*turn)(int timeout_ms)) {
  prepare(plan, participants, count);
  uint64_t start = load.last_progress = now_ns();
  start_sending(start);
  turn(0);
  run_until(start + plan->warmup_ns, turn);
  run_to_next_message(turn);
  Snapshot from = snapshot(now_ns());
  load.measuring = true;
  run_until(from.time + plan->measure_ns, turn);
  run_to_next_message(turn);
  Snapshot to = snapshot(now_ns());
  load.measuring = false;
  drain(turn);
  uint64_t copies = to.copies - from.copies;
  printf("{\"event\":\"run\",\"participants\":%u,\"seconds\":%.6f,\"copies\":%" PRIu64 ",\"messages\":%" PRIu64
         ",\"cpuSeconds\":%.9f,\"bytesPerCopy\":%.1f,\"p50Micros\":%.1f,\"p99Micros\":%.1f,\"verified\":%" PRIu64
         ",\"errors\":%" PRIu64 ",\"error\":\"%s\"}\n",
         load.recipients + 1, (double)(to.time - from.time) / 1e9, copies, to.messages - from.messages,
         (double)(to.cpu - from.cpu) / 1e9, copies ? (double)(to.bytes - from.bytes) / (double)copies : 0,
         latency_quantile(&load.latency, 0.5), latency_quantile(&load.latency, 0.99), load.verified, load.errors,
         load.first_error);
  fflush(stdout);
}
