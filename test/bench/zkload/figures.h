#ifndef FIGURES_H
#define FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* What is measured of one run: latencies, how many replies came in each second, how long none came. */

double now(void);

/* Warming up is over: forgets everything so far, and says so on stdout for whoever measures the servers meanwhile. */
void figures_begin(double time);

/* A reply has come for a request that was queued at `queued_at`. */
void figures_reply(double time, double queued_at, bool is_good);

uint64_t figures_done(void);

/* Prints one line of JSON; `total` is what there was to do in all, 0 where time alone ends a run. */
void figures_print(const char *operation, int connections, int window, int bytes, double ended, uint64_t total);

#endif
