/* The exports of the tool ABI, and those that build a snapshot.
   Invariants:
   - JavaScript runs in `setup`, `load`, `begin` and `resume` only; each drains the engine's own jobs before it returns;
   - clock and randomness change only at the start of a turn. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"

/* The shadow stack is 512 KiB (link step). What lies below this limit is left to C code that does not check. */
#define STACK_LIMIT (96 * 1024)
/* Collections start this much above what a tool's own snapshot holds, so that a short call never pays for one. */
#define COLLECT_AFTER (1024 * 1024)

JSContext *context;
double turn_now_ms;
static JSRuntime *runtime;
static JSValue result;
/* A tool's script whose top level runs in each call, since what it reads differs from call to call. */
static JSValue deferred;

EXPORT("cabi_realloc") void *cabi_realloc(void *memory, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  if (size == 0) return (void *)align;
  void *moved = realloc(memory, size);
  if (!moved && runtime) {
    /* Only the host allocates here, between turns or as an import returns: no JavaScript is in the middle of anything. */
    JS_RunGC(runtime);
    moved = realloc(memory, size);
  }
  if (!moved) __builtin_trap();
  return heap_noted(moved, size);
}

void collect_garbage(void) { JS_RunGC(runtime); }

/* ---- turns. The return area is the record `turn`: the variant `outcome` (48 bytes), then `blobs`. */
typedef struct { uint8_t some; Bytes text; } OptionalText;
typedef struct { Bytes code, message; uint8_t retryable; OptionalText details, stack; } ToolError;
typedef struct { uint8_t kind; union { Bytes done; ToolError failed; }; Bytes blobs; } Turn;
enum { DONE, FAILED, WAITING };
_Static_assert(sizeof(Turn) == 56, "the layout of the record turn");
static Turn turn;

static void drain_jobs(void) {
  JSContext *thrower;
  int ran;
  while ((ran = JS_ExecutePendingJob(runtime, &thrower)) != 0) if (ran < 0) JS_FreeValue(context, JS_GetException(thrower));
}

/* Kept for the words of a failure, for when there is nothing else left. */
static void *reserve;

static Bytes copy_of(const char *text) {
  Bytes copy = { malloc(strlen(text)), strlen(text) };
  if (!copy.data) {
    free(reserve);
    reserve = NULL;
    copy.data = malloc(copy.length);
  }
  if (!copy.data) __builtin_trap();
  memcpy(copy.data, text, copy.length);
  return copy;
}

static bool field_text(JSValueConst object, const char *name, Bytes *out) {
  JSValue value = JS_GetPropertyStr(context, object, name);
  *out = JS_IsString(value) ? utf8_of(value) : (Bytes){ 0, 0 };
  JS_FreeValue(context, value);
  return out->data != NULL;
}

/* Takes `reason` over. What describes it may itself fail, for want of memory above all: then the plain words here stand. */
static void fail_turn(JSValue reason) {
  memset(&turn, 0, sizeof turn);
  turn.kind = FAILED;
  /* Where there is no memory even for the error, QuickJS throws null. */
  bool nothing_left = memory_refused && JS_IsNull(reason);
  JSValue described = nothing_left ? JS_UNDEFINED : JS_Call(context, on_error, JS_UNDEFINED, 1, (JSValueConst *)&reason);
  ToolError *error = &turn.failed;
  if (JS_IsObject(described) && field_text(described, "code", &error->code) && field_text(described, "message", &error->message)) {
    JSValue retryable = JS_GetPropertyStr(context, described, "retryable");
    error->retryable = JS_ToBool(context, retryable) > 0;
    JS_FreeValue(context, retryable);
    error->details.some = field_text(described, "details", &error->details.text);
    error->stack.some = field_text(described, "stack", &error->stack.text);
  } else {
    free(error->code.data);
    free(error->message.data);
    error->code = copy_of(memory_refused ? "MEMORY_EXCEEDED" : "TOOL_FAILED");
    error->message = copy_of(memory_refused ? "out of memory" : "the tool threw something that cannot be described");
  }
  if (JS_HasException(context)) JS_FreeValue(context, JS_GetException(context));
  JS_FreeValue(context, described);
  JS_FreeValue(context, reason);
}

/* Takes `value` over. */
static void finish_turn(JSValue value) {
  JSValue json = JS_IsUndefined(value) ? JS_NewString(context, "null") : JS_JSONStringify(context, value, JS_UNDEFINED, JS_UNDEFINED);
  JS_FreeValue(context, value);
  if (JS_IsUndefined(json)) json = JS_NewString(context, "null");
  Bytes text = JS_IsException(json) ? (Bytes){ 0, 0 } : utf8_of(json);
  JS_FreeValue(context, json);
  if (!text.data) return fail_turn(JS_GetException(context));
  turn.kind = DONE;
  turn.done = text;
}

static Turn *end_turn(void) {
  drain_jobs();
  memset(&turn, 0, sizeof turn);
  JSPromiseStateEnum state = JS_PromiseState(context, result);
  if (state == JS_PROMISE_PENDING) {
    turn.kind = WAITING;
  } else {
    JSValue value = state == JS_PROMISE_NOT_A_PROMISE ? JS_DupValue(context, result) : JS_PromiseResult(context, result);
    if (state == JS_PROMISE_REJECTED) fail_turn(value); else finish_turn(value);
    JS_FreeValue(context, result);
    result = JS_UNDEFINED;
    in_call = false;
    close_all_operations();
  }
  turn.blobs = take_turn_blobs();
  return &turn;
}

static JSValue blob_array(void) {
  uint32_t count = call_blob_count();
  JSValue array = JS_NewArray(context);
  for (uint32_t i = 0; i < count && !JS_IsException(array); i++) {
    JSValue view = take_call_blob(i);
    if (JS_IsException(view) || JS_DefinePropertyValueUint32(context, array, i, view, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(context, array);
      array = JS_EXCEPTION;
    }
  }
  drop_call_blobs();
  return array;
}

/* False: the top level threw. It starts no operations, wherever it runs. */
static bool load_deferred(void) {
  if (JS_IsUndefined(deferred)) return true;
  JSValue values[2] = { deferred, JS_TRUE };
  deferred = JS_UNDEFINED;
  JSValue loaded = JS_Call(context, on_load, JS_UNDEFINED, 2, (JSValueConst *)values);
  JS_FreeValue(context, values[0]);
  if (JS_IsException(loaded)) return false;
  JS_FreeValue(context, loaded);
  drain_jobs();
  return true;
}

EXPORT("aria:host/tool@0.1.0#begin")
Turn *begin(uint8_t *input, uint32_t length, Bytes *blobs, uint32_t blob_count, double now_ms, uint8_t *seed, uint32_t seed_length) {
  turn_now_ms = now_ms;
  random_seed(seed, seed_length);
  if (seed_length) free(seed);
  building = false, memory_refused = false;
  show_clock();
  /* JS_ParseJSON wants a NUL after the text. */
  char *text = length ? realloc(input, length + 1) : calloc(1, 1);
  if (!text) __builtin_trap();
  text[length] = 0;
  set_call_blobs(blobs, blob_count);
  JSValue values[2] = { load_deferred() ? JS_ParseJSON(context, text, length, "input") : JS_EXCEPTION, JS_UNDEFINED };
  in_call = true;
  free(text);
  values[1] = JS_IsException(values[0]) ? JS_UNDEFINED : blob_array();
  result = JS_IsException(values[0]) || JS_IsException(values[1]) ? JS_EXCEPTION : JS_Call(context, on_begin, JS_UNDEFINED, 2, (JSValueConst *)values);
  JS_FreeValue(context, values[0]);
  JS_FreeValue(context, values[1]);
  if (JS_IsException(result)) {
    result = JS_UNDEFINED;
    JSValue reason = JS_GetException(context);
    drain_jobs();
    fail_turn(reason);
    in_call = false;
    close_all_operations();
    turn.blobs = take_turn_blobs();
    return &turn;
  }
  return end_turn();
}

EXPORT("aria:host/tool@0.1.0#resume")
Turn *resume(int32_t *ready, uint32_t count, Bytes *blobs, uint32_t blob_count, double now_ms) {
  turn_now_ms = now_ms;
  set_call_blobs(blobs, blob_count);
  for (uint32_t i = 0; i < count; i++) {
    complete_operation(ready[i]);
    /* As in any host: what one completion sets off runs before the next one. */
    drain_jobs();
  }
  if (count) free(ready);
  drop_call_blobs();
  return end_turn();
}

static void release_turn(Turn *done) {
  if (done->kind == DONE) free(done->done.data);
  if (done->kind == FAILED) {
    free(done->failed.code.data);
    free(done->failed.message.data);
    free(done->failed.details.text.data);
    free(done->failed.stack.text.data);
  }
  Bytes *blobs = (Bytes *)done->blobs.data;
  for (uint32_t i = 0; i < done->blobs.length; i++) free(blobs[i].data);
  free(blobs);
  memset(done, 0, sizeof *done);
}
EXPORT("cabi_post_aria:host/tool@0.1.0#begin") void post_begin(Turn *done) { release_turn(done); }
EXPORT("cabi_post_aria:host/tool@0.1.0#resume") void post_resume(Turn *done) { release_turn(done); }

/* ---- building: what guests/engine/build and load-worker.ts call before the memory is written back.
   A script is compiled in one instance and evaluated in another: what the compiler leaves behind would lie between what lives,
   and every page of a snapshot costs each call a page fault. */
typedef struct { Bytes bytes; uint32_t failed; } Built;
static Built built;

static Built *built_failure(JSValue reason) {
  JSValue described = JS_IsFunction(context, on_error) ? JS_Call(context, on_error, JS_UNDEFINED, 1, (JSValueConst *)&reason) : JS_UNDEFINED;
  JSValue json = JS_IsObject(described) ? JS_JSONStringify(context, described, JS_UNDEFINED, JS_UNDEFINED) : JS_UNDEFINED;
  built = (Built){ utf8_of(JS_IsString(json) ? json : reason), 1 };
  if (!built.bytes.data) built.bytes = copy_of(memory_refused ? "out of memory" : "the error cannot be described");
  return &built;
}

static Built *built_bytes(uint8_t *data, size_t length) {
  built = (Built){ { data, length }, 0 };
  return &built;
}

static JSValue math_random(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  note_reading(RANDOMNESS);
  return JS_NewFloat64(cx, random_double());
}

/* What both clocks show, and the seed, while a tool is built. */
static void set_varying(double now_ms, uint8_t seed_byte) {
  uint8_t seed[32];
  memset(seed, seed_byte, sizeof seed);
  turn_now_ms = now_ms;
  random_seed(seed, sizeof seed);
}

static void start_runtime(void) {
  set_varying(0, 0);
  runtime = JS_NewRuntime2(&heap_functions, NULL);
  reserve = malloc(1024);
  quickjs_set_stack_limit(runtime, STACK_LIMIT);
  context = JS_NewContext(runtime);
  on_load = on_begin = on_error = on_operation_error = result = deferred = traced_readings = JS_UNDEFINED;
  JSValue global = JS_GetGlobalObject(context), math = JS_GetPropertyStr(context, global, "Math");
  JS_DefinePropertyValueStr(context, math, "random", JS_NewCFunction(context, math_random, "random", 0), JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
  JS_FreeValue(context, math);
  JS_FreeValue(context, global);
}

/* Compiles a script to bytecode. `source` and `name` are NUL-terminated. Functions keep positions but not their source, of which
   each level of nesting would hold another copy: `toString` shows "[native code]". */
EXPORT("compile") Built *compile(char *source, uint32_t length, char *name) {
  size_t size;
  if (!context) start_runtime();
  memory_refused = false;
  JSValue compiled = JS_Eval(context, source, length, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(compiled)) return built_failure(JS_GetException(context));
  uint8_t *stored = JS_WriteObject(context, &size, compiled, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  return stored ? built_bytes(stored, size) : built_failure(JS_GetException(context));
}

/* Evaluates a compiled script, which it frees. */
static JSValue evaluate(uint8_t *bytecode, uint32_t length) {
  JSValue function = JS_ReadObject(context, bytecode, length, JS_READ_OBJ_BYTECODE);
  heap_clear(bytecode, length);
  free(bytecode);
  return JS_IsException(function) ? function : JS_EvalFunction(context, function);
}

static Built *call_built(JSValue function, JSValue argument) {
  JSValue value = JS_IsException(function) || JS_IsException(argument) ? JS_EXCEPTION : JS_Call(context, function, JS_UNDEFINED, 1, (JSValueConst *)&argument);
  JS_FreeValue(context, argument);
  if (JS_IsException(value)) return built_failure(JS_GetException(context));
  JS_FreeValue(context, value);
  drain_jobs();
  JS_RunGC(runtime);
  quickjs_clear_freed(runtime);
  return NULL;
}

/* Makes the runtime and hands `native` to the template's compiled script, `(function (native) { … })`. 0, or what was thrown. */
EXPORT("setup") Built *setup(uint8_t *bytecode, uint32_t length) {
  start_runtime();
  JSValue factory = evaluate(bytecode, length);
  Built *failure = call_built(factory, make_native());
  JS_FreeValue(context, factory);
  return failure;
}

/* Says which interfaces the component imports: bit n is number n of interface_names. */
EXPORT("grant") void grant(uint32_t interfaces) { granted = interfaces; }

/* Before `load`, in an instance that is thrown away: what the memory holds after it otherwise than without this comes of clock or randomness. */
EXPORT("vary") void vary(double now_ms, uint32_t seed_byte) { set_varying(now_ms, (uint8_t)seed_byte); }

/* After `trace` and `load`: JSON of the stacks, each with what was read there. */
EXPORT("traced") Built *traced(void) {
  JSValue json = JS_JSONStringify(context, traced_readings, JS_UNDEFINED, JS_UNDEFINED);
  if (!JS_IsString(json)) return built_failure(JS_GetException(context));
  Bytes text = utf8_of(json);
  return text.data ? built_bytes(text.data, text.length) : built_failure(JS_GetException(context));
}

/* Collections start above what the tool's snapshot holds. */
static Built *end_load(Built *failure) {
  if (failure) return failure;
  JSMemoryUsage usage;
  JS_ComputeMemoryUsage(runtime, &usage);
  JS_SetGCThreshold(runtime, (size_t)usage.malloc_size + COLLECT_AFTER);
  uintptr_t end = heap_fill_holes();
  if (end) quickjs_end_snapshot(runtime, end);
  return NULL;
}

/* Loads a tool's compiled script, `(function (require, module, exports) { … })`. 0, or what was thrown as JSON. */
EXPORT("load") Built *load(uint8_t *bytecode, uint32_t length) {
  memory_refused = false;
  JSValue factory = evaluate(bytecode, length);
  loading = true;
  Built *failure = call_built(on_load, factory);
  loading = false;
  set_varying(0, 0);
  return end_load(failure);
}

/* Keeps a tool's compiled script for `begin`, which loads it with the call's own clock and seed. */
EXPORT("defer") Built *defer(uint8_t *bytecode, uint32_t length) {
  memory_refused = false;
  deferred = evaluate(bytecode, length);
  if (JS_IsException(deferred)) return built_failure(JS_GetException(context));
  JS_RunGC(runtime);
  quickjs_clear_freed(runtime);
  return end_load(NULL);
}
