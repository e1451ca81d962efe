#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <stdbool.h>
#include <sys/types.h>

/* TLS of a client that trusts everybody, over a socket that does not block. NULL, with a reason, when it cannot be had. */
struct ssl_st *tls_new(int fd, const char **reason);
void tls_free(struct ssl_st *ssl);
/* 1 when done, 0 when more has to arrive, -1 with a reason when it failed. */
int tls_handshake(struct ssl_st *ssl, const char **reason);
ssize_t tls_read(struct ssl_st *ssl, char *data, size_t length);
ssize_t tls_write(struct ssl_st *ssl, const char *data, size_t length);

#endif
