/* Nodes: how they are made, read and written. */
#include "checks.h"

#include <stdlib.h>

static const char *create_modes_through(zhandle_t *handle, const char *root) {
  static const struct {
    const char *name;
    const char *made;
    int mode;
    int is_ephemeral;
    int64_t ttl;
  } kinds[] = {
    {"/p", "/p", 0, 0, -1},
    {"/e", "/e", 1, 1, -1},
    {"/s-", "/s-0000000002", 2, 0, -1},
    {"/es-", "/es-0000000003", 3, 1, -1},
    {"/c", "/c", 4, 0, -1},
    {"/t", "/t", 5, 0, 100000},
    {"/ts-", "/ts-0000000006", 6, 0, 100000},
  };
  HOLDS(zoo_create(handle, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    char path[128], expected[128], made[128];
    struct Stat stat, read;
    snprintf(path, sizeof path, "%s%s", root, kinds[i].name);
    snprintf(expected, sizeof expected, "%s%s", root, kinds[i].made);
    int code = kinds[i].ttl < 0
      ? zoo_create2(handle, path, "data", 4, &ZOO_OPEN_ACL_UNSAFE, kinds[i].mode, made, sizeof made, &stat)
      : zoo_create2_ttl(handle, path, "data", 4, &ZOO_OPEN_ACL_UNSAFE, kinds[i].mode, kinds[i].ttl, made, sizeof made, &stat);
    HOLDS(code == ZOK);
    HOLDS(strcmp(made, expected) == 0);
    HOLDS(zoo_exists(handle, made, 0, &read) == ZOK);
    HOLDS(read.czxid == stat.czxid && stat.mzxid == stat.czxid && stat.pzxid == stat.czxid);
    HOLDS(read.ctime == stat.ctime && stat.dataLength == 4 && stat.numChildren == 0);
    HOLDS(stat.ephemeralOwner == (kinds[i].is_ephemeral ? zoo_client_id(handle)->client_id : 0));
  }
  HOLDS(zoo_create_ttl(handle, "/ttl", "", 0, &ZOO_OPEN_ACL_UNSAFE, 5, 0, NULL, 0) == ZBADARGUMENTS);
  clear(handle, root);
  return NULL;
}

const char *create_modes(void) {
  for (int i = 0; i < 3; i++) {
    zhandle_t *handle = connected(host_of[i], NULL);
    char root[32];
    snprintf(root, sizeof root, "/modes-%d", i);
    const char *reason = create_modes_through(handle, root);
    zookeeper_close(handle);
    if (reason != NULL) return reason;
  }
  return NULL;
}

const char *data_and_versions(void) {
  zhandle_t *handle = connected(host_of[1], NULL);
  static char large[1000000], read[1048576];
  struct Stat stat;
  int length = sizeof read;
  memset(large, 'x', sizeof large);
  HOLDS(zoo_create(handle, "/data", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  HOLDS(zoo_get(handle, "/data", 0, read, &length, &stat) == ZOK && length == -1);
  HOLDS(zoo_set2(handle, "/data", "", 0, 0, &stat) == ZOK && stat.version == 1 && stat.dataLength == 0);
  length = sizeof read;
  HOLDS(zoo_get(handle, "/data", 0, read, &length, &stat) == ZOK && length == 0);
  HOLDS(zoo_set2(handle, "/data", large, sizeof large, 1, &stat) == ZOK && stat.dataLength == sizeof large);
  length = sizeof read;
  HOLDS(zoo_get(handle, "/data", 0, read, &length, &stat) == ZOK && length == sizeof large);
  HOLDS(memcmp(read, large, sizeof large) == 0);
  HOLDS(zoo_set(handle, "/data", "x", 1, 1) == ZBADVERSION);
  HOLDS(zoo_delete(handle, "/data", 1) == ZBADVERSION);
  HOLDS(zoo_create(handle, "/data", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZNODEEXISTS);
  HOLDS(zoo_create(handle, "/absent/child", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZNONODE);
  HOLDS(zoo_create(handle, "/data/e", "", 0, &ZOO_OPEN_ACL_UNSAFE, 1, NULL, 0) == ZOK);
  HOLDS(zoo_create(handle, "/data/e/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZNOCHILDRENFOREPHEMERALS);
  HOLDS(zoo_delete(handle, "/data", -1) == ZNOTEMPTY);
  HOLDS(zoo_delete(handle, "/zookeeper", -1) == ZBADARGUMENTS);
  HOLDS(zoo_exists(handle, "/absent", 0, &stat) == ZNONODE);
  HOLDS(zoo_delete(handle, "/data/e", 0) == ZOK);
  HOLDS(zoo_delete(handle, "/data", 2) == ZOK);
  zookeeper_close(handle);
  return NULL;
}

static void synced(int code, const char *path, const void *data) {
  (void)path;
  *(volatile int *)data = code == ZOK ? 1 : code;
}

const char *children_and_paths(void) {
  zhandle_t *handle = connected(hosts, NULL);
  struct String_vector names;
  struct Stat stat;
  char rooted[256];
  HOLDS(zoo_create(handle, "/root", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  snprintf(rooted, sizeof rooted, "%s/root", hosts);
  zhandle_t *inner = connected(rooted, NULL);
  for (int i = 0; i < 300; i++) {
    char path[64], made[64];
    snprintf(path, sizeof path, "/child-%03d", i);
    HOLDS(zoo_create(inner, path, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, made, sizeof made) == ZOK);
    HOLDS(strcmp(made, path) == 0);
  }
  volatile int done = 0;
  HOLDS(zoo_async(handle, "/root", synced, (const void *)&done) == ZOK);
  BECOMES(done != 0);
  HOLDS(done == 1);
  HOLDS(zoo_get_children2(handle, "/root", 0, &names, &stat) == ZOK);
  HOLDS(names.count == 300 && stat.numChildren == 300 && stat.cversion == 300);
  deallocate_String_vector(&names);
  HOLDS(zoo_get_children(inner, "/", 0, &names) == ZOK && names.count == 300);
  deallocate_String_vector(&names);
  HOLDS(zoo_get_children(handle, "/absent", 0, &names) == ZNONODE);
  zookeeper_close(inner);
  clear(handle, "/root");
  HOLDS(zoo_exists(handle, "/root", 0, &stat) == ZNONODE);
  zookeeper_close(handle);
  return NULL;
}

const char *multi_operations(void) {
  zhandle_t *handle = connected(host_of[2], NULL);
  zoo_op_t ops[6];
  zoo_op_result_t results[6];
  char made[4][64];
  struct Stat stats[4];
  zoo_create_op_init(&ops[0], "/multi", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, made[0], sizeof made[0]);
  zoo_create_op_init(&ops[1], "/multi/s-", "", 0, &ZOO_OPEN_ACL_UNSAFE, 3, made[1], sizeof made[1]);
  zoo_set_op_init(&ops[2], "/multi", "2", 1, 0, &stats[0]);
  zoo_check_op_init(&ops[3], "/multi", 1);
  zoo_create_op_init(&ops[4], "/multi/gone", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, made[2], sizeof made[2]);
  zoo_delete_op_init(&ops[5], "/multi/gone", 0);
  HOLDS(zoo_multi(handle, 6, ops, results) == ZOK);
  for (int i = 0; i < 6; i++) HOLDS(results[i].err == ZOK);
  HOLDS(strcmp(made[1], "/multi/s-0000000000") == 0 && stats[0].version == 1);
  HOLDS(zoo_exists(handle, "/multi", 0, &stats[1]) == ZOK);
  HOLDS(zoo_exists(handle, made[1], 0, &stats[2]) == ZOK);
  HOLDS(stats[1].czxid == stats[1].mzxid && stats[1].pzxid == stats[2].czxid && stats[1].czxid == stats[2].czxid);
  zoo_set_op_init(&ops[0], "/multi", "3", 1, -1, NULL);
  zoo_check_op_init(&ops[1], "/multi", 1);
  zoo_delete_op_init(&ops[2], "/multi", -1);
  HOLDS(zoo_multi(handle, 3, ops, results) == ZBADVERSION);
  HOLDS(results[0].err == ZOK && results[1].err == ZBADVERSION && results[2].err == ZRUNTIMEINCONSISTENCY);
  HOLDS(zoo_exists(handle, "/multi", 0, &stats[3]) == ZOK && stats[3].version == 1);
  clear(handle, "/multi");
  zookeeper_close(handle);
  return NULL;
}

static void authenticated(int code, const void *data) {
  *(volatile int *)data = code == ZOK ? 1 : code;
}

const char *access_control(void) {
  zhandle_t *owner = connected(host_of[0], NULL), *stranger = connected(host_of[1], NULL);
  volatile int done = 0;
  struct ACL_vector acl;
  struct Stat stat;
  char data[8];
  int length = sizeof data;
  HOLDS(zoo_add_auth(owner, "digest", "alice:secret", 12, authenticated, (const void *)&done) == ZOK);
  BECOMES(done != 0);
  HOLDS(done == 1);
  HOLDS(zoo_create(owner, "/private", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0) == ZOK);
  done = 0;
  HOLDS(zoo_async(stranger, "/", synced, (const void *)&done) == ZOK);
  BECOMES(done != 0);
  HOLDS(zoo_get(stranger, "/private", 0, data, &length, &stat) == ZNOAUTH);
  HOLDS(zoo_set(stranger, "/private", "y", 1, -1) == ZNOAUTH);
  HOLDS(zoo_get_acl(owner, "/private", &acl, &stat) == ZOK && acl.count == 1);
  HOLDS(strcmp(acl.data[0].id.scheme, "digest") == 0 && strncmp(acl.data[0].id.id, "alice:", 6) == 0);
  deallocate_ACL_vector(&acl);
  HOLDS(zoo_set_acl(owner, "/private", 5, &ZOO_READ_ACL_UNSAFE) == ZBADVERSION);
  HOLDS(zoo_set_acl(owner, "/private", 0, &ZOO_READ_ACL_UNSAFE) == ZOK);
  done = 0;
  HOLDS(zoo_async(stranger, "/", synced, (const void *)&done) == ZOK);
  BECOMES(done != 0);
  HOLDS(zoo_get(stranger, "/private", 0, data, &length, &stat) == ZOK && stat.aversion == 1);
  HOLDS(zoo_set(owner, "/private", "y", 1, -1) == ZNOAUTH);
  HOLDS(zoo_delete(owner, "/private", -1) == ZOK);
  done = 0;
  zoo_add_auth(stranger, "nosuch", "x", 1, authenticated, (const void *)&done);
  BECOMES(done != 0);
  HOLDS(done == ZAUTHFAILED && zoo_state(stranger) == ZOO_AUTH_FAILED_STATE);
  zookeeper_close(stranger);
  zookeeper_close(owner);
  return NULL;
}

#define CALLS 2000
static volatile int answers, misplaced;

static void stat_answered(int code, const struct Stat *stat, const void *data) {
  int number = (int)(long)data;
  if (code != ZOK || number != answers || stat->version != number + 1) misplaced++;
  answers++;
}

static void name_answered(int code, const char *name, const void *data) {
  int number = (int)(long)data;
  char expected[64];
  snprintf(expected, sizeof expected, "/pipelined/n-%010d", number);
  if (code != ZOK || strcmp(name, expected) != 0 || answers != CALLS + number) misplaced++;
  answers++;
}

const char *pipelined_calls(void) {
  zhandle_t *handle = connected(host_of[1], NULL);
  answers = misplaced = 0;
  HOLDS(zoo_create(handle, "/pipelined", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0) == ZOK);
  for (long i = 0; i < CALLS; i++) {
    HOLDS(zoo_aset(handle, "/pipelined", "x", 1, (int)i, stat_answered, (const void *)i) == ZOK);
  }
  for (long i = 0; i < 500; i++) {
    HOLDS(zoo_acreate(handle, "/pipelined/n-", "", 0, &ZOO_OPEN_ACL_UNSAFE, 2, name_answered, (const void *)i) == ZOK);
  }
  BECOMES(answers == CALLS + 500);
  HOLDS(misplaced == 0);
  clear(handle, "/pipelined");
  zookeeper_close(handle);
  return NULL;
}
