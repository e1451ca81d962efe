#include "tls.h"

#include <errno.h>
#include <stddef.h>

#if __has_include(<openssl/ssl.h>)
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;

SSL *tls_new(int fd, const char **reason) {
  if (!context) {
    context = SSL_CTX_new(TLS_client_method());
    if (context) SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  }
  SSL *ssl = context ? SSL_new(context) : NULL;
  if (!ssl || SSL_set_fd(ssl, fd) != 1) {
    *reason = "TLS cannot be had";
    SSL_free(ssl);
    return NULL;
  }
  SSL_set_connect_state(ssl);
  return ssl;
}

void tls_free(SSL *ssl) { SSL_free(ssl); }

int tls_handshake(SSL *ssl, const char **reason) {
  ERR_clear_error();
  int result = SSL_do_handshake(ssl);
  if (result == 1) return 1;
  int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
  const char *text = ERR_reason_error_string(ERR_peek_error());
  *reason = text ? text : "TLS handshake failed";
  return -1;
}

static int at_most(size_t length) { return length > INT_MAX ? INT_MAX : (int)length; }

/* As recv and send tell it. */
static ssize_t outcome(SSL *ssl, int result) {
  if (result > 0) return result;
  int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

ssize_t tls_read(SSL *ssl, char *data, size_t length) {
  ERR_clear_error();
  return outcome(ssl, SSL_read(ssl, data, at_most(length)));
}

ssize_t tls_write(SSL *ssl, const char *data, size_t length) {
  ERR_clear_error();
  return outcome(ssl, SSL_write(ssl, data, at_most(length)));
}

#else

struct ssl_st *tls_new(int fd, const char **reason) {
  (void)fd;
  *reason = "the driver was compiled without TLS; apt-get install libssl-dev";
  return NULL;
}
void tls_free(struct ssl_st *ssl) { (void)ssl; }
int tls_handshake(struct ssl_st *ssl, const char **reason) {
  (void)ssl;
  *reason = "no TLS";
  return -1;
}
ssize_t tls_read(struct ssl_st *ssl, char *data, size_t length) {
  (void)ssl, (void)data, (void)length;
  errno = ENOTSUP;
  return -1;
}
ssize_t tls_write(struct ssl_st *ssl, const char *data, size_t length) {
  (void)ssl, (void)data, (void)length;
  errno = ENOTSUP;
  return -1;
}

#endif
