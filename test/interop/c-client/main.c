/* Runs every check with Debian's C client: main HOST:PORT,HOST:PORT,HOST:PORT */
#include "checks.h"

#include <stdlib.h>

const char *hosts;
char host_of[3][64];

void remember(zhandle_t *handle, int type, int state, const char *path, void *context) {
  told_t *told = context;
  (void)handle;
  (void)state;
  if (told == NULL || type == ZOO_SESSION_EVENT || told->count >= 64) return;
  told->types[told->count] = type;
  snprintf(told->paths[told->count], sizeof told->paths[0], "%s", path);
  told->count++;
}

zhandle_t *connected(const char *where, const clientid_t *identity) {
  zhandle_t *handle = zookeeper_init(where, remember, TIMEOUT_MS, identity, NULL, 0);
  if (handle == NULL) abort();
  for (int waited = 0; zoo_state(handle) != ZOO_CONNECTED_STATE; waited += 5) {
    if (waited > WITHIN_MS) {
      fprintf(stderr, "no connection to %s\n", where);
      exit(2);
    }
    usleep(5000);
  }
  return handle;
}

void ask(const char *wish, char *answer, int size) {
  printf("{\"ask\": \"%s\"}\n", wish);
  fflush(stdout);
  if (fgets(answer, size, stdin) == NULL) exit(2);
  answer[strcspn(answer, "\n")] = 0;
}

void clear(zhandle_t *handle, const char *path) {
  struct String_vector names;
  if (zoo_get_children(handle, path, 0, &names) != ZOK) return;
  for (int i = 0; i < names.count; i++) {
    char child[256];
    snprintf(child, sizeof child, "%s/%s", path, names.data[i]);
    clear(handle, child);
  }
  deallocate_String_vector(&names);
  zoo_delete(handle, path, -1);
}

static int failures = 0;

static void run(const char *name, check_fn check) {
  const char *reason = check();
  if (reason == NULL) {
    printf("{\"check\": \"%s\", \"ok\": true}\n", name);
  } else {
    failures++;
    printf("{\"check\": \"%s\", \"ok\": false, \"trace\": \"", name);
    for (; *reason; reason++) {
      if (*reason == '"' || *reason == '\\') putchar('\\');
      putchar(*reason);
    }
    printf("\"}\n");
  }
  fflush(stdout);
}

int main(int count, char **arguments) {
  if (count != 2 || sscanf(arguments[1], "%63[^,],%63[^,],%63s", host_of[0], host_of[1], host_of[2]) != 3) {
    fprintf(stderr, "usage: %s HOST:PORT,HOST:PORT,HOST:PORT\n", arguments[0]);
    return 2;
  }
  hosts = arguments[1];
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  run("every create mode, through every member, with the stat of what was made", create_modes);
  run("data: set with versions, null, empty and a megabyte, and the code of each refusal", data_and_versions);
  run("children with and without stat, paths below a chroot, sync", children_and_paths);
  run("multi: all under one zxid, or nothing and the code of each part", multi_operations);
  run("ACLs: auth, permissions, versions; a handle without identity is refused", access_control);
  run("two thousand calls without waiting: answered in their order, one sequence", pipelined_calls);
  run("watches of exists, get and get_children: each event once, through every member", watches_of_each_kind);
  run("watches removed by kind, and a watch that is not there", watches_removed);
  run("the configuration is read, a change of it is refused", configuration);
  run("a session goes on in another handle with its id; the first is told expired", session_taken_over);
  run("the member of a handle is killed: session, ephemeral, watches and sequence go on", member_killed);
  return failures > 0;
}
