#ifndef CONNECTION_H
#define CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

enum { OP_CREATE = 1, OP_GET = 4, OP_SET = 5, OP_CHILDREN = 8, OP_CLOSE = -11 };
enum { READ_CHUNK = 1 << 16 };

/* One session on one socket. */
typedef struct {
  int fd;
  bool waits_for_write;
  int32_t xid;
  buffer in, out;
  double *queued_at; /* ring of as many times as there may be requests under way */
  unsigned first, under_way;
  uint64_t created;
} connection;

/* Connects, and puts the request for a session into `out`. */
void connection_start(connection *c, const struct sockaddr_in *host);

/* Whether the answer to it gives a session. */
bool is_session(const char *reply, size_t length);

/* Puts a request into `out`; `data` belongs to set and create. */
void put_request(connection *c, int32_t opcode, const char *path, const char *data, size_t length);

/* Writes what a socket takes; false when something is left. A socket that blocks takes everything. */
bool send_some(connection *c);

/* Reads what there is; false when a socket that does not block has nothing. Ends the program when the server has gone. */
bool receive_some(connection *c);

/* The next whole frame of a socket that blocks. */
char *receive(connection *c, size_t *length);

#endif
