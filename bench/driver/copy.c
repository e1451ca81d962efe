#include "copy.h"

#include <stdlib.h>
#include <string.h>

#include "pour.h"

Copy *copy_of(Copy **copies, const char *message_id, size_t length, size_t start) {
  for (Copy *copy = *copies; copy; copy = copy->next) {
    if (strncmp(copy->message_id, message_id, length) == 0 && copy->message_id[length] == 0) {
      copy->chunked = true;
      return copy->length + 1 == start ? copy : NULL;
    }
  }
  Copy *copy = start == 1 && length < sizeof copy->message_id ? calloc(1, sizeof *copy) : NULL;
  if (!copy) return NULL;
  memcpy(copy->message_id, message_id, length);
  copy->next = *copies;
  *copies = copy;
  return copy;
}

void copy_forget(Copy **copies, Copy *copy) {
  while (*copies != copy) copies = &(*copies)->next;
  *copies = copy->next;
  free(copy);
}

static void compare(Copy *copy, size_t at, const char *data, size_t length) {
  if (copy->stamped && copy->stamp.run == POUR_RUN) copy->altered |= !pour_matches(at, data, length);
  else if (copy->verified) copy->altered |= !message_matches(copy->sender, &copy->stamp, at, data, length);
}

void copy_push(Copy *copy, const char *data, size_t length) {
  if (!copy->stamped && copy->head_length < sizeof copy->head) {
    size_t take = sizeof copy->head - copy->head_length < length ? sizeof copy->head - copy->head_length : length;
    memcpy(copy->head + copy->head_length, data, take);
    copy->head_length += take;
    copy->length += take;
    data += take;
    length -= take;
    copy->stamped = message_stamp(copy->head, copy->head_length, &copy->stamp);
    if (copy->stamped) {
      copy->sender = on_stamp(&copy->stamp, &copy->verified);
      copy->verified = copy->verified && copy->sender;
      compare(copy, 0, copy->head, copy->head_length);
    }
  }
  if (length == 0) return;
  compare(copy, copy->length, data, length);
  copy->length += length;
}
