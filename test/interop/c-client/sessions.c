/* Watches, and what becomes of sessions. */
#include "checks.h"

#include <stdlib.h>

static void wait_for_sync(int code, const char *path, const void *data) {
  (void)path;
  *(volatile int *)data = code == ZOK ? 1 : code;
}

static const char *sync_with_leader(zhandle_t *handle) {
  volatile int done = 0;
  HOLDS(zoo_async(handle, "/", wait_for_sync, (const void *)&done) == ZOK);
  BECOMES(done != 0);
  return done == 1 ? NULL : "the sync failed";
}

static const char *watches_through(zhandle_t *handle, zhandle_t *writer) {
  told_t told = {0};
  struct String_vector names;
  struct Stat stat;
  char data[8];
  int length = sizeof data;
  HOLDS(zoo_wexists(handle, "/w", remember, &told, &stat) == ZNONODE);
  HOLDS(zoo_create(writer, "/w", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  BECOMES(told.count == 1);
  HOLDS(zoo_wget(handle, "/w", remember, &told, data, &length, &stat) == ZOK);
  HOLDS(zoo_set(writer, "/w", "1", 1, -1) == ZOK && zoo_set(writer, "/w", "2", 1, -1) == ZOK);
  BECOMES(told.count == 2);
  HOLDS(zoo_wget_children(handle, "/w", remember, &told, &names) == ZOK);
  HOLDS(zoo_create(writer, "/w/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  BECOMES(told.count == 3);
  HOLDS(zoo_delete(writer, "/w/c", -1) == ZOK);
  HOLDS(sync_with_leader(handle) == NULL);
  HOLDS(zoo_wexists(handle, "/w", remember, &told, &stat) == ZOK);
  HOLDS(zoo_delete(writer, "/w", -1) == ZOK);
  BECOMES(told.count == 4);
  HOLDS(sync_with_leader(handle) == NULL);
  HOLDS(told.count == 4);
  HOLDS(told.types[0] == ZOO_CREATED_EVENT && told.types[1] == ZOO_CHANGED_EVENT);
  HOLDS(told.types[2] == ZOO_CHILD_EVENT && told.types[3] == ZOO_DELETED_EVENT);
  for (int i = 0; i < 4; i++) HOLDS(strcmp(told.paths[i], "/w") == 0);
  return NULL;
}

const char *watches_of_each_kind(void) {
  zhandle_t *writer = connected(host_of[2], NULL);
  for (int i = 0; i < 3; i++) {
    zhandle_t *handle = connected(host_of[i], NULL);
    const char *reason = watches_through(handle, writer);
    zookeeper_close(handle);
    if (reason != NULL) return reason;
  }
  zookeeper_close(writer);
  return NULL;
}

const char *watches_removed(void) {
  zhandle_t *handle = connected(host_of[0], NULL);
  told_t told = {0};
  struct String_vector names;
  struct Stat stat;
  HOLDS(zoo_create(handle, "/r", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  HOLDS(zoo_wexists(handle, "/r", remember, &told, &stat) == ZOK);
  HOLDS(zoo_wget_children(handle, "/r", remember, &told, &names) == ZOK);
  HOLDS(zoo_remove_watches(handle, "/r", ZWATCHTYPE_DATA, remember, &told, 0) == ZOK);
  HOLDS(zoo_set(handle, "/r", "1", 1, -1) == ZOK);
  HOLDS(zoo_create(handle, "/r/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  BECOMES(told.count == 1);
  HOLDS(told.types[0] == ZOO_CHILD_EVENT);
  HOLDS(zoo_remove_watches(handle, "/r", ZWATCHTYPE_CHILD, remember, &told, 0) == ZNOWATCHER);
  HOLDS(zoo_wexists(handle, "/r", remember, &told, &stat) == ZOK);
  HOLDS(zoo_wget_children(handle, "/r", remember, &told, &names) == ZOK);
  HOLDS(zoo_remove_all_watches(handle, "/r", ZWATCHTYPE_ANY, 0) == ZOK);
  HOLDS(zoo_delete(handle, "/r/c", -1) == ZOK && zoo_delete(handle, "/r", -1) == ZOK);
  HOLDS(sync_with_leader(handle) == NULL);
  HOLDS(told.count == 1);
  zookeeper_close(handle);
  return NULL;
}

const char *configuration(void) {
  zhandle_t *handle = connected(hosts, NULL);
  char data[4096];
  int length = sizeof data;
  struct Stat stat;
  HOLDS(zoo_getconfig(handle, 0, data, &length, &stat) == ZOK);
  length = sizeof data;
  const char *joining = "server.9=127.0.0.1:1:2:participant;127.0.0.1:3";
  HOLDS(zoo_reconfig(handle, joining, NULL, NULL, -1, data, &length, &stat) == ZRECONFIGDISABLED);
  HOLDS(zoo_state(handle) == ZOO_CONNECTED_STATE && zoo_exists(handle, "/", 0, &stat) == ZOK);
  zookeeper_close(handle);
  return NULL;
}

const char *session_taken_over(void) {
  zhandle_t *first = connected(host_of[0], NULL);
  struct Stat stat;
  HOLDS(zoo_create(first, "/taken", "", 0, &ZOO_OPEN_ACL_UNSAFE, 1, NULL, 0) == ZOK);
  clientid_t identity = *zoo_client_id(first);
  zhandle_t *second = connected(host_of[1], &identity);
  HOLDS(zoo_client_id(second)->client_id == identity.client_id);
  HOLDS(zoo_exists(second, "/taken", 0, &stat) == ZOK && stat.ephemeralOwner == identity.client_id);
  HOLDS(zookeeper_close(second) == ZOK);
  BECOMES(zoo_state(first) == ZOO_EXPIRED_SESSION_STATE);
  HOLDS(is_unrecoverable(first) == ZINVALIDSTATE);
  zookeeper_close(first);
  zhandle_t *third = connected(host_of[2], NULL);
  HOLDS(sync_with_leader(third) == NULL);
  HOLDS(zoo_exists(third, "/taken", 0, &stat) == ZNONODE);
  zookeeper_close(third);
  return NULL;
}

/* Asks again while the connection is lost, as an application would. */
static int insist(zhandle_t *handle, const char *path, char *made, int size) {
  int code;
  do {
    code = zoo_create(handle, path, "", 0, &ZOO_OPEN_ACL_UNSAFE, 2, made, size);
    if (code == ZCONNECTIONLOSS || code == ZOPERATIONTIMEOUT) usleep(20000);
  } while (code == ZCONNECTIONLOSS || code == ZOPERATIONTIMEOUT);
  return code;
}

const char *member_killed(void) {
  zhandle_t *handle = connected(hosts, NULL);
  told_t told = {0};
  struct Stat stat;
  char data[8], wish[128], answer[128], made[64], last[64] = "";
  int length = sizeof data;
  int64_t session = zoo_client_id(handle)->client_id;
  HOLDS(zoo_create(handle, "/loss", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  HOLDS(zoo_create(handle, "/loss-e", "", 0, &ZOO_OPEN_ACL_UNSAFE, 1, NULL, 0) == ZOK);
  HOLDS(zoo_wget(handle, "/loss", remember, &told, data, &length, &stat) == ZOK);
  snprintf(wish, sizeof wish, "kill %s", zoo_get_current_server(handle));
  ask(wish, answer, sizeof answer);
  HOLDS(strcmp(answer, wish + 5) == 0);
  for (int i = 0; i < 50; i++) {
    HOLDS(insist(handle, "/loss/n-", made, sizeof made) == ZOK);
    HOLDS(strcmp(made, last) > 0);
    strcpy(last, made);
  }
  HOLDS(strcmp(zoo_get_current_server(handle), answer) != 0);
  HOLDS(zoo_client_id(handle)->client_id == session);
  HOLDS(zoo_exists(handle, "/loss-e", 0, &stat) == ZOK && stat.ephemeralOwner == session);
  HOLDS(told.count == 0);
  HOLDS(zoo_set(handle, "/loss", "1", 1, -1) == ZOK);
  BECOMES(told.count == 1);
  HOLDS(told.types[0] == ZOO_CHANGED_EVENT);
  ask("start", answer, sizeof answer);
  HOLDS(strcmp(answer, "serving") == 0);
  clear(handle, "/loss");
  zookeeper_close(handle);
  return NULL;
}
