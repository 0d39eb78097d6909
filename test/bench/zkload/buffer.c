#include "buffer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

void buffer_reserve(buffer *b, size_t more) {
  if (b->start == b->end) b->start = b->end = 0;
  if (b->end + more <= b->capacity) return;
  if (b->start > 0) {
    memmove(b->bytes, b->bytes + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
  }
  if (b->end + more <= b->capacity) return;
  b->capacity = (b->end + more) * 2;
  b->bytes = realloc(b->bytes, b->capacity);
  if (b->bytes == NULL) fail("no memory");
}

void put(buffer *b, const void *bytes, size_t length) {
  buffer_reserve(b, length);
  memcpy(b->bytes + b->end, bytes, length);
  b->end += length;
}

void put_int(buffer *b, int32_t value) {
  uint32_t big = htonl((uint32_t)value);
  put(b, &big, 4);
}

void put_bytes(buffer *b, const char *bytes, size_t length) {
  put_int(b, (int32_t)length);
  put(b, bytes, length);
}

void put_string(buffer *b, const char *text) { put_bytes(b, text, strlen(text)); }

int32_t int_at(const char *bytes) {
  uint32_t big;
  memcpy(&big, bytes, 4);
  return (int32_t)ntohl(big);
}

size_t frame_begin(buffer *b) {
  buffer_reserve(b, 4);
  size_t at = b->end - b->start;
  put_int(b, 0);
  return at;
}

void frame_finish(buffer *b, size_t at) {
  uint32_t big = htonl((uint32_t)(b->end - b->start - at - 4));
  memcpy(b->bytes + b->start + at, &big, 4);
}

char *frame_next(buffer *b, size_t *length) {
  if (b->end - b->start < 4) return NULL;
  char *frame = b->bytes + b->start;
  int32_t told = int_at(frame);
  if (told < 0) fail("a frame of negative length");
  *length = (size_t)told;
  if (b->end - b->start < 4 + *length) return NULL;
  b->start += 4 + *length;
  return frame + 4;
}
