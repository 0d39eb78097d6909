#ifndef OPTIONS_H
#define OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>

enum { MAX_HOSTS = 16, DIRECTORY_SIZE = 1000, PATH_SIZE = 256 };

struct options {
  struct sockaddr_in hosts[MAX_HOSTS];
  int host_count, connections, window, bytes, keys, read_percent;
  double seconds, warm_up;
  long total, tree;
  const char *operation, *root;
};

extern struct options option;

/* As the head of zkload.c says; ends the program when they make no sense. */
void options_read(int count, char **arguments);

bool is(const char *operation);

#endif
