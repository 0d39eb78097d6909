/*
 * A load generator for servers that speak ZooKeeper's client protocol: one thread, epoll, a number of connections that
 * each keep a number of requests under way. Prints one JSON object.
 *
 *   zkload -h HOST:PORT[,HOST:PORT] -o set|get|mix|create|fill [options]
 *     -c N   connections (32), spread over the hosts in turn
 *     -w N   requests under way on each (1)
 *     -b N   bytes of data in each write and each node (100)
 *     -k N   nodes that set, get and mix choose from at random (1000)
 *     -r N   percent of reads in mix (90)
 *     -s N   seconds to measure (5), after -u N seconds to warm up (1)
 *     -n N   fill: how many nodes to create in all, in directories of 1000; measures until they are there
 *     -p P   path of the directory to work in (/bench); created, must not hold anything of an earlier create or fill
 *
 * Latency is from the moment a request is queued for its socket to the moment its reply is parsed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OP_CREATE = 1, OP_GET = 4, OP_SET = 5, OP_CLOSE = -11 };
enum { MAX_HOSTS = 16, DIRECTORY_SIZE = 1000, READ_CHUNK = 1 << 16 };

typedef struct {
  char *bytes;
  size_t start, end, capacity;
} buffer;

typedef struct {
  int fd;
  bool waits_for_write;
  int32_t xid;
  buffer in, out;
  double *queued_at; /* ring of `window` times */
  unsigned first, under_way;
  uint64_t created;
} connection;

static struct {
  struct sockaddr_in hosts[MAX_HOSTS];
  int host_count, connections, window, bytes, keys, read_percent;
  double seconds, warm_up;
  long total;
  const char *operation, *root;
} option = {.connections = 32, .window = 1, .bytes = 100, .keys = 1000, .read_percent = 90,
            .seconds = 5, .warm_up = 1, .total = 0, .operation = "set", .root = "/bench"};

static char *data;
static long filled; /* names handed out so far by fill */

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "zkload: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ---- latencies: 32 steps per power of two, in microseconds ---- */

enum { STEPS = 32, BINS = 40 * STEPS };
static uint64_t bins[BINS], done, failed;
static double worst, silence;

static void record(double seconds) {
  uint64_t value = (uint64_t)(seconds * 1e6), shift = 0;
  while (value >= 2 * STEPS) {
    value >>= 1;
    shift++;
  }
  uint64_t bin = shift * STEPS + value;
  bins[bin < BINS ? bin : BINS - 1]++;
  if (seconds > worst) worst = seconds;
}

static double percentile_ms(double share) {
  uint64_t sum = 0, seen = 0;
  for (int i = 0; i < BINS; i++) sum += bins[i];
  for (int i = 0; i < BINS && sum > 0; i++) {
    seen += bins[i];
    if ((double)seen < (double)sum * share) continue;
    uint64_t value = (uint64_t)i, shift = 0;
    if (value >= 2 * STEPS) {
      shift = value / STEPS - 1;
      value -= shift * STEPS;
    }
    return (double)(value << shift) / 1000.0;
  }
  return 0;
}

/* ---- encoding ---- */

static void reserve(buffer *b, size_t more) {
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

static void put(buffer *b, const void *bytes, size_t length) {
  reserve(b, length);
  memcpy(b->bytes + b->end, bytes, length);
  b->end += length;
}

static void put_int(buffer *b, int32_t value) {
  uint32_t big = htonl((uint32_t)value);
  put(b, &big, 4);
}

static void put_bytes(buffer *b, const char *bytes, size_t length) {
  put_int(b, (int32_t)length);
  put(b, bytes, length);
}

static void put_string(buffer *b, const char *text) { put_bytes(b, text, strlen(text)); }
static int32_t int_at(const char *bytes) {
  uint32_t big;
  memcpy(&big, bytes, 4);
  return (int32_t)ntohl(big);
}

/* A frame is begun with its length open; the offset is relative to `start`, because the buffer may move. */
static size_t begin(buffer *b) {
  reserve(b, 4);
  size_t at = b->end - b->start;
  put_int(b, 0);
  return at;
}

static void finish(buffer *b, size_t at) {
  uint32_t big = htonl((uint32_t)(b->end - b->start - at - 4));
  memcpy(b->bytes + b->start + at, &big, 4);
}

static void put_request(connection *c, int32_t opcode, const char *path) {
  size_t at = begin(&c->out);
  put_int(&c->out, ++c->xid);
  put_int(&c->out, opcode);
  if (path != NULL) put_string(&c->out, path);
  if (opcode == OP_GET) put(&c->out, "", 1);
  if (opcode == OP_SET || opcode == OP_CREATE) put_bytes(&c->out, data, (size_t)option.bytes);
  if (opcode == OP_SET) put_int(&c->out, -1);
  if (opcode == OP_CREATE) {
    put_int(&c->out, 1);
    put_int(&c->out, 31);
    put_string(&c->out, "world");
    put_string(&c->out, "anyone");
    put_int(&c->out, 0);
  }
  finish(&c->out, at);
}

/* ---- connections ---- */

static void send_all(connection *c) {
  while (c->out.start < c->out.end) {
    ssize_t sent = write(c->fd, c->out.bytes + c->out.start, c->out.end - c->out.start);
    if (sent <= 0) fail("a connection ended");
    c->out.start += (size_t)sent;
  }
}

/* The next whole frame, read with a blocking socket; its payload and length. */
static char *receive(connection *c, int32_t *length) {
  for (;;) {
    size_t held = c->in.end - c->in.start;
    if (held >= 4) {
      char *frame = c->in.bytes + c->in.start;
      *length = int_at(frame);
      if (held >= 4 + (size_t)*length) {
        c->in.start += 4 + (size_t)*length;
        return frame + 4;
      }
    }
    reserve(&c->in, READ_CHUNK);
    ssize_t got = read(c->fd, c->in.bytes + c->in.end, c->in.capacity - c->in.end);
    if (got <= 0) fail("a connection ended");
    c->in.end += (size_t)got;
  }
}

static void open_session(connection *c, int number) {
  static const char zeros[16];
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in *host = &option.hosts[number % option.host_count];
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)host, sizeof *host) < 0) fail("connect");
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  size_t at = begin(&c->out);
  put_int(&c->out, 0);
  put(&c->out, zeros, 8);
  put_int(&c->out, 30000);
  put(&c->out, zeros, 8);
  put_bytes(&c->out, zeros, 16);
  put(&c->out, zeros, 1);
  finish(&c->out, at);
  send_all(c);
  int32_t length;
  char *reply = receive(c, &length);
  if (length < 36 || int_at(reply + 4) <= 0) fail("no session");
  c->queued_at = calloc((size_t)option.window, sizeof(double));
}

/* Creates nodes one directory at a time, several under way; an existing one is as good. */
static void create_many(connection *c, const char *format, int count) {
  for (int sent = 0, got = 0; got < count; got++) {
    for (; sent < count && sent - got < 200; sent++) {
      char path[256];
      snprintf(path, sizeof path, format, option.root, sent);
      put_request(c, OP_CREATE, path);
    }
    send_all(c);
    int32_t length;
    int32_t error = int_at(receive(c, &length) + 12);
    if (error != 0 && error != -110) fail("setup was refused");
  }
}

static bool is(const char *operation) { return strcmp(option.operation, operation) == 0; }

static void set_up(void) {
  connection c = {0};
  open_session(&c, 0);
  create_many(&c, "%s", 1);
  if (is("create")) create_many(&c, "%s/c%d", option.connections);
  else if (is("fill")) create_many(&c, "%s/d%d", (int)((option.total - 1) / DIRECTORY_SIZE) + 1);
  else create_many(&c, "%s/k%d", option.keys);
  put_request(&c, OP_CLOSE, NULL);
  send_all(&c);
  receive(&c, &(int32_t){0});
  close(c.fd);
}

static void queue_next(connection *c, int number) {
  char path[256];
  int32_t opcode = OP_SET;
  if (is("create") || is("fill")) {
    opcode = OP_CREATE;
    if (is("create")) {
      snprintf(path, sizeof path, "%s/c%d/n%llu", option.root, number, (unsigned long long)c->created++);
    } else {
      if (filled == option.total) return;
      snprintf(path, sizeof path, "%s/d%ld/n%ld", option.root, filled / DIRECTORY_SIZE, filled % DIRECTORY_SIZE);
      filled++;
    }
  } else {
    if (is("get") || (is("mix") && random() % 100 < option.read_percent)) opcode = OP_GET;
    snprintf(path, sizeof path, "%s/k%ld", option.root, random() % option.keys);
  }
  put_request(c, opcode, path);
  c->queued_at[(c->first + c->under_way++) % (unsigned)option.window] = now();
}

/* ---- the loop ---- */

static void watch(int poll, connection *c, int number, int action) {
  struct epoll_event event = {.events = EPOLLIN | (c->waits_for_write ? EPOLLOUT : 0), .data.u32 = (uint32_t)number};
  epoll_ctl(poll, action, c->fd, &event);
}

static void flush(int poll, connection *c, int number) {
  while (c->out.start < c->out.end) {
    ssize_t sent = write(c->fd, c->out.bytes + c->out.start, c->out.end - c->out.start);
    if (sent < 0 && errno == EAGAIN) break;
    if (sent <= 0) fail("a connection ended");
    c->out.start += (size_t)sent;
  }
  bool waits = c->out.start < c->out.end;
  if (waits == c->waits_for_write) return;
  c->waits_for_write = waits;
  watch(poll, c, number, EPOLL_CTL_MOD);
}

static void take_replies(connection *c, int number) {
  static double last_reply;
  reserve(&c->in, READ_CHUNK);
  ssize_t got = read(c->fd, c->in.bytes + c->in.end, c->in.capacity - c->in.end);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("a connection ended");
  c->in.end += (size_t)got;
  double time = now();
  if (last_reply > 0 && time - last_reply > silence) silence = time - last_reply;
  last_reply = time;
  while (c->in.end - c->in.start >= 4) {
    char *frame = c->in.bytes + c->in.start;
    size_t length = (size_t)int_at(frame);
    if (c->in.end - c->in.start < 4 + length) break;
    c->in.start += 4 + length;
    if (int_at(frame + 4) != c->xid - (int32_t)c->under_way + 1) fail("a reply out of order");
    if (int_at(frame + 4 + 12) != 0) failed++;
    record(time - c->queued_at[c->first]);
    c->first = (c->first + 1) % (unsigned)option.window;
    c->under_way--;
    done++;
    queue_next(c, number);
  }
}

static void run(void) {
  int poll = epoll_create1(0);
  connection *all = calloc((size_t)option.connections, sizeof *all);
  for (int i = 0; i < option.connections; i++) {
    open_session(&all[i], i);
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    watch(poll, &all[i], i, EPOLL_CTL_ADD);
  }
  double measured = now() + (is("fill") ? 0 : option.warm_up), ended;
  bool fills = is("fill"), warm = fills;
  for (int i = 0; i < option.connections; i++) {
    for (int k = 0; k < option.window; k++) queue_next(&all[i], i);
    flush(poll, &all[i], i);
  }
  for (;;) {
    ended = now();
    if (fills ? done == (uint64_t)option.total : ended >= measured + option.seconds) break;
    if (!warm && ended >= measured) {
      warm = true;
      measured = ended;
      memset(bins, 0, sizeof bins);
      done = failed = 0, worst = silence = 0;
    }
    struct epoll_event events[64];
    int count = epoll_wait(poll, events, 64, 20);
    for (int e = 0; e < count; e++) {
      int number = (int)events[e].data.u32;
      if (events[e].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take_replies(&all[number], number);
      flush(poll, &all[number], number);
    }
  }
  printf("{\"operation\":\"%s\",\"connections\":%d,\"window\":%d,\"bytes\":%d,\"seconds\":%.2f,\"done\":%llu,"
         "\"perSecond\":%.1f,\"failed\":%llu,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"p999Ms\":%.3f,\"worstMs\":%.2f,"
         "\"silenceMs\":%.2f,\"cpuSeconds\":%.2f}\n",
         option.operation, option.connections, option.window, option.bytes, ended - measured,
         (unsigned long long)done, (double)done / (ended - measured), (unsigned long long)failed, percentile_ms(.5),
         percentile_ms(.99), percentile_ms(.999), worst * 1e3, silence * 1e3, (double)clock() / CLOCKS_PER_SEC);
}

static void parse_hosts(char *list) {
  for (char *host = strtok(list, ","); host != NULL; host = strtok(NULL, ",")) {
    char *colon = strchr(host, ':');
    struct sockaddr_in *address = &option.hosts[option.host_count];
    if (colon == NULL || option.host_count++ == MAX_HOSTS) fail("-h wants HOST:PORT[,HOST:PORT]");
    *colon = 0;
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address->sin_addr) != 1) fail("-h wants numeric addresses");
  }
}

int main(int count, char **arguments) {
  int letter;
  while ((letter = getopt(count, arguments, "h:o:c:w:b:k:r:s:u:n:p:")) != -1) {
    switch (letter) {
      case 'h': parse_hosts(optarg); break;
      case 'o': option.operation = optarg; break;
      case 'c': option.connections = atoi(optarg); break;
      case 'w': option.window = atoi(optarg); break;
      case 'b': option.bytes = atoi(optarg); break;
      case 'k': option.keys = atoi(optarg); break;
      case 'r': option.read_percent = atoi(optarg); break;
      case 's': option.seconds = atof(optarg); break;
      case 'u': option.warm_up = atof(optarg); break;
      case 'n': option.total = atol(optarg); break;
      case 'p': option.root = optarg; break;
      default: return 2;
    }
  }
  errno = 0;
  bool known = is("set") || is("get") || is("mix") || is("create") || is("fill");
  if (!known || option.host_count == 0 || option.connections < 1 || option.window < 1) fail("see the head of zkload.c");
  if (is("fill") && option.total < 1) fail("fill wants -n");
  data = malloc((size_t)option.bytes + 1);
  memset(data, 'v', (size_t)option.bytes + 1);
  set_up();
  run();
  return 0;
}
