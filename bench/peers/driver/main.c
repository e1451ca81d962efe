/* The load driver of the peers: plays the participants of one room. Its modules of load, latency and buffers, and so what
   it measures and how it judges, are those of the driver of MSRP in ../../driver. It is told what to do on stdin, a
   command a line, and answers each with one line of JSON on stdout:

     add PROTOCOL HOST PORT ROOM NAME                            no answer; PROTOCOL is xmpp, ws or socket.io; ROOM and
                                                                 NAME are for xmpp: the address of the room, the nickname
     bind                                                        connects and lets in what was added
     run TEXT SENDERS WINDOW RATE WARMUP_MS MEASURE_MS PIDS      one load point (see load.h): messages of TEXT octets
                                                                 of text, RATE 0 for a closed loop; PIDS with commas

   End of input ends it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../../driver/load.h"
#include "../../driver/pour.h"
#include "../../driver/sink.h"
#include "peer.h"

#define BIND_TIMEOUT_NS 60000000000ULL
/* Prosody takes all sixteen messages of a saturated room before it writes the copies of the first. */
#define STALL_S 40
#define MAX_EVENTS 256

static const Protocol *const protocols[] = {&xmpp, &web_socket, &socket_io};

static int epoll;
static int timer;
static Buffer commands;
static bool input_ended;
/* Each is the first member of a Peer. */
static Participant **participants;
static uint32_t count;
static uint32_t bound_count;

/* Markers that tell the two other descriptors from participants. */
static char input_marker;
static char timer_marker;

static void fatal(const char *what) {
  fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* Nobody pours here, and all read. */
void pour_on_copy(const Copy *copy) { (void)copy; }
void sink_on_copy(const Participant *recipient, const Copy *copy) { (void)recipient, (void)copy; }
bool sink_on_response(const Participant *participant) {
  (void)participant;
  return false;
}

void wake_at(uint64_t time_ns) {
  struct itimerspec when = {.it_value = {.tv_sec = (time_t)(time_ns / 1000000000ULL), .tv_nsec = (long)(time_ns % 1000000000ULL)}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void read_input(void) {
  char chunk[65536];
  ssize_t length = read(STDIN_FILENO, chunk, sizeof chunk);
  if (length > 0) buffer_append(&commands, chunk, (size_t)length);
  else if (length == 0 || errno != EINTR) input_ended = true;
}

static void turn(int timeout_ms) {
  struct epoll_event events[MAX_EVENTS];
  participants_flush(epoll);
  int ready = epoll_wait(epoll, events, MAX_EVENTS, timeout_ms);
  for (int i = 0; i < ready; i += 1) {
    void *target = events[i].data.ptr;
    if (target == &input_marker) {
      read_input();
    } else if (target == &timer_marker) {
      uint64_t expirations;
      if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fatal("timer");
    } else {
      peer_on_events(target, epoll, events[i].events);
    }
  }
  participants_flush(epoll);
}

static const Protocol *protocol_named(const char *name) {
  for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i += 1) {
    if (strcmp(protocols[i]->name, name) == 0) return protocols[i];
  }
  errno = EINVAL;
  fatal(name);
  return NULL;
}

static void add(const char *protocol, const char *host, const char *port, const char *room, const char *name) {
  Peer *peer = calloc(1, sizeof *peer);
  participants = realloc(participants, (count + 1) * sizeof *participants);
  if (!peer || !participants) fatal("memory");
  peer->protocol = protocol_named(protocol);
  peer->participant.index = count;
  peer->participant.room = strdup(room);
  peer->participant.from = strdup(name);
  participants[count++] = &peer->participant;
  if (!peer_connect(peer, epoll, host, atoi(port))) fatal("connect");
}

static uint32_t bind_all(void) {
  uint64_t deadline = now_ns() + BIND_TIMEOUT_NS;
  uint32_t before = bound_count;
  while (bound_count < count && now_ns() < deadline && !*first_error()) {
    turn(10);
    while (bound_count < count && participants[bound_count]->bound) bound_count += 1;
  }
  return bound_count - before;
}

/* Ids of processes with commas between; what is too much is left out. */
static uint32_t read_pids(const char *words, pid_t *pids) {
  uint32_t length = 0;
  while (*words && length < MAX_PIDS) {
    char *after;
    pids[length++] = (pid_t)strtol(words, &after, 10);
    words = *after == ',' ? after + 1 : "";
  }
  return length;
}

static void run(char **words) {
  LoadPlan plan = {
      .text_length = strtoul(words[1], NULL, 10),
      .senders = (uint32_t)atoi(words[2]),
      .window = (uint32_t)atoi(words[3]),
      .rate = atof(words[4]),
      .warmup_ns = strtoull(words[5], NULL, 10) * 1000000,
      .measure_ns = strtoull(words[6], NULL, 10) * 1000000,
      .stall_s = STALL_S,
  };
  plan.pid_count = read_pids(words[7], plan.pids);
  if (count < 2 || plan.senders < 1 || plan.senders > MAX_SENDERS || plan.senders > count || plan.text_length < MIN_TEXT) {
    errno = EINVAL;
    fatal("run");
  }
  load_run(&plan, participants, count, turn);
}

static void obey(char *line) {
  char *words[9] = {0};
  int length = 0;
  for (char *word = strtok(line, " "); word && length < 9; word = strtok(NULL, " ")) words[length++] = word;
  if (length == 6 && strcmp(words[0], "add") == 0) {
    add(words[1], words[2], words[3], words[4], words[5]);
  } else if (length == 1 && strcmp(words[0], "bind") == 0) {
    uint32_t bound = bind_all();
    printf("{\"event\":\"bound\",\"count\":%u,\"missing\":%u,\"error\":\"%s\"}\n", bound, count - bound_count, first_error());
    fflush(stdout);
  } else if (length == 8 && strcmp(words[0], "run") == 0) {
    run(words);
  } else {
    fprintf(stderr, "driver: unknown command: %s\n", words[0] ? words[0] : "");
    exit(2);
  }
}

static void obey_all(void) {
  char *newline;
  while (buffer_length(&commands) > 0 &&
         (newline = memchr(buffer_front(&commands), '\n', buffer_length(&commands)))) {
    size_t length = (size_t)(newline - buffer_front(&commands));
    char *line = strndup(buffer_front(&commands), length);
    buffer_consume(&commands, length + 1);
    obey(line);
    free(line);
  }
}

int main(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll < 0 || timer < 0) fatal("start");
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = &input_marker};
  struct epoll_event ticks = {.events = EPOLLIN, .data.ptr = &timer_marker};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0) fatal("stdin");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &ticks) != 0) fatal("timer");
  while (!input_ended) {
    turn(-1);
    obey_all();
  }
  return 0;
}
