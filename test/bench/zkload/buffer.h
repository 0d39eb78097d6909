#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Bytes on their way to a socket or from one, and ZooKeeper's encoding (jute) of what stands in them. */
typedef struct {
  char *bytes;
  size_t start, end, capacity;
} buffer;

void buffer_reserve(buffer *b, size_t more);
void put(buffer *b, const void *bytes, size_t length);
void put_int(buffer *b, int32_t value);
void put_bytes(buffer *b, const char *bytes, size_t length);
void put_string(buffer *b, const char *text);
int32_t int_at(const char *bytes);

/* A frame is begun with its length open; the offset is relative to `start`, because the buffer may move. */
size_t frame_begin(buffer *b);
void frame_finish(buffer *b, size_t at);

/* Takes the next whole frame out of what was read; its payload, or NULL when there is none yet. */
char *frame_next(buffer *b, size_t *length);

#endif
