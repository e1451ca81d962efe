#define _GNU_SOURCE
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"

/* Between two looks at what arrived: seldom enough to cost nothing, and a socket holds what comes in the meantime. */
#define SWEEP_MS 4
#define SWEEP_NS (SWEEP_MS * 1000000ULL)
#define STALL_NS 10000000000ULL
#define PROOF_NS 10500000000ULL
/* What one recv drops at most; more than a socket holds. */
#define ALL (1 << 26)

typedef struct {
  /* Octets of a copy of each sender. */
  uint64_t copy[MAX_SENDERS];
  /* Dropped so far. */
  uint64_t octets;
} Sink;

typedef struct {
  uint64_t time;
  uint64_t cpu;
  uint64_t driver_cpu;
  double copies;
} Snapshot;

static struct {
  /* NULL between two runs. */
  const LoadPlan *plan;
  Participant **participants;
  uint32_t count;
  Sink *sinks;
  /* Never begins anew: a Message-ID must not come twice in a session. */
  uint32_t sequence;
  /* Everybody still reads, to see how many octets a copy has. */
  bool learning;
  bool sending;
  uint64_t sent[MAX_SENDERS];
  uint64_t unanswered;
  /* To those who read: the senders, and everybody before the octets of a copy are known. */
  uint64_t copies;
  uint64_t last_progress;
  uint64_t next_sweep;
  /* When the server asks for the next answers. */
  uint64_t next_proof;
} run;

static void send_one(uint32_t sender) {
  Stamp stamp = {.run = SINK_RUN, .sequence = ++run.sequence, .sender = sender, .sent_at = now_ns()};
  run.sent[sender] += 1;
  run.unanswered += 1;
  message_send(run.participants[sender], &stamp);
}

void sink_on_copy(const Participant *recipient, const Copy *copy) {
  const Stamp *stamp = &copy->stamp;
  if (!run.plan || stamp->sender >= run.plan->senders) {
    load_error("participant %u received a copy of nobody", recipient->index);
    return;
  }
  Participant *reader = run.participants[recipient->index];
  uint32_t *last = &reader->last_sequence[stamp->sender];
  if (stamp->sequence <= *last) load_error("participant %u received message %u out of order", recipient->index, stamp->sequence);
  *last = stamp->sequence;
  run.copies += 1;
  run.last_progress = now_ns();
  if (run.learning) run.sinks[recipient->index].copy[stamp->sender] = copy->octets;
  else if (recipient->index >= run.plan->senders) load_error("participant %u reads what it should drop", recipient->index);
}

bool sink_on_response(const Participant *participant) {
  if (!run.plan) return false;
  run.unanswered -= 1;
  if (run.sending) send_one(participant->index);
  return true;
}

static uint64_t sent_in_all(void) {
  uint64_t sent = 0;
  for (uint32_t i = 0; i < run.plan->senders; i += 1) sent += run.sent[i];
  return sent;
}

/* Drops what arrived for those who do not read. */
static void sweep(void) {
  uint64_t now = now_ns();
  run.next_sweep = now + SWEEP_NS;
  for (uint32_t i = run.plan->senders; i < run.count; i += 1) {
    int fd = run.participants[i]->link.fd;
    ssize_t length = fd < 0 ? 0 : recv(fd, NULL, ALL, MSG_TRUNC | MSG_DONTWAIT);
    if (length > 0) {
      run.sinks[i].octets += (uint64_t)length;
      run.last_progress = now;
    } else if (length == 0 || errno != EAGAIN) {
      load_error("participant %u: %s", i, length == 0 ? "closed by the server" : strerror(errno));
    }
  }
}

/* What this one has to have dropped when all was delivered. */
static uint64_t expected(uint32_t sink) {
  uint64_t octets = 0;
  for (uint32_t i = 0; i < run.plan->senders; i += 1) octets += run.sent[i] * run.sinks[sink].copy[i];
  return octets;
}

/* Copies so far. The senders take turns, so that one copy has the mean octets of theirs. */
static double copies(void) {
  double sum = (double)run.copies;
  for (uint32_t i = run.plan->senders; i < run.count; i += 1) {
    uint64_t octets = 0;
    for (uint32_t sender = 0; sender < run.plan->senders; sender += 1) octets += run.sinks[i].copy[sender];
    sum += (double)run.sinks[i].octets * run.plan->senders / (double)octets;
  }
  return sum;
}

static void step(void (*turn)(int timeout_ms)) {
  uint64_t now = now_ns();
  if (now > run.last_progress + STALL_NS) load_error("nothing arrived for 10 seconds");
  if (now >= run.next_sweep) sweep();
  turn(SWEEP_MS);
}

/* One message of each sender, to everybody, with whatever has to be answered. */
static void speak(void (*turn)(int timeout_ms)) {
  uint64_t due = (uint64_t)run.plan->senders * (run.count - 1);
  run.copies = 0;
  for (uint32_t i = 0; i < run.plan->senders; i += 1) send_one(i);
  while ((run.copies < due || run.unanswered > 0) && !*first_error()) {
    if (now_ns() > run.last_progress + STALL_NS) load_error("not everybody is told the first messages");
    turn(10);
  }
}

/* Everybody reads one message of each sender, and then one that shows how many octets such a copy has. The server asks
   for one answer in ten seconds of each session: it has it with the first, and does not ask again before the run ends. */
static void learn(void (*turn)(int timeout_ms)) {
  while (now_ns() < run.next_proof && !*first_error()) turn(10);
  run.next_proof = now_ns() + PROOF_NS;
  run.last_progress = now_ns();
  run.learning = true;
  speak(turn);
  speak(turn);
  run.learning = false;
  for (uint32_t i = 0; i < run.count; i += 1) {
    if (buffer_length(&run.participants[i]->in) > 0) load_error("participant %u was told more than the first messages", i);
  }
  run.copies = 0;
  memset(run.sent, 0, sizeof run.sent);
}

/* Until all was delivered: each has exactly the octets of all that was sent, no copy less, and none more. */
static void settle(void (*turn)(int timeout_ms)) {
  run.sending = false;
  uint64_t due = sent_in_all() * (run.plan->senders - 1);
  bool whole = false;
  while (!whole && !*first_error()) {
    step(turn);
    whole = run.unanswered == 0 && run.copies == due;
    for (uint32_t i = run.plan->senders; i < run.count; i += 1) {
      whole = whole && run.sinks[i].octets == expected(i);
      if (run.sinks[i].octets > expected(i)) load_error("participant %u received more than was sent", i);
    }
  }
}

static Snapshot snapshot(void) {
  sweep();
  Snapshot taken = {.time = now_ns(), .copies = copies(), .driver_cpu = own_cpu_ns()};
  for (uint32_t i = 0; i < run.plan->pid_count; i += 1) taken.cpu += cpu_ns(run.plan->pids[i]);
  return taken;
}

static void prepare(const LoadPlan *plan, Participant **participants, uint32_t count) {
  run.plan = plan;
  run.participants = participants;
  run.count = count;
  run.sinks = calloc(count, sizeof *run.sinks);
  run.unanswered = run.copies = 0;
  run.sending = false;
  run.last_progress = now_ns();
  memset(run.sent, 0, sizeof run.sent);
  for (uint32_t i = 0; i < count; i += 1) {
    memset(participants[i]->last_sequence, 0, sizeof participants[i]->last_sequence);
    if (i < plan->senders) message_prepare(participants[i], plan->text_length);
    if (strcmp(participants[i]->room, participants[0]->room) != 0) load_error("participant %u is in another room", i);
  }
}

static void pass(uint64_t duration, void (*turn)(int timeout_ms)) {
  uint64_t end = now_ns() + duration;
  while (now_ns() < end && !*first_error()) step(turn);
}

void sink_run(const LoadPlan *plan, int epoll, Participant **participants, uint32_t count, void (*turn)(int timeout_ms)) {
  prepare(plan, participants, count);
  learn(turn);
  for (uint32_t i = plan->senders; i < count; i += 1) participant_stall(participants[i], epoll, true);
  /* Who asked can look at the processes too. */
  printf("{\"event\":\"learned\"}\n");
  fflush(stdout);
  run.sending = true;
  run.next_sweep = now_ns() + SWEEP_NS;
  for (uint32_t i = 0; i < plan->senders * plan->window; i += 1) send_one(i % plan->senders);
  pass(plan->warmup_ns, turn);
  Snapshot from = snapshot();
  uint64_t messages = sent_in_all();
  pass(plan->measure_ns, turn);
  Snapshot to = snapshot();
  messages = sent_in_all() - messages;
  settle(turn);
  for (uint32_t i = plan->senders; i < count; i += 1) participant_stall(participants[i], epoll, false);
  printf("{\"event\":\"sink\",\"seconds\":%.6f,\"copies\":%.0f,\"messages\":%" PRIu64
         ",\"cpuSeconds\":%.9f,\"driverCpuSeconds\":%.9f,\"error\":\"%s\"}\n",
         (double)(to.time - from.time) / 1e9, to.copies - from.copies, messages, (double)(to.cpu - from.cpu) / 1e9,
         (double)(to.driver_cpu - from.driver_cpu) / 1e9, first_error());
  fflush(stdout);
  free(run.sinks);
  run.plan = NULL;
}
