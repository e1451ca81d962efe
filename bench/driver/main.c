/* The load driver: plays the participants of MSRP rooms. It is told what to do on stdin, a command a line, and
   answers each with one line of JSON on stdout:

     add LINK HOST PORT OWN_PATH PEER_PATH ROOM_URI FROM_URI     no answer; LINK is tcp, tls, ws or wss; those of one
                                                                 room are added after each other
     bind                                                        connects and binds what was added
     stall INDEX                                                 no answer; that participant reads no more
     run TEXT SENDERS WINDOW RATE WARMUP_MS MEASURE_MS PIDS      one load point (see load.h): messages of TEXT octets
                                                                 of text, RATE 0 for a closed loop; PIDS with commas
     sink TEXT SENDERS WINDOW RATE WARMUP_MS MEASURE_MS PIDS     the same, and most of what arrives is dropped (see
                                                                 sink.h); RATE is 0
     pour OCTETS PID                                             one message of so many octets (see pour.h)

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

#include "load.h"
#include "message.h"
#include "pour.h"
#include "sink.h"

#define BIND_TIMEOUT_NS 20000000000ULL
#define MAX_EVENTS 256

static int epoll;
static int timer;
static Buffer commands;
static bool input_ended;
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
      participant_on_events(target, epoll, events[i].events);
    }
  }
  participants_flush(epoll);
}

static char *format(const char *pattern, const char *first, const char *second) {
  char *text;
  if (asprintf(&text, pattern, first, second) < 0) fatal("memory");
  return text;
}

static void add(char *kind, char *host, char *port, char *own, char *peer, char *room, char *from) {
  Participant *participant = calloc(1, sizeof *participant);
  participants = realloc(participants, (count + 1) * sizeof *participants);
  if (!participant || !participants) fatal("memory");
  errno = EINVAL;
  if (!link_kind(&participant->link, kind)) fatal(kind);
  participant->index = count;
  participant->own_path = strdup(own);
  participant->peer_path = strdup(peer);
  participant->room = strdup(room);
  participant->from = strdup(from);
  participant->sent_paths = format("To-Path: %s\r\nFrom-Path: %s\r\n", peer, own);
  participant->sent_paths_length = strlen(participant->sent_paths);
  participant->received_paths = format("To-Path: %s\r\nFrom-Path: %s\r\n", own, peer);
  participant->received_paths_length = strlen(participant->received_paths);
  participants[count++] = participant;
  if (!participant_connect(participant, epoll, host, atoi(port))) fatal("connect");
  message_bind(participant);
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
  };
  plan.pid_count = read_pids(words[7], plan.pids);
  if (count < 2 || plan.senders < 1 || plan.senders > MAX_SENDERS || plan.senders > count || plan.text_length < MIN_TEXT) {
    errno = EINVAL;
    fatal("run");
  }
  if (strcmp(words[0], "sink") == 0) sink_run(&plan, epoll, participants, count, turn);
  else load_run(&plan, participants, count, turn);
}

static void obey(char *line) {
  char *words[9] = {0};
  int length = 0;
  for (char *word = strtok(line, " "); word && length < 9; word = strtok(NULL, " ")) words[length++] = word;
  if (length == 8 && strcmp(words[0], "add") == 0) {
    add(words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
  } else if (length == 2 && strcmp(words[0], "stall") == 0 && (uint32_t)atoi(words[1]) < count) {
    participant_stall(participants[atoi(words[1])], epoll, true);
  } else if (length == 3 && strcmp(words[0], "pour") == 0) {
    pour_run(strtoull(words[1], NULL, 10), (pid_t)atoi(words[2]), participants, count, turn);
  } else if (length == 1 && strcmp(words[0], "bind") == 0) {
    uint32_t bound = bind_all();
    printf("{\"event\":\"bound\",\"count\":%u,\"missing\":%u,\"error\":\"%s\"}\n", bound, count - bound_count, first_error());
    fflush(stdout);
  } else if (length == 8 && (strcmp(words[0], "run") == 0 || strcmp(words[0], "sink") == 0)) {
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
