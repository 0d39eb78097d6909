#include "connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"

enum { SESSION_TIMEOUT_MS = 30000 };

void connection_start(connection *c, const struct sockaddr_in *host) {
  static const char zeros[16];
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)host, sizeof *host) < 0) fail("connect");
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  size_t at = frame_begin(&c->out);
  put_int(&c->out, 0);
  put(&c->out, zeros, 8);
  put_int(&c->out, SESSION_TIMEOUT_MS);
  put(&c->out, zeros, 8);
  put_bytes(&c->out, zeros, 16);
  put(&c->out, zeros, 1);
  frame_finish(&c->out, at);
}

bool is_session(const char *reply, size_t length) { return length >= 36 && int_at(reply + 4) > 0; }

void put_request(connection *c, int32_t opcode, const char *path, const char *data, size_t length) {
  size_t at = frame_begin(&c->out);
  put_int(&c->out, ++c->xid);
  put_int(&c->out, opcode);
  if (path != NULL) put_string(&c->out, path);
  if (opcode == OP_GET || opcode == OP_CHILDREN) put(&c->out, "", 1);
  if (opcode == OP_SET || opcode == OP_CREATE) put_bytes(&c->out, data, length);
  if (opcode == OP_SET) put_int(&c->out, -1);
  if (opcode == OP_CREATE) {
    put_int(&c->out, 1);
    put_int(&c->out, 31);
    put_string(&c->out, "world");
    put_string(&c->out, "anyone");
    put_int(&c->out, 0);
  }
  frame_finish(&c->out, at);
}

bool send_some(connection *c) {
  while (c->out.start < c->out.end) {
    ssize_t sent = write(c->fd, c->out.bytes + c->out.start, c->out.end - c->out.start);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (sent <= 0) fail("a connection ended");
    c->out.start += (size_t)sent;
  }
  return c->out.start == c->out.end;
}

bool receive_some(connection *c) {
  buffer_reserve(&c->in, READ_CHUNK);
  ssize_t got = read(c->fd, c->in.bytes + c->in.end, c->in.capacity - c->in.end);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) fail("a connection ended");
  c->in.end += (size_t)got;
  return true;
}

char *receive(connection *c, size_t *length) {
  for (;;) {
    char *payload = frame_next(&c->in, length);
    if (payload != NULL) return payload;
    receive_some(c);
  }
}
