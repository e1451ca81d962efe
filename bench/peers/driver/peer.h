#ifndef BENCH_PEERS_PEER_H
#define BENCH_PEERS_PEER_H

#include "../../driver/copy.h"
#include "../../driver/message.h"
#include "../../driver/participant.h"

typedef struct Peer Peer;

/* What is said over the connection of a participant. */
typedef struct {
  /* As `add` names it. */
  const char *name;
  /* The connection is there; what it says first. */
  void (*open)(Peer *peer);
  /* Takes what is complete at the front of the octets; returns how many that was, MALFORMED when it is none of this. */
  size_t (*take)(Peer *peer, const char *data, size_t length, uint64_t now);
  /* Sets `frame`, `length` and `body` (where the text begins) of a message whose text is filled but for its stamp. */
  void (*build)(const Peer *peer, const char *text, MessageTemplate *message);
  /* Whether a sender gets his own message back, which tells that it was taken; else nothing does. */
  bool reflects;
} Protocol;

#define MALFORMED ((size_t)-1)

extern const Protocol xmpp, web_socket, socket_io;

/* A participant of a room of something that is not MSRP. The load module knows the first member alone. */
struct Peer {
  Participant participant;
  const Protocol *protocol;
  /* How far the protocol is with joining; 0 at first. */
  int stage;
  bool opened;
};

/* Starts to connect; false with errno set when that is not possible. */
bool peer_connect(Peer *peer, int epoll, const char *host, int port);
void peer_on_events(Peer *peer, int epoll, uint32_t events);
void peer_send(Peer *peer, const char *data, size_t length);
__attribute__((format(printf, 2, 3))) void peer_say(Peer *peer, const char *format, ...);
/* It is in the room. */
void peer_joined(Peer *peer);
/* Closes the connection; the run has failed. */
void peer_fail(Peer *peer, const char *reason);
/* A text of the room, in so many octets of its protocol. */
void peer_received(Peer *peer, const char *text, size_t length, size_t octets, uint64_t now);

#endif
