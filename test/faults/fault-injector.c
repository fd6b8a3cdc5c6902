/*
 * Counts what a process writes below one directory, and ends or fails it at a chosen call. Loaded by LD_PRELOAD; set by the environment
 * (fault-injector.ts writes it):
 *
 *   ARIA_FAULT_ROOT   absolute path without links; calls on files below it count
 *   ARIA_FAULT_STATE  a directory outside of it: `calls` is mapped and counted in, so that the number outlives a kill and children share it;
 *                     calls count only while `armed` is there; `trace`, if it is there, gets a line for each call
 *   ARIA_FAULT_MODE   count | kill | kill-half | fail
 *   ARIA_FAULT_AT     the call at which it happens, from 1
 *   ARIA_FAULT_ERRNO  of a failed call, a number
 *   ARIA_FAULT_REPEAT 1: all calls from there on fail
 *
 * `kill` comes before the call; `kill-half` after half of the bytes of a write, and after any other call.
 * ENOSPC passes over calls that need no room: unlink and ftruncate. It does fail a sync, since a file system may find room only then.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { COUNT, KILL, KILL_HALF, FAIL };
enum need { ROOM, NO_ROOM };

static char root[PATH_MAX];
static size_t root_length;
static char armed[PATH_MAX];
static char trace[PATH_MAX];
static enum mode mode = COUNT;
static unsigned long at;
static int error_number = EIO;
static int repeat;
static atomic_ulong *calls;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

__attribute__((constructor)) static void set_up(void) {
  const char *root_text = getenv("ARIA_FAULT_ROOT");
  const char *state = getenv("ARIA_FAULT_STATE");
  const char *mode_text = getenv("ARIA_FAULT_MODE");
  if (root_text == NULL || state == NULL || mode_text == NULL) return;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/calls", state);
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || syscall(SYS_ftruncate, file, (long)sizeof(atomic_ulong)) != 0) abort();
  calls = mmap(NULL, sizeof(atomic_ulong), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (calls == MAP_FAILED) abort();
  snprintf(root, sizeof root, "%s", root_text);
  snprintf(armed, sizeof armed, "%s/armed", state);
  snprintf(trace, sizeof trace, "%s/trace", state);
  const char *at_text = getenv("ARIA_FAULT_AT");
  const char *error_text = getenv("ARIA_FAULT_ERRNO");
  const char *repeat_text = getenv("ARIA_FAULT_REPEAT");
  if (at_text != NULL) at = strtoul(at_text, NULL, 10);
  if (error_text != NULL) error_number = atoi(error_text);
  repeat = repeat_text != NULL && strcmp(repeat_text, "1") == 0;
  if (strcmp(mode_text, "kill") == 0) mode = KILL;
  else if (strcmp(mode_text, "kill-half") == 0) mode = KILL_HALF;
  else if (strcmp(mode_text, "fail") == 0) mode = FAIL;
  root_length = strlen(root);
}

static int below_root(const char *path) {
  if (root_length == 0 || strncmp(path, root, root_length) != 0) return 0;
  return path[root_length] == '/' || path[root_length] == '\0';
}

/** The path of an open file, as the kernel knows it. */
static int path_of_file(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return 1;
}

/** The path of a name: links in its directory resolved, its last part as it is. */
static int path_of_name(int directory, const char *name, char *path) {
  char joined[PATH_MAX], base[PATH_MAX];
  if (name[0] == '/') snprintf(joined, sizeof joined, "%s", name);
  else {
    if (directory == AT_FDCWD ? getcwd(base, sizeof base) == NULL : !path_of_file(directory, base)) return 0;
    if ((size_t)snprintf(joined, sizeof joined, "%s/%s", base, name) >= sizeof joined) return 0;
  }
  char *last = strrchr(joined, '/');
  if (last == joined) return 0;
  *last = '\0';
  if (realpath(joined, base) == NULL) return 0;
  return (size_t)snprintf(path, PATH_MAX, "%s/%s", base, last + 1) < PATH_MAX;
}

static void note(unsigned long number, const char *call, const char *path) {
  int file = open(trace, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%lu %s %s\n", number, call, path);
  syscall(SYS_write, file, line, (size_t)length);
  close(file);
}

static _Noreturn void end(void) {
  for (;;) {
    kill(getpid(), SIGKILL);
    pause();
  }
}

/** What becomes of a call. */
enum fate { PASS, HALF, REFUSE };

static enum fate fate_of(const char *call, const char *path, enum need need) {
  if (calls == NULL || !below_root(path) || access(armed, F_OK) != 0) return PASS;
  unsigned long number = atomic_fetch_add(calls, 1) + 1;
  note(number, call, path);
  if (mode == COUNT || number < at || (number > at && !(mode == FAIL && repeat))) return PASS;
  if (mode == KILL) end();
  if (mode == KILL_HALF) return HALF;
  return error_number == ENOSPC && need == NO_ROOM ? PASS : REFUSE;
}

static enum fate fate_of_file(const char *call, int file, enum need need) {
  char path[PATH_MAX];
  int before = errno;
  enum fate fate = calls != NULL && path_of_file(file, path) ? fate_of(call, path, need) : PASS;
  errno = before;
  return fate;
}

static enum fate fate_of_name(const char *call, int directory, const char *name, enum need need) {
  char path[PATH_MAX];
  int before = errno;
  enum fate fate = calls != NULL && path_of_name(directory, name, path) ? fate_of(call, path, need) : PASS;
  errno = before;
  return fate;
}

static int refuse(void) {
  errno = error_number;
  return -1;
}

/* A call on a file that moves no bytes. */
#define ON_FILE(name, parameters, arguments, need)                  \
  int name parameters {                                             \
    enum fate fate = fate_of_file(#name, file, need);               \
    if (fate == REFUSE) return refuse();                            \
    int result = REAL(name) arguments;                              \
    if (fate == HALF) end();                                        \
    return result;                                                  \
  }

/* A call on a name. */
#define ON_NAME(name, parameters, arguments, directory, path, need) \
  int name parameters {                                             \
    enum fate fate = fate_of_name(#name, directory, path, need);    \
    if (fate == REFUSE) return refuse();                            \
    int result = REAL(name) arguments;                              \
    if (fate == HALF) end();                                        \
    return result;                                                  \
  }

/* A call that writes `count` bytes of `bytes`. */
#define WRITES(name, parameters, whole, half)                       \
  ssize_t name parameters {                                         \
    enum fate fate = fate_of_file(#name, file, ROOM);               \
    if (fate == REFUSE) return refuse();                            \
    if (fate == HALF) {                                             \
      if (REAL(name) half < 0) { /* it ends all the same */ }       \
      end();                                                        \
    }                                                               \
    return REAL(name) whole;                                        \
  }

WRITES(write, (int file, const void *bytes, size_t count), (file, bytes, count), (file, bytes, count / 2))
WRITES(pwrite, (int file, const void *bytes, size_t count, off_t offset), (file, bytes, count, offset),
       (file, bytes, count / 2, offset))
WRITES(pwrite64, (int file, const void *bytes, size_t count, off64_t offset), (file, bytes, count, offset),
       (file, bytes, count / 2, offset))
WRITES(writev, (int file, const struct iovec *parts, int count), (file, parts, count), (file, parts, count / 2))
WRITES(pwritev, (int file, const struct iovec *parts, int count, off_t offset), (file, parts, count, offset),
       (file, parts, count / 2, offset))
WRITES(pwritev64, (int file, const struct iovec *parts, int count, off64_t offset), (file, parts, count, offset),
       (file, parts, count / 2, offset))

ON_FILE(fsync, (int file), (file), ROOM)
ON_FILE(fdatasync, (int file), (file), ROOM)
ON_FILE(ftruncate, (int file, off_t length), (file, length), NO_ROOM)
ON_FILE(ftruncate64, (int file, off64_t length), (file, length), NO_ROOM)

ON_NAME(rename, (const char *from, const char *to), (from, to), AT_FDCWD, to, ROOM)
ON_NAME(renameat, (int from_directory, const char *from, int to_directory, const char *to),
        (from_directory, from, to_directory, to), to_directory, to, ROOM)
ON_NAME(renameat2, (int from_directory, const char *from, int to_directory, const char *to, unsigned int flags),
        (from_directory, from, to_directory, to, flags), to_directory, to, ROOM)
ON_NAME(link, (const char *from, const char *to), (from, to), AT_FDCWD, to, ROOM)
ON_NAME(unlink, (const char *path), (path), AT_FDCWD, path, NO_ROOM)
ON_NAME(unlinkat, (int directory, const char *path, int flags), (directory, path, flags), directory, path, NO_ROOM)
ON_NAME(remove, (const char *path), (path), AT_FDCWD, path, NO_ROOM)
ON_NAME(rmdir, (const char *path), (path), AT_FDCWD, path, NO_ROOM)
