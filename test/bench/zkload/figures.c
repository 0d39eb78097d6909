#include "figures.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Latencies in microseconds, 64 steps per power of two: a figure is right to 1.6 %. */
enum { STEPS = 64, BINS = 36 * STEPS, SECONDS = 36000, TENTHS = 10 };

static uint64_t bins[BINS], seconds[SECONDS];
static uint64_t done, failed;
static double worst, silence, last_reply, begun, cpu_begun;
/* The time of each reply that made a tenth of the whole complete needs the whole: of every 1000th reply it is kept. */
enum { MARK = 1000, MARKS = 100000 };
static double marks[MARKS];

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void figures_begin(double time) {
  memset(bins, 0, sizeof bins);
  memset(seconds, 0, sizeof seconds);
  done = failed = 0;
  worst = silence = 0;
  begun = last_reply = time;
  cpu_begun = cpu_seconds();
  printf("measuring\n");
  fflush(stdout);
}

static uint64_t bin_of(uint64_t value) {
  uint64_t shift = 0;
  while (value >= 2 * STEPS) {
    value >>= 1;
    shift++;
  }
  uint64_t bin = shift * STEPS + value;
  return bin < BINS ? bin : BINS - 1;
}

/* The middle of what a bin holds, in milliseconds. */
static double bin_ms(uint64_t bin) {
  uint64_t value = bin, shift = 0;
  if (value >= 2 * STEPS) {
    shift = value / STEPS - 1;
    value -= shift * STEPS;
  }
  return ((double)(value << shift) + (double)(1ull << shift) / 2) / 1000.0;
}

void figures_reply(double time, double queued_at, bool is_good) {
  double latency = time - queued_at;
  bins[bin_of((uint64_t)(latency * 1e6))]++;
  if (latency > worst) worst = latency;
  if (time - last_reply > silence) silence = time - last_reply;
  last_reply = time;
  if (!is_good) failed++;
  uint64_t second = (uint64_t)(time - begun);
  if (second < SECONDS) seconds[second]++;
  done++;
  if (done % MARK == 0 && done / MARK <= MARKS) marks[done / MARK - 1] = time - begun;
}

uint64_t figures_done(void) { return done; }

static double percentile_ms(double share) {
  uint64_t seen = 0;
  for (uint64_t bin = 0; bin < BINS && done > 0; bin++) {
    seen += bins[bin];
    if (bins[bin] > 0 && (double)seen >= (double)done * share) return bin_ms(bin);
  }
  return 0;
}

/* Replies in each whole second; the last one, which was cut off, is left out. */
static void print_seconds(double length) {
  printf(",\"bySecond\":[");
  for (uint64_t second = 0; second + 1 <= (uint64_t)length && second < SECONDS; second++)
    printf("%s%llu", second ? "," : "", (unsigned long long)seconds[second]);
  printf("]");
}

/* How long each tenth of the whole took, seconds; what is behind the last mark of the tenth counts for the next. */
static void print_tenths(double length, uint64_t total) {
  printf(",\"tenthSeconds\":[");
  double before = 0;
  for (uint64_t tenth = 1; total >= TENTHS * MARK && tenth <= TENTHS; tenth++) {
    uint64_t mark = total * tenth / TENTHS / MARK;
    double at = tenth == TENTHS || mark > MARKS ? length : marks[mark - 1];
    printf("%s%.4f", tenth > 1 ? "," : "", at - before);
    before = at;
  }
  printf("]");
}

void figures_print(const char *operation, int connections, int window, int bytes, double ended, uint64_t total) {
  double length = ended - begun;
  if (ended - last_reply > silence) silence = ended - last_reply;
  printf("{\"operation\":\"%s\",\"connections\":%d,\"window\":%d,\"bytes\":%d,\"seconds\":%.3f,\"done\":%llu,"
         "\"perSecond\":%.1f,\"failed\":%llu,\"p50Ms\":%.4f,\"p90Ms\":%.4f,\"p99Ms\":%.4f,"
         "\"p999Ms\":%.4f,\"worstMs\":%.3f,\"silenceMs\":%.3f,\"cpuSeconds\":%.3f",
         operation, connections, window, bytes, length, (unsigned long long)done,
         (double)done / length, (unsigned long long)failed, percentile_ms(.5), percentile_ms(.9), percentile_ms(.99),
         percentile_ms(.999), worst * 1e3, silence * 1e3, cpu_seconds() - cpu_begun);
  print_seconds(length);
  print_tenths(length, total);
  printf("}\n");
  fflush(stdout);
}
