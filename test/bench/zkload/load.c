#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"
#include "figures.h"
#include "options.h"

/* Sessions that are asked for at a time, nodes that are created at a time before anything is measured. */
enum { OPENED_AT_ONCE = 64, CREATED_AT_ONCE = 200, EVENTS = 256, POLL_MS = 20, GOODBYE_SECONDS = 2 };
enum { NODE_EXISTS = -110 };

static char *data;
static long filled; /* names handed out so far by fill */

/* Creates nodes one directory at a time, several under way; an existing one is as good. */
static void create_many(connection *c, const char *format, int count) {
  for (int sent = 0, got = 0; got < count; got++) {
    for (; sent < count && sent - got < CREATED_AT_ONCE; sent++) {
      char path[PATH_SIZE];
      snprintf(path, sizeof path, format, option.root, sent);
      put_request(c, OP_CREATE, path, data, (size_t)option.bytes);
    }
    send_some(c);
    size_t length;
    int32_t error = int_at(receive(c, &length) + 12);
    if (error != 0 && error != NODE_EXISTS) fail("setup was refused");
  }
}

static void set_up(void) {
  connection c = {0};
  size_t length;
  connection_start(&c, &option.hosts[0]);
  send_some(&c);
  char *reply = receive(&c, &length);
  if (!is_session(reply, length)) fail("no session");
  create_many(&c, "%s", 1);
  if (is("create")) create_many(&c, "%s/c%d", option.connections);
  else if (is("fill")) create_many(&c, "%s/d%d", (int)((option.total - 1) / DIRECTORY_SIZE) + 1);
  else if (option.tree == 0) create_many(&c, "%s/k%d", option.keys);
  put_request(&c, OP_CLOSE, NULL, NULL, 0);
  send_some(&c);
  receive(&c, &length);
  close(c.fd);
}

static void open_all(connection *all) {
  for (int first = 0; first < option.connections; first += OPENED_AT_ONCE) {
    int end = first + OPENED_AT_ONCE < option.connections ? first + OPENED_AT_ONCE : option.connections;
    for (int i = first; i < end; i++) {
      connection_start(&all[i], &option.hosts[i % option.host_count]);
      send_some(&all[i]);
    }
    for (int i = first; i < end; i++) {
      size_t length;
      char *reply = receive(&all[i], &length);
      if (!is_session(reply, length)) fail("no session");
      all[i].queued_at = calloc((size_t)option.window, sizeof(double));
      fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    }
  }
}

/* Ends the sessions, so that none expires while something else is measured. */
static void close_all(connection *all) {
  for (int i = 0; i < option.connections; i++) {
    struct timeval limit = {.tv_sec = GOODBYE_SECONDS};
    fcntl(all[i].fd, F_SETFL, 0);
    setsockopt(all[i].fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    put_request(&all[i], OP_CLOSE, NULL, NULL, 0);
    /* A server that has gone meanwhile needs no goodbye. */
    buffer *out = &all[i].out;
    if (write(all[i].fd, out->bytes + out->start, out->end - out->start) < 0) continue;
  }
  double limit = now() + 5 * GOODBYE_SECONDS;
  char rest[READ_CHUNK];
  for (int i = 0; i < option.connections && now() < limit; i++)
    while (read(all[i].fd, rest, sizeof rest) > 0 && now() < limit) continue;
}

static void name_node(char *path, long number) {
  snprintf(path, PATH_SIZE, "%s/d%ld/n%ld", option.root, number / DIRECTORY_SIZE, number % DIRECTORY_SIZE);
}

/* False when fill has nothing left to do. */
static bool choose(connection *c, int number, int32_t *opcode, char *path) {
  if (is("create")) {
    *opcode = OP_CREATE;
    snprintf(path, PATH_SIZE, "%s/c%d/n%llu", option.root, number, (unsigned long long)c->created++);
  } else if (is("fill")) {
    if (filled == option.total) return false;
    *opcode = OP_CREATE;
    name_node(path, filled++);
  } else if (is("children")) {
    *opcode = OP_CHILDREN;
    snprintf(path, PATH_SIZE, "%s", option.root);
  } else {
    *opcode = is("get") || (is("mix") && random() % 100 < option.read_percent) ? OP_GET : OP_SET;
    if (option.tree > 0) name_node(path, random() % option.tree);
    else snprintf(path, PATH_SIZE, "%s/k%ld", option.root, random() % option.keys);
  }
  return true;
}

static void queue_next(connection *c, int number) {
  char path[PATH_SIZE];
  int32_t opcode;
  if (!choose(c, number, &opcode, path)) return;
  put_request(c, opcode, path, data, (size_t)option.bytes);
  c->queued_at[(c->first + c->under_way++) % (unsigned)option.window] = now();
}

static void watch(int poll, connection *c, int number, int action) {
  struct epoll_event event = {.events = EPOLLIN | (c->waits_for_write ? EPOLLOUT : 0), .data.u32 = (uint32_t)number};
  epoll_ctl(poll, action, c->fd, &event);
}

static void flush(int poll, connection *c, int number) {
  bool waits = !send_some(c);
  if (waits == c->waits_for_write) return;
  c->waits_for_write = waits;
  watch(poll, c, number, EPOLL_CTL_MOD);
}

static void take_replies(connection *c, int number) {
  if (!receive_some(c)) return;
  double time = now();
  size_t length;
  for (char *reply = frame_next(&c->in, &length); reply != NULL; reply = frame_next(&c->in, &length)) {
    if (length < 16 || int_at(reply) != c->xid - (int32_t)c->under_way + 1) fail("a reply out of order");
    figures_reply(time, c->queued_at[c->first], int_at(reply + 12) == 0);
    c->first = (c->first + 1) % (unsigned)option.window;
    c->under_way--;
    queue_next(c, number);
  }
}

void load_run(void) {
  data = malloc((size_t)option.bytes + 1);
  if (data == NULL) fail("no memory");
  memset(data, 'v', (size_t)option.bytes + 1);
  set_up();
  connection *all = calloc((size_t)option.connections, sizeof *all);
  if (all == NULL) fail("no memory");
  open_all(all);
  int poll = epoll_create1(0);
  bool fills = is("fill"), is_warm = fills;
  double begun = now() + (fills ? 0 : option.warm_up), time;
  if (fills) figures_begin(begun);
  for (int i = 0; i < option.connections; i++) {
    watch(poll, &all[i], i, EPOLL_CTL_ADD);
    for (int k = 0; k < option.window; k++) queue_next(&all[i], i);
    flush(poll, &all[i], i);
  }
  for (;;) {
    time = now();
    if (!is_warm && time >= begun) {
      is_warm = true;
      begun = time;
      figures_begin(time);
    }
    if (fills ? figures_done() == (uint64_t)option.total : is_warm && time >= begun + option.seconds) break;
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll, events, EVENTS, POLL_MS);
    for (int e = 0; e < count; e++) {
      int number = (int)events[e].data.u32;
      if (events[e].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take_replies(&all[number], number);
      flush(poll, &all[number], number);
    }
  }
  figures_print(option.operation, option.connections, option.window, option.bytes, time, (uint64_t)option.total);
  errno = 0;
  close_all(all);
}
