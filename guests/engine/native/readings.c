/* What a tool's top level reads that differs from call to call: in a snapshot it would be one and the same in all of them.
   Where the memory shows that it has been kept (load-worker.ts), a time is set anew when a call begins, if it is kept as it was read;
   else the tool is built once more, deferred to its calls. Where it is read is
   asked in an instance that is thrown away, since what is noted here would lie in the snapshot. */
#include "engine.h"

/* More places than anybody corrects at once. */
#define TRACES_MAX 64
/* Above the 10 of JavaScript: the author's line may be far out. */
#define TRACE_DEPTH 64

/* More copies of the clock than packages keep. */
#define CLOCK_WORDS_MAX 64

bool loading;
JSValue traced_readings;
static uint32_t readings;
static int traces_left;
static uint64_t *clock_words[CLOCK_WORDS_MAX];
static uint32_t clock_word_count;

void note_reading(Varying varying) {
  if (!loading) return;
  readings |= varying;
  if (JS_IsUndefined(traced_readings) || traces_left == 0) return;
  /* A tool that hooks into the making of stacks runs here, and may read again. */
  loading = false;
  JS_ThrowInternalError(context, "read");
  JSValue error = JS_GetException(context), stack = JS_GetPropertyStr(context, error, "stack");
  JSAtom key = JS_IsString(stack) ? JS_ValueToAtom(context, stack) : JS_NewAtom(context, "");
  if (key != JS_ATOM_NULL && JS_GetOwnProperty(context, NULL, traced_readings, key) == 0) {
    JS_DefinePropertyValue(context, traced_readings, key, JS_NewInt32(context, varying), JS_PROP_C_W_E);
    traces_left--;
  }
  if (JS_HasException(context)) JS_FreeValue(context, JS_GetException(context));
  JS_FreeAtom(context, key);
  JS_FreeValue(context, stack);
  JS_FreeValue(context, error);
  loading = true;
}

/* Before `load`: notes the stack of each reading. */
EXPORT("trace") void trace(void) {
  traced_readings = JS_NewObjectProto(context, JS_NULL);
  traces_left = TRACES_MAX;
  JSValue global = JS_GetGlobalObject(context), errors = JS_GetPropertyStr(context, global, "Error");
  JS_SetPropertyStr(context, errors, "stackTraceLimit", JS_NewInt32(context, TRACE_DEPTH));
  JS_FreeValue(context, errors);
  JS_FreeValue(context, global);
}

/* The value of a time as memory holds it. */
EXPORT("clock_value") uint64_t clock_value(double ms) { return JS_NewFloat64(context, ms); }

/* After `load`: there the memory holds what the clock showed, and shall hold what it shows when a call begins. 0: there are too many. */
EXPORT("keep_clock") uint32_t keep_clock(uint64_t *word) {
  if (clock_word_count == CLOCK_WORDS_MAX) return 0;
  *word = JS_NewInt32(context, 0);
  clock_words[clock_word_count++] = word;
  return 1;
}

void show_clock(void) {
  for (uint32_t i = 0; i < clock_word_count; i++) *clock_words[i] = JS_NewFloat64(context, turn_now_ms);
}

/* After `load`: the bits of Varying that were read. */
EXPORT("read_by_load") uint32_t read_by_load(void) { return readings; }
