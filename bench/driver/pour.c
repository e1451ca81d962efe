#define _GNU_SOURCE
#include "pour.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

/* The text repeats after so many octets; a power of two, and the block has room for one more period. */
#define PERIOD 4096
#define BLOCK 65536
#define STALL_NS 20000000000ULL
/* Octets that wait for the socket at most. */
#define AHEAD (4 * BLOCK)

static struct {
  char block[BLOCK + PERIOD];
  /* Where in the body the text begins. */
  char head[512];
  size_t head_length;
  uint64_t octets;
  uint32_t remaining;
  uint64_t last_progress;
} message;

static const char id[] = "pour0001";

static void make_block(void) {
  for (size_t at = 0; at < sizeof message.block; at += 16) {
    char line[17];
    snprintf(line, sizeof line, "line %07zu..\r\n", at % PERIOD);
    memcpy(message.block + at, line, 16);
  }
}

static void send_head(Participant *sender, uint64_t octets) {
  /* The stamp is the end of the head, so that the text can be periodic. */
  message.head_length = (size_t)snprintf(
      message.head, sizeof message.head,
      "From: <%s>\r\nTo: <%s>\r\n\r\nContent-Type: text/plain;charset=utf-8\r\n\r\nbench %08x %08x %08x %016x ",
      sender->from, sender->room, POUR_RUN, 1, sender->index, 0);
  message.octets = octets;
  char *head;
  int length = asprintf(&head,
                        "MSRP %s SEND\r\n%sMessage-ID: %s\r\nByte-Range: 1-*/%" PRIu64 "\r\nContent-Type: message/cpim\r\n\r\n%s",
                        id, sender->sent_paths, id, message.head_length + octets, message.head);
  participant_send(sender, head, (size_t)length);
  free(head);
}

/* Returns how many of the remaining octets were handed over; after the last one the end-line is. */
static uint64_t send_more(Participant *sender, uint64_t sent) {
  while (sent < message.octets && buffer_length(&sender->out) < AHEAD) {
    uint64_t piece = message.octets - sent < BLOCK ? message.octets - sent : BLOCK;
    participant_send(sender, message.block, (size_t)piece);
    sent += piece;
    if (sent < message.octets) continue;
    participant_send(sender, "\r\n-------", 9);
    participant_send(sender, id, sizeof id - 1);
    participant_send(sender, "$\r\n", 3);
  }
  return sent;
}

bool pour_matches(size_t at, const char *data, size_t length) {
  message.last_progress = now_ns();
  if (at < message.head_length) {
    size_t head = message.head_length - at < length ? message.head_length - at : length;
    if (memcmp(message.head + at, data, head) != 0) return false;
    at += head;
    data += head;
    length -= head;
  }
  at -= message.head_length;
  while (length > 0) {
    size_t piece = length < BLOCK ? length : BLOCK;
    if (memcmp(message.block + at % PERIOD, data, piece) != 0) return false;
    at += piece;
    data += piece;
    length -= piece;
  }
  return true;
}

void pour_on_copy(const Copy *copy) {
  if (copy->altered || copy->length != message.head_length + message.octets) {
    load_error("a poured copy was altered");
  } else if (message.remaining > 0) {
    message.remaining -= 1;
  }
}

void pour_run(uint64_t octets, pid_t pid, Participant **participants, uint32_t count, void (*turn)(int timeout_ms)) {
  Participant *sender = participants[0];
  make_block();
  message.remaining = count - 1;
  uint64_t start = message.last_progress = now_ns();
  uint64_t cpu = cpu_ns(pid);
  send_head(sender, octets);
  uint64_t sent = send_more(sender, 0);
  while (message.remaining > 0 && !*first_error()) {
    turn(sender->blocked || sent == octets ? 10 : 0);
    if (!sender->blocked) sent = send_more(sender, sent);
    if (now_ns() > message.last_progress + STALL_NS) load_error("nothing arrived for 20 seconds");
  }
  printf("{\"event\":\"pour\",\"seconds\":%.6f,\"cpuSeconds\":%.9f,\"error\":\"%s\"}\n", (double)(now_ns() - start) / 1e9,
         (double)(cpu_ns(pid) - cpu) / 1e9, first_error());
  fflush(stdout);
}
