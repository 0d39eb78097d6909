/*
 * A load generator for servers that speak ZooKeeper's client protocol: one thread, epoll, a number of connections that
 * each keep a number of requests under way. Prints a line "measuring" when warming up is over, and at the end one JSON
 * object on one line.
 *
 *   zkload -h HOST:PORT[,HOST:PORT] -o set|get|mix|create|fill|children|session [options]
 *     -c N   connections (32), spread over the hosts in turn; session: sessions that are opened at a time
 *     -w N   requests under way on each (1)
 *     -b N   bytes of data in each write and each node (100)
 *     -k N   nodes that set, get and mix choose from at random; names that children lists (1000)
 *     -t N   set, get and mix choose among the N nodes that an earlier fill with -n N has made in -p instead
 *     -r N   percent of reads in mix (90)
 *     -s N   seconds to measure (5), after -u N seconds to warm up (1)
 *     -n N   fill: how many nodes to create in all, in directories of 1000; measures until they are there
 *     -p P   path of the directory to work in (/bench); created, must not hold anything of an earlier create or fill
 *
 * Latency is from the moment a request is queued for its socket to the moment its reply is parsed; of session, from
 * connecting to the answer to closeSession.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "load.h"
#include "options.h"
#include "sessions.h"

/* Thousands of connections need as many descriptors: as many as the user may have. */
static void raise_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments) {
  options_read(count, arguments);
  raise_descriptors();
  /* A connection that has ended is an error of write, which says so in words. */
  signal(SIGPIPE, SIG_IGN);
  if (is("session")) sessions_run();
  else load_run();
  return 0;
}
