#include "sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"
#include "figures.h"
#include "options.h"

enum { EVENTS = 64, POLL_MS = 20 };

/* One session after the other: opening until the server has given it, then closing. */
typedef struct {
  connection connection;
  bool is_closing;
  double begun;
} slot;

static int next_host;

static void begin_session(int poll, slot *s, int number) {
  connection *c = &s->connection;
  c->in.start = c->in.end = c->out.start = c->out.end = 0;
  c->xid = 0;
  s->is_closing = false;
  s->begun = now();
  connection_start(c, &option.hosts[next_host++ % option.host_count]);
  /* A request is a few bytes on a new socket: it takes them all. */
  if (!send_some(c)) fail("a socket took no request");
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
  epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event);
}

static void go_on(int poll, slot *s, int number) {
  connection *c = &s->connection;
  size_t length;
  if (!receive_some(c)) return;
  char *reply = frame_next(&c->in, &length);
  if (reply == NULL) return;
  if (!s->is_closing) {
    if (!is_session(reply, length)) fail("no session");
    s->is_closing = true;
    put_request(c, OP_CLOSE, NULL, NULL, 0);
    if (!send_some(c)) fail("a socket took no request");
    return;
  }
  figures_reply(now(), s->begun, length >= 16 && int_at(reply + 12) == 0);
  close(c->fd);
  begin_session(poll, s, number);
}

void sessions_run(void) {
  int poll = epoll_create1(0);
  slot *all = calloc((size_t)option.connections, sizeof *all);
  if (all == NULL) fail("no memory");
  bool is_warm = false;
  double begun = now() + option.warm_up, time;
  for (int i = 0; i < option.connections; i++) begin_session(poll, &all[i], i);
  for (;;) {
    time = now();
    if (!is_warm && time >= begun) {
      is_warm = true;
      begun = time;
      figures_begin(time);
    }
    if (is_warm && time >= begun + option.seconds) break;
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll, events, EVENTS, POLL_MS);
    for (int e = 0; e < count; e++) go_on(poll, &all[events[e].data.u32], (int)events[e].data.u32);
  }
  figures_print(option.operation, option.connections, 1, 0, time, 0);
  errno = 0;
}
