/* What the checks share: handles on the ensemble, and one line of JSON for each check. */
#ifndef CHECKS_H
#define CHECKS_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

#define WITHIN_MS 20000
#define TIMEOUT_MS 10000
#define TEXT_OF(x) #x
#define LINE_OF(x) TEXT_OF(x)

/* Ends a check with what did not hold. */
#define HOLDS(condition) \
  do { \
    if (!(condition)) return __FILE__ ":" LINE_OF(__LINE__) " " #condition; \
  } while (0)

/* Waits for what another thread brings about. */
#define BECOMES(condition) \
  do { \
    for (int waited = 0; !(condition) && waited < WITHIN_MS; waited += 5) usleep(5000); \
    HOLDS(condition); \
  } while (0)

/* The reason of a failure, or NULL. */
typedef const char *(*check_fn)(void);

extern const char *hosts;
extern char host_of[3][64];

/* Events that a watcher was told of. */
typedef struct {
  volatile int count;
  int types[64];
  char paths[64][128];
} told_t;

void remember(zhandle_t *handle, int type, int state, const char *path, void *context);
/* A connected handle; its watcher is told of its states. */
zhandle_t *connected(const char *where, const clientid_t *identity);
/* Has the test do something to the ensemble. */
void ask(const char *wish, char *answer, int size);
/* Takes a node with its children away. */
void clear(zhandle_t *handle, const char *path);

const char *create_modes(void);
const char *data_and_versions(void);
const char *children_and_paths(void);
const char *multi_operations(void);
const char *access_control(void);
const char *pipelined_calls(void);
const char *watches_of_each_kind(void);
const char *watches_removed(void);
const char *configuration(void);
const char *session_taken_over(void);
const char *member_killed(void);

#endif
