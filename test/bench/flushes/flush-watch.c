/*
 * A library to preload into a member: counts what the member has flushed to its disk, and with FLUSH_WATCH=drop lets it
 * believe so. A flush is fsync, fdatasync, msync(MS_SYNC), sync_file_range, or a write to a descriptor that was opened
 * with O_SYNC or O_DSYNC. The count lies in the file $FLUSH_WATCH_DIRECTORY/PID, eight bytes in the machine's order.
 *
 * Only calls that go through the C library are seen: those of Node.js, LMDB and the JVM do, those of Go do not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1 << 16, SYNCHRONOUS = O_SYNC | O_DSYNC };

static _Atomic unsigned long long own_count;
static _Atomic unsigned long long *count = &own_count;
static atomic_bool is_synchronous[DESCRIPTORS];
static bool drops;

/* The C library's own function of a name; looked up at its first call, since others' constructors may run before ours. */
#define REAL(name) \
  ({ \
    static __typeof__(&name) real_##name; \
    if (real_##name == NULL) real_##name = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    real_##name; \
  })

__attribute__((constructor)) static void begin(void) {
  const char *mode = getenv("FLUSH_WATCH"), *directory = getenv("FLUSH_WATCH_DIRECTORY");
  drops = mode != NULL && strcmp(mode, "drop") == 0;
  if (directory == NULL) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/%ld", directory, (long)getpid());
  int file = REAL(open)(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (ftruncate(file, sizeof *count) == 0) {
    void *map = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) count = map;
  }
  REAL(close)(file);
}

static void flushed(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

static bool writes_through(int file) { return file >= 0 && file < DESCRIPTORS && is_synchronous[file]; }

static int opened(int file, int flags) {
  if (file >= 0 && file < DESCRIPTORS) is_synchronous[file] = (flags & O_DSYNC) != 0;
  return file;
}

static int flags_for(int flags) { return drops ? flags & ~SYNCHRONOUS : flags; }

int fsync(int file) {
  flushed();
  return drops ? 0 : REAL(fsync)(file);
}

int fdatasync(int file) {
  flushed();
  return drops ? 0 : REAL(fdatasync)(file);
}

int msync(void *start, size_t length, int flags) {
  if ((flags & MS_SYNC) == 0) return REAL(msync)(start, length, flags);
  flushed();
  return drops ? 0 : REAL(msync)(start, length, flags);
}

int sync_file_range(int file, off64_t offset, off64_t length, unsigned flags) {
  flushed();
  return drops ? 0 : REAL(sync_file_range)(file, offset, length, flags);
}

/* The mode is there only where a file may be made. */
#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags & (O_CREAT | __O_TMPFILE)) != 0) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(REAL(open)(path, flags_for(flags), mode), flags);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(REAL(open64)(path, flags_for(flags), mode), flags);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(REAL(openat)(directory, path, flags_for(flags), mode), flags);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(REAL(openat64)(directory, path, flags_for(flags), mode), flags);
}

int close(int file) {
  if (file >= 0 && file < DESCRIPTORS) is_synchronous[file] = false;
  return REAL(close)(file);
}

ssize_t write(int file, const void *bytes, size_t length) {
  if (writes_through(file)) flushed();
  return REAL(write)(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
  if (writes_through(file)) flushed();
  return REAL(pwrite)(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
  if (writes_through(file)) flushed();
  return REAL(pwrite64)(file, bytes, length, offset);
}

ssize_t writev(int file, const struct iovec *pieces, int pieces_count) {
  if (writes_through(file)) flushed();
  return REAL(writev)(file, pieces, pieces_count);
}

ssize_t pwritev(int file, const struct iovec *pieces, int pieces_count, off_t offset) {
  if (writes_through(file)) flushed();
  return REAL(pwritev)(file, pieces, pieces_count, offset);
}
