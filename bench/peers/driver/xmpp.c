/* An occupant of a Multi-User Chat (XEP-0045) over XMPP (RFC 6120, 6121) without TLS, logged in as nobody (SASL
   ANONYMOUS, RFC 4505). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "xml.h"

enum { OPENING, AUTHENTICATING, REOPENING, BINDING, JOINING };

/* The domain of the users is that of the room without its first label. */
static const char *domain(const Peer *peer) { return strchr(peer->participant.room, '.') + 1; }

static void open_stream(Peer *peer) {
  peer_say(peer,
           "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' "
           "xmlns:stream='http://etherx.jabber.org/streams'>",
           domain(peer));
}

static void on_features(Peer *peer, const char *data, size_t length) {
  if (peer->stage == OPENING) {
    if (!xml_has(data, length, ">ANONYMOUS<")) {
      peer_fail(peer, "the server does not offer SASL ANONYMOUS");
      return;
    }
    peer->stage = AUTHENTICATING;
    peer_say(peer, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    return;
  }
  peer->stage = BINDING;
  peer_say(peer, "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
}

/* XEP-0045 section 7.2.2, without the messages that were there before. */
static void join(Peer *peer) {
  peer->stage = JOINING;
  peer_say(peer, "<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
           peer->participant.room, peer->participant.from);
}

static bool is(const char *data, size_t length, const char *tag) {
  return length > strlen(tag) && memcmp(data, tag, strlen(tag)) == 0;
}

/* The tag at the front, of which the attributes are its own. */
static bool tag_has(const char *data, size_t length, const char *wanted) {
  const char *end = memchr(data, '>', length);
  return end && xml_has(data, (size_t)(end - data), wanted);
}

static bool is_error(const char *data, size_t length) {
  return tag_has(data, length, "type='error'") || tag_has(data, length, "type=\"error\"");
}

static void on_stanza(Peer *peer, const char *data, size_t length, uint64_t now) {
  if (is(data, length, "<message")) {
    size_t text_length;
    if (is_error(data, length)) {
      peer_fail(peer, "a message was refused");
      return;
    }
    const char *text = xml_text(data, length, "<body>", &text_length);
    if (text) peer_received(peer, text, text_length, length, now);
  } else if (is(data, length, "<presence")) {
    if (is_error(data, length)) peer_fail(peer, "the room let it not in");
    /* XEP-0045 section 7.2.2: status 110 is in one's own presence, which comes after those of all others. */
    else if (xml_has(data, length, "code='110'") || xml_has(data, length, "code=\"110\"")) peer_joined(peer);
  } else if (is(data, length, "<stream:features")) {
    on_features(peer, data, length);
  } else if (is(data, length, "<success")) {
    peer->stage = REOPENING;
    open_stream(peer);
  } else if (is(data, length, "<iq") && peer->stage == BINDING) {
    if (is_error(data, length)) peer_fail(peer, "the server binds no resource");
    else join(peer);
  } else if (is(data, length, "<failure")) {
    peer_fail(peer, "the server refused SASL ANONYMOUS");
  } else if (is(data, length, "<stream:error")) {
    peer_fail(peer, "the server ended the stream with an error");
  }
}

/* The header of the server's stream, an element that stays open. Its octets, 0 when not all are there. */
static size_t take_header(const char *data, size_t length) {
  const char *start = memmem(data, length, "<stream:stream", 14);
  const char *end = start ? memchr(start, '>', (size_t)(data + length - start)) : NULL;
  return end ? (size_t)(end + 1 - data) : 0;
}

static bool begins_stream(const Peer *peer, const char *data, size_t length) {
  if (peer->stage != OPENING && peer->stage != REOPENING) return false;
  return is(data, length, "<?xml") || is(data, length, "<stream:stream");
}

static size_t take(Peer *peer, const char *data, size_t length, uint64_t now) {
  size_t taken = 0;
  while (taken < length && peer->participant.link.fd >= 0) {
    const char *rest = data + taken;
    if (*rest == ' ' || *rest == '\n') {
      taken += 1;
      continue;
    }
    bool header = begins_stream(peer, rest, length - taken);
    size_t element = header ? take_header(rest, length - taken) : xml_element(rest, length - taken);
    if (element == MALFORMED || element == 0) return element == 0 ? taken : MALFORMED;
    if (!header) on_stanza(peer, rest, element, now);
    taken += element;
  }
  return taken;
}

static void build(const Peer *peer, const char *text, MessageTemplate *message) {
  int length = asprintf(&message->frame, "<message to='%s' type='groupchat'><body>%s</body></message>",
                        peer->participant.room, text);
  message->length = (size_t)length;
  message->body = (size_t)(strstr(message->frame, "<body>") + 6 - message->frame);
}

const Protocol xmpp = {.name = "xmpp", .open = open_stream, .take = take, .build = build, .reflects = true};
