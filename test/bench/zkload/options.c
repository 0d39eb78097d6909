#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

struct options option = {.connections = 32, .window = 1, .bytes = 100, .keys = 1000, .read_percent = 90,
                         .seconds = 5, .warm_up = 1, .operation = "set", .root = "/bench"};

bool is(const char *operation) { return strcmp(option.operation, operation) == 0; }

static void read_hosts(char *list) {
  for (char *host = strtok(list, ","); host != NULL; host = strtok(NULL, ",")) {
    char *colon = strchr(host, ':');
    if (colon == NULL || option.host_count == MAX_HOSTS) fail("-h wants HOST:PORT[,HOST:PORT], 16 at most");
    struct sockaddr_in *address = &option.hosts[option.host_count++];
    *colon = 0;
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address->sin_addr) != 1) fail("-h wants numeric addresses");
  }
}

static bool is_known(void) {
  static const char *const known[] = {"set", "get", "mix", "create", "fill", "children", "session"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (is(known[i])) return true;
  return false;
}

void options_read(int count, char **arguments) {
  int letter;
  while ((letter = getopt(count, arguments, "h:o:c:w:b:k:r:s:u:n:t:p:")) != -1) {
    switch (letter) {
      case 'h': read_hosts(optarg); break;
      case 'o': option.operation = optarg; break;
      case 'c': option.connections = atoi(optarg); break;
      case 'w': option.window = atoi(optarg); break;
      case 'b': option.bytes = atoi(optarg); break;
      case 'k': option.keys = atoi(optarg); break;
      case 'r': option.read_percent = atoi(optarg); break;
      case 's': option.seconds = atof(optarg); break;
      case 'u': option.warm_up = atof(optarg); break;
      case 'n': option.total = atol(optarg); break;
      case 't': option.tree = atol(optarg); break;
      case 'p': option.root = optarg; break;
      default: exit(2);
    }
  }
  errno = 0;
  if (!is_known() || option.host_count == 0) fail("see the head of zkload.c");
  if (option.connections < 1 || option.window < 1 || option.keys < 1 || option.bytes < 0)
    fail("-c, -w and -k are at least 1, -b at least 0");
  if (is("fill") && option.total < 1) fail("fill wants -n");
  if (strlen(option.root) > PATH_SIZE / 2) fail("-p is too long");
}
