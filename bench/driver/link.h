#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A header of a WebSocket frame, mask included, has at most so many octets. */
#define WS_HEADER_MAX 14

/* The byte stream of one participant: TCP, TLS over it, WebSocket over either. */
typedef struct {
  int fd;
  bool tls;
  bool ws;
  /* Everything below MSRP is agreed. */
  bool ready;
  struct ssl_st *ssl;
  /* WebSocket: the handshake or a frame header as far as it is there, and what is left of the payload. */
  char held[1024];
  size_t held_length;
  uint64_t payload_left;
  bool payload_is_control;
  /* The server asked whether we are there. */
  bool ping;
  bool upgrading;
} Link;

/* "tcp", "tls", "ws" or "wss"; false for anything else. */
bool link_kind(Link *link, const char *name);
/* Starts to connect; false with errno set when that is not possible. */
bool link_connect(Link *link, const char *host, int port);
/* After any event before `ready`; false with a reason when it failed. */
bool link_negotiate(Link *link, const char **reason);
void link_close(Link *link);

/* As recv and send. What is not for MSRP is taken out: errno is EAGAIN when nothing is left. */
ssize_t link_read(Link *link, char *data, size_t length);
ssize_t link_write(Link *link, const char *data, size_t length);

/* What answers a ping. */
#define WS_PONG "\x8a\x80\0\0\0\0"
#define WS_PONG_LENGTH 6

/* RFC 7977 section 5.1: "Each MSRP chunk MUST be carried within a single WebSocket message". Writes what goes in front
   of a chunk of so many octets; returns its length, 0 without WebSocket. */
size_t link_chunk_header(const Link *link, uint64_t length, char header[WS_HEADER_MAX]);

#endif
