/* What libc asks of WASI, answered inside: the engine imports aria:host and nothing else. */
#include <stdint.h>
#include <string.h>
#include "engine.h"

#define WASI(name, parameters) int32_t __imported_wasi_snapshot_preview1_##name parameters
#define BADF 8

/* Both clocks show the turn's time, so that a call is a function of its input, seed and completions. */
WASI(clock_time_get, (int32_t id, int64_t precision, int32_t out)) {
  (void)id, (void)precision;
  note_reading(CLOCK);
  /* Whole milliseconds first: in nanoseconds a double has no room for the last digits. */
  *(uint64_t *)out = (uint64_t)turn_now_ms * 1000000u;
  return 0;
}
WASI(clock_res_get, (int32_t id, int32_t out)) { (void)id; *(uint64_t *)out = 1000000; return 0; }
WASI(random_get, (int32_t buffer, int32_t length)) { note_reading(RANDOMNESS); random_bytes((uint8_t *)buffer, length); return 0; }
WASI(environ_sizes_get, (int32_t count, int32_t size)) { *(int32_t *)count = 0; *(int32_t *)size = 0; return 0; }
WASI(environ_get, (int32_t a, int32_t b)) { (void)a, (void)b; return 0; }
WASI(fd_write, (int32_t a, int32_t b, int32_t c, int32_t d)) { (void)a, (void)b, (void)c, (void)d; return BADF; }
WASI(fd_read, (int32_t a, int32_t b, int32_t c, int32_t d)) { (void)a, (void)b, (void)c, (void)d; return BADF; }
WASI(fd_close, (int32_t a)) { (void)a; return BADF; }
WASI(fd_seek, (int32_t a, int64_t b, int32_t c, int32_t d)) { (void)a, (void)b, (void)c, (void)d; return BADF; }
WASI(fd_fdstat_get, (int32_t a, int32_t b)) { (void)a, (void)b; return BADF; }
WASI(fd_fdstat_set_flags, (int32_t a, int32_t b)) { (void)a, (void)b; return BADF; }
WASI(fd_prestat_get, (int32_t a, int32_t b)) { (void)a, (void)b; return BADF; }
WASI(fd_prestat_dir_name, (int32_t a, int32_t b, int32_t c)) { (void)a, (void)b, (void)c; return BADF; }
WASI(path_open, (int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int64_t f, int64_t g, int32_t h, int32_t i)) {
  (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i;
  return BADF;
}
WASI(sched_yield, (void)) { return 0; }
_Noreturn void __imported_wasi_snapshot_preview1_proc_exit(int32_t code) { (void)code; __builtin_trap(); }
