#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include "copy.h"
#include "load.h"

/* The run in the stamp of the messages of these runs. */
#define SINK_RUN 0xfffffffeu

/* As `load_run` in one room over TCP, and so cheap that the driver leaves the cores to the server: only the senders read.
   The octets for all others are dropped in the kernel unread: what arrived is known by how many
   octets a copy of each sender has for each of them, which is looked at before. A sender has `window`
   messages that were not answered 200; copies must not ask for an answer (fanout.confirm: never), but
   for one in ten seconds: the run is to be shorter. */
void sink_run(const LoadPlan *plan, int epoll, Participant **participants, uint32_t count, void (*turn)(int timeout_ms));

void sink_on_copy(const Participant *recipient, const Copy *copy);
/* False when no such run goes on. */
bool sink_on_response(const Participant *participant);

#endif
