#define _GNU_SOURCE
#include "load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "copy.h"
#include "latency.h"
#include "pour.h"
#include "sink.h"

/* Messages in flight at most; an open loop that reaches it has outrun the server. */
#define MAX_IN_FLIGHT 16384
/* More, as one room may be far behind the others. */
#define SLOTS (16 * MAX_IN_FLIGHT)
#define STALL_S 10
/* One copy in so many is compared with what was sent, octet by octet. */
#define VERIFY_EVERY 64
/* Of messages with so much text every one. */
#define VERIFY_ALL 65536

typedef struct {
  uint32_t sequence;
  uint32_t remaining;
} Slot;

/* Participants of one room follow each other. */
typedef struct {
  uint32_t first;
  /* Who get a copy of each message: all that read but its sender. */
  uint32_t recipients;
} Room;

typedef struct {
  uint64_t time;
  uint64_t cpu;
  uint64_t driver_cpu;
  uint64_t copies;
  uint64_t messages;
  uint64_t bytes;
} Snapshot;

static struct {
  const LoadPlan *plan;
  Participant **participants;
  uint32_t count;
  uint32_t reading;
  Room *rooms;
  uint32_t room_count;
  /* Messages sent in turn: which room and which of its senders is next. */
  uint64_t turns;
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
  /* It makes no sense to go on. */
  bool broken;
  /* Copies of which something is wrong; the run goes on, to count them all. */
  uint64_t doubled;
  uint64_t disordered;
  uint64_t altered;
  char first_error[160];
  Latency latency;
  Slot slots[SLOTS];
} load;

static void note(const char *format, va_list arguments) {
  load.errors += 1;
  if (load.errors > 1) return;
  vsnprintf(load.first_error, sizeof load.first_error, format, arguments);
  for (char *c = load.first_error; *c; c += 1) {
    if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = '?';
  }
}

void load_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(format, arguments);
  va_end(arguments);
  load.broken = true;
}

__attribute__((format(printf, 2, 3))) static void wrong_copy(uint64_t *counter, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  note(format, arguments);
  va_end(arguments);
  *counter += 1;
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

static bool one_in_flight(const LoadPlan *plan) { return plan->senders == 1 && plan->window == 1; }

uint64_t own_cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static Snapshot snapshot(uint64_t time) {
  Snapshot taken = load.now;
  taken.time = time;
  taken.cpu = 0;
  for (uint32_t i = 0; i < load.plan->pid_count; i += 1) taken.cpu += cpu_ns(load.plan->pids[i]);
  taken.driver_cpu = own_cpu_ns();
  return taken;
}

static void send_message(uint32_t sender, uint64_t time) {
  load.sequence += 1;
  Slot *slot = &load.slots[load.sequence % SLOTS];
  if (slot->remaining > 0) load_error("message %u has not arrived after %u others", slot->sequence, SLOTS);
  slot->sequence = load.sequence;
  slot->remaining = load.rooms[load.participants[sender]->room_index].recipients;
  load.in_flight += 1;
  Stamp stamp = {.run = load.run, .sequence = load.sequence, .sender = sender, .sent_at = time};
  message_send(load.participants[sender], &stamp);
}

/* Returns how many get it. */
static uint32_t send_in_turn(uint64_t time) {
  const Room *room = &load.rooms[load.turns % load.room_count];
  send_message(room->first + (uint32_t)(load.turns / load.room_count % load.plan->senders), time);
  load.turns += 1;
  return room->recipients;
}

/* Which of the senders of its room it is; from `senders` on it is none. */
static uint32_t seat(const Participant *sender) { return sender->index - load.rooms[sender->room_index].first; }

const Participant *on_stamp(const Stamp *stamp, bool *verify) {
  if (!load.plan) return NULL;
  *verify = load.plan->text_length >= VERIFY_ALL || load.now.copies % VERIFY_EVERY == 0;
  if (stamp->run != load.run || stamp->sender >= load.count) return NULL;
  const Participant *sender = load.participants[stamp->sender];
  return seat(sender) < load.plan->senders ? sender : NULL;
}

/* Counts a copy of a message in flight; false when something is wrong with it. */
static bool is_due(Participant *recipient, const Copy *copy, const Slot *slot) {
  const Stamp *stamp = &copy->stamp;
  if (!copy->sender || copy->sender->room_index != recipient->room_index) {
    load_error("participant %u received a copy that is not for that room", recipient->index);
    return false;
  }
  uint32_t *last = &recipient->last_sequence[seat(copy->sender)];
  if (slot->sequence != stamp->sequence || slot->remaining == 0 || stamp->sequence == *last) {
    wrong_copy(&load.doubled, "participant %u received message %u twice", recipient->index, stamp->sequence);
    return false;
  }
  /* Of messages in several chunks a later one may be whole before an earlier one. */
  if (copy->chunked) return true;
  if (stamp->sequence < *last) {
    wrong_copy(&load.disordered, "participant %u received message %u after a later one", recipient->index, stamp->sequence);
  } else {
    *last = stamp->sequence;
  }
  return true;
}

void on_copy(Participant *recipient, const Copy *copy, uint64_t now) {
  const Stamp *stamp = &copy->stamp;
  if (copy->stamped && stamp->run == POUR_RUN) {
    pour_on_copy(copy);
    return;
  }
  if (copy->stamped && stamp->run == SINK_RUN) {
    sink_on_copy(recipient, copy);
    return;
  }
  /* Notices of the server, and what a room replays of earlier runs, are answered but not counted. */
  if (!copy->stamped || stamp->run != load.run) return;
  Slot *slot = &load.slots[stamp->sequence % SLOTS];
  if (!is_due(recipient, copy, slot)) return;
  load.verified += copy->verified;
  if (copy->altered || copy->length != message_body_length(copy->sender)) {
    wrong_copy(&load.altered, "participant %u received an altered body", recipient->index);
  }
  if (load.measuring && now > stamp->sent_at) latency_add(&load.latency, now - stamp->sent_at);
  load.last_progress = now;
  load.now.copies += 1;
  load.now.bytes += copy->octets;
  slot->remaining -= 1;
  if (slot->remaining > 0) return;
  load.now.messages += 1;
  load.in_flight -= 1;
  if (!load.sending || load.plan->rate > 0) return;
  if (one_in_flight(load.plan)) send_in_turn(now_ns());
  else send_message(stamp->sender, now_ns());
}

void on_response(Participant *participant, const Frame *frame) {
  if (frame->status == 200) {
    if (sink_on_response(participant)) return;
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
  const LoadPlan *plan = load.plan;
  load.sending = true;
  load.next_message = now;
  if (plan->rate > 0) return;
  uint32_t messages = one_in_flight(plan) ? 1 : load.room_count * plan->senders * plan->window;
  for (uint32_t i = 0; i < messages; i += 1) send_in_turn(now_ns());
}

/* Sends what is due. A message carries the time it was due at, so that a late one does not look fast. */
static void keep_pace(uint64_t now) {
  while (load.next_message <= now && !load.broken) {
    if (load.in_flight >= MAX_IN_FLIGHT) {
      load_error("the server does not keep up with %.0f copies a second", load.plan->rate);
      return;
    }
    uint32_t recipients = send_in_turn(load.next_message);
    load.next_message += (uint64_t)((double)recipients / load.plan->rate * 1e9);
  }
  wake_at(load.next_message);
}

/* Whether no copy has arrived for so long that none will. */
static bool stalled(uint64_t now) {
  uint64_t seconds = load.plan->stall_s ? load.plan->stall_s : STALL_S;
  return now > load.last_progress + seconds * 1000000000ULL;
}

static void fail_when_stalled(uint64_t now) {
  if (stalled(now)) load_error("no copy arrived for %.0f seconds", (double)(now - load.last_progress) / 1e9);
}

static void run_until(uint64_t end, void (*turn)(int timeout_ms)) {
  for (uint64_t now = now_ns(); now < end && !load.broken; now = now_ns()) {
    if (load.plan->rate > 0) keep_pace(now);
    fail_when_stalled(now);
    turn(10);
  }
}

/* Until so many messages have arrived in all. A large message has as many copies as were sent in a second: what is
   measured ends as it began, between two. */
static void run_to_message(uint64_t messages, void (*turn)(int timeout_ms)) {
  if (load.plan->rate > 0) return;
  while (!load.broken && load.now.messages < messages) {
    fail_when_stalled(now_ns());
    turn(10);
  }
}

/* The next end of a part that began after so many messages. A server may take all that is in flight before it lets go of
   the first copy, and then of all of them: a part is a whole number of such tides. */
static uint64_t tide_after(uint64_t messages) {
  uint64_t in_flight = load.in_flight > 0 ? load.in_flight : 1;
  return messages + ((load.now.messages - messages) / in_flight + 1) * in_flight;
}

/* Copies that have not come. */
static uint64_t missing(void) {
  uint64_t copies = 0;
  for (uint32_t i = 0; i < SLOTS; i += 1) copies += load.slots[i].remaining;
  return copies;
}

static void drain(void (*turn)(int timeout_ms)) {
  load.sending = false;
  while (!load.broken && (load.in_flight > 0 || load.acknowledged < load.sequence)) {
    if (stalled(now_ns())) {
      load_error("%" PRIu64 " messages not delivered, %" PRIu64 " not answered", load.in_flight,
            load.sequence - load.acknowledged);
      return;
    }
    turn(10);
  }
}

/* Finds the rooms: whoever follows has the URI of the one before, or is the first of the next. */
static void find_rooms(void) {
  load.rooms = realloc(load.rooms, load.count * sizeof *load.rooms);
  load.room_count = 0;
  load.reading = 0;
  for (uint32_t i = 0; i < load.count; i += 1) {
    Participant *participant = load.participants[i];
    if (i == 0 || strcmp(participant->room, load.participants[i - 1]->room) != 0) {
      load.rooms[load.room_count++] = (Room){.first = i};
    } else {
      load.rooms[load.room_count - 1].recipients += !participant->stalled;
    }
    participant->room_index = load.room_count - 1;
    load.reading += !participant->stalled;
  }
}

static void prepare(const LoadPlan *plan, Participant **participants, uint32_t count) {
  load.plan = plan;
  load.participants = participants;
  load.count = count;
  load.run += 1;
  load.sequence = 0;
  load.turns = 0;
  load.in_flight = load.acknowledged = load.verified = 0;
  load.doubled = load.disordered = load.altered = 0;
  load.now = (Snapshot){0};
  load.measuring = false;
  memset(load.slots, 0, sizeof load.slots);
  latency_clear(&load.latency);
  find_rooms();
  for (uint32_t i = 0; i < count; i += 1) {
    if (seat(participants[i]) < plan->senders) message_prepare(participants[i], plan->text_length);
    memset(participants[i]->last_sequence, 0, sizeof participants[i]->last_sequence);
  }
}

static void report(const Snapshot *from, const Snapshot *to) {
  uint64_t copies = to->copies - from->copies;
  printf("{\"event\":\"run\",\"participants\":%u,\"seconds\":%.6f,\"copies\":%" PRIu64 ",\"messages\":%" PRIu64
         ",\"cpuSeconds\":%.9f,\"driverCpuSeconds\":%.9f,\"bytesPerCopy\":%.1f",
         load.reading, (double)(to->time - from->time) / 1e9, copies, to->messages - from->messages,
         (double)(to->cpu - from->cpu) / 1e9, (double)(to->driver_cpu - from->driver_cpu) / 1e9,
         copies ? (double)(to->bytes - from->bytes) / (double)copies : 0);
  printf(",\"p50Micros\":%.1f,\"p99Micros\":%.1f,\"verified\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64
         ",\"disordered\":%" PRIu64 ",\"altered\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"error\":\"%s\"}\n",
         latency_quantile(&load.latency, 0.5), latency_quantile(&load.latency, 0.99), load.verified, missing(),
         load.doubled, load.disordered, load.altered, load.errors, load.first_error);
  fflush(stdout);
}

void load_run(const LoadPlan *plan, Participant **participants, uint32_t count, void (*turn)(int timeout_ms)) {
  prepare(plan, participants, count);
  uint64_t start = load.last_progress = now_ns();
  start_sending(start);
  turn(0);
  run_until(start + plan->warmup_ns, turn);
  run_to_message(load.now.messages + 1, turn);
  Snapshot from = snapshot(now_ns());
  load.measuring = true;
  run_until(from.time + plan->measure_ns, turn);
  run_to_message(tide_after(from.messages), turn);
  Snapshot to = snapshot(now_ns());
  load.measuring = false;
  drain(turn);
  report(&from, &to);
}
