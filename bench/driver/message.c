#define _GNU_SOURCE
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* RFC 4975 section 7.1.1: a chunk of more octets must be interruptible, which the range-end `*` says. */
#define INTERRUPTIBLE_ABOVE 2048

/* Where the patched parts of the head are: "MSRP d1RRRRMMMMMMMM SEND". */
#define ID_LENGTH 14
#define ID_AT 5

static void put_id(char *at, uint32_t run, uint32_t sequence) {
  at[0] = 'd';
  at[1] = '1';
  put_hex(at + 2, run, 4);
  put_hex(at + 6, sequence, 8);
}

void message_bind(Participant *participant) {
  char *frame;
  int length = asprintf(&frame, "MSRP bind%08x SEND\r\n%sMessage-ID: bind%08x\r\nByte-Range: 1-0/0\r\n-------bind%08x$\r\n",
                        participant->index, participant->sent_paths, participant->index, participant->index);
  participant_begin_chunk(participant, (size_t)length);
  participant_send(participant, frame, (size_t)length);
  free(frame);
}

/* In lines, so that nobody meets one longer than he takes. */
static char *fill(size_t length) {
  char *text = malloc(length + 1);
  stamp_fill(text, length, true);
  text[length] = 0;
  return text;
}

static MessageTemplate *build(const Participant *sender, size_t text_length) {
  char date[32];
  char end[24];
  char *body;
  time_t now = time(NULL);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  char *text = fill(text_length);
  int body_length =
      asprintf(&body, "From: <%s>\r\nTo: <%s>\r\nDateTime: %s\r\n\r\nContent-Type: text/plain;charset=utf-8\r\n\r\n%s",
               sender->from, sender->room, date, text);
  snprintf(end, sizeof end, body_length > INTERRUPTIBLE_ABOVE ? "*" : "%d", body_length);
  MessageTemplate *message = calloc(1, sizeof *message);
  int length = asprintf(&message->frame,
                        "MSRP d1............ SEND\r\n%sMessage-ID: d1............\r\nByte-Range: 1-%s/%d\r\n"
                        "Content-Type: message/cpim\r\n\r\n%s\r\n-------d1............$\r\n",
                        sender->sent_paths, end, body_length, body);
  message->length = (size_t)length;
  message->text_length = text_length;
  message->body_length = (size_t)body_length;
  message->text = message->body_length - text_length;
  message->end_line_id = message->length - ID_LENGTH - 3;
  message->body = message->end_line_id - 9 - message->body_length;
  free(body);
  free(text);
  return message;
}

void message_prepare(Participant *sender, size_t text_length) {
  if (sender->message && sender->message->text_length == text_length) return;
  if (sender->message) free(sender->message->frame);
  free(sender->message);
  sender->message = build(sender, text_length);
}

void message_send(Participant *sender, const Stamp *stamp) {
  MessageTemplate *message = sender->message;
  put_id(message->frame + ID_AT, stamp->run, stamp->sequence);
  size_t message_id = ID_AT + ID_LENGTH + 7 + sender->sent_paths_length + 12;
  put_id(message->frame + message_id, stamp->run, stamp->sequence);
  put_id(message->frame + message->end_line_id, stamp->run, stamp->sequence);
  stamp_write(message->frame + message->body + message->text, stamp);
  participant_begin_chunk(sender, message->length);
  participant_send(sender, message->frame, message->length);
}

bool message_stamp(const char *body, size_t length, Stamp *stamp) {
  const char *text = memmem(body, length, "\r\n\r\n" STAMP_PREFIX, 4 + sizeof STAMP_PREFIX - 1);
  return text && stamp_read(text + 4, (size_t)(body + length - text) - 4, stamp);
}

size_t message_body_length(const Participant *sender) { return sender->message->body_length; }

bool message_matches(const Participant *sender, const Stamp *stamp, size_t at, const char *data, size_t length) {
  const MessageTemplate *message = sender->message;
  if (at + length > message->body_length) return false;
  char *body = message->frame + message->body;
  stamp_write(body + message->text, stamp);
  return memcmp(body + at, data, length) == 0;
}
