/* The exports of the tool ABI, and what the template's JavaScript (guests/engine/template) sees as `native`.
   Invariants:
   - JavaScript runs in `setup`, `load`, `begin` and `resume` only; each drains the engine's own jobs before it returns;
   - an operation that has been started is in `open` until it completes, is forgotten, or the call ends;
   - clock and randomness change only at the start of a turn. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "bindings.h"

/* The shadow stack is 512 KiB (link step). What lies below this limit is left to C code that does not check. */
#define STACK_LIMIT (96 * 1024)
/* Collections start this much above what a tool's own snapshot holds, so that a short call never pays for one. */
#define COLLECT_AFTER (1024 * 1024)

JSContext *context;
double turn_now_ms;
static JSRuntime *runtime;
static JSValue on_load, on_begin, on_error, on_operation_error, result;
static uint32_t granted;
static bool in_call, memory_refused;
static int32_t last_operation;

void quickjs_set_stack_limit(JSRuntime *runtime, uintptr_t lowest);

/* ---- memory: a refusal is remembered, so that a failure for want of memory is told apart from a tool's own */
static void *noted(void *memory) { if (!memory) memory_refused = true; return memory; }
static void *engine_calloc(void *opaque, size_t count, size_t size) { (void)opaque; return noted(calloc(count, size)); }
static void *engine_malloc(void *opaque, size_t size) { (void)opaque; return noted(malloc(size)); }
static void engine_free(void *opaque, void *memory) { (void)opaque; free(memory); }
static void *engine_realloc(void *opaque, void *memory, size_t size) {
  (void)opaque;
  void *moved = realloc(memory, size);
  return size ? noted(moved) : moved;
}
static size_t engine_usable(const void *memory) { return malloc_usable_size((void *)memory); }
static const JSMallocFunctions allocator = { engine_calloc, engine_malloc, engine_free, engine_realloc, engine_usable };

EXPORT("cabi_realloc") void *cabi_realloc(void *memory, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  if (size == 0) return (void *)align;
  void *moved = realloc(memory, size);
  if (!moved) __builtin_trap();
  return moved;
}

/* ---- open operations, in ascending order of their ids */
typedef struct { int32_t id; uint32_t function; JSValue resolve, reject; } Open;
static Open *open_operations;
static uint32_t open_count, open_room;

static int64_t find_open(int32_t id) {
  uint32_t low = 0, high = open_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (open_operations[middle].id < id) low = middle + 1; else high = middle;
  }
  return low < open_count && open_operations[low].id == id ? (int64_t)low : -1;
}

static void close_open(uint32_t index) {
  JS_FreeValue(context, open_operations[index].resolve);
  JS_FreeValue(context, open_operations[index].reject);
  memmove(open_operations + index, open_operations + index + 1, (--open_count - index) * sizeof *open_operations);
}

/* ---- native */
static const Function *function_of(JSValueConst index, int32_t *number) {
  if (JS_ToInt32(context, number, index)) return NULL;
  if (*number < 0 || *number >= FUNCTION_COUNT) { JS_ThrowRangeError(context, "there is no host function %d", *number); return NULL; }
  const Function *function = &functions[*number];
  if (!in_call) {
    JS_ThrowTypeError(context, "Cannot use \"%s\": the top level of a module runs when the tool is built, where there is no host", function->name);
    return NULL;
  }
  if (!(granted >> function->interface & 1)) { JS_ThrowTypeError(context, "Cannot use \"%s\": the tool has no token for it", function->name); return NULL; }
  return function;
}

static bool lower_arguments(const Function *function, int count, JSValueConst *values, Slot *slots) {
  for (int i = 0; i < function->parameters; i++) {
    if (!lower_flat(function->types[i], i < count ? values[i] : JS_UNDEFINED, slots)) { release_lowered(); return false; }
    slots += function->types[i]->flat;
  }
  return true;
}

static JSValue native_start(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  int32_t number;
  Slot slots[16];
  JSValue settle[2];
  const Function *function = function_of(values[0], &number);
  if (!function) return JS_EXCEPTION;
  if (!function->complete) return JS_ThrowTypeError(cx, "\"%s\" starts no operation", function->name);
  if (open_count == open_room) {
    uint32_t room = open_room ? open_room * 2 : 16;
    Open *grown = realloc(open_operations, room * sizeof *grown);
    if (!grown) { memory_refused = true; return JS_ThrowOutOfMemory(cx); }
    open_operations = grown, open_room = room;
  }
  JSValue promise = JS_NewPromiseCapability(cx, settle);
  if (JS_IsException(promise)) return JS_EXCEPTION;
  if (!lower_arguments(function, count - 1, values + 1, slots)) {
    JS_FreeValue(cx, promise); JS_FreeValue(cx, settle[0]); JS_FreeValue(cx, settle[1]);
    return JS_EXCEPTION;
  }
  last_operation = function->start(slots);
  release_lowered();
  open_operations[open_count++] = (Open){ last_operation, (uint32_t)number, settle[0], settle[1] };
  return promise;
}

static JSValue native_call(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  int32_t number;
  Slot slots[16];
  const Function *function = function_of(values[0], &number);
  if (!function) return JS_EXCEPTION;
  if (function->complete) return JS_ThrowTypeError(cx, "\"%s\" starts an operation", function->name);
  if (!lower_arguments(function, count - 1, values + 1, slots)) return JS_EXCEPTION;
  function->start(slots);
  release_lowered();
  return JS_UNDEFINED;
}

static JSValue native_forget(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  int32_t id;
  if (JS_ToInt32(cx, &id, values[0])) return JS_EXCEPTION;
  int64_t index = find_open(id);
  if (index >= 0) close_open((uint32_t)index);
  return JS_NewBool(cx, index >= 0);
}

static JSValue native_operation(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  return JS_NewInt32(cx, last_operation);
}

static JSValue native_now(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  return JS_NewFloat64(cx, turn_now_ms);
}

static JSValue native_random_bytes(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  size_t length;
  uint8_t *bytes = JS_GetUint8Array(cx, &length, values[0]);
  if (!bytes && JS_HasException(cx)) return JS_EXCEPTION;
  random_bytes(bytes, length);
  return JS_UNDEFINED;
}

static JSValue math_random(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  return JS_NewFloat64(cx, random_double());
}

static JSValue native_add_blob(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  int32_t index = add_turn_blob(values[0]);
  return index < 0 ? JS_EXCEPTION : JS_NewInt32(cx, index);
}

static JSValue native_granted(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  const char *name = JS_ToCString(cx, values[0]);
  if (!name) return JS_EXCEPTION;
  bool found = false;
  for (uint32_t i = 0; i < INTERFACE_COUNT; i++) if (strcmp(interface_names[i], name) == 0) found = granted >> i & 1;
  JS_FreeCString(cx, name);
  return JS_NewBool(cx, found);
}

static JSValue native_utf8_encode(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  Bytes text = utf8_of(values[0]);
  if (!text.data) return JS_EXCEPTION;
  JSValue view = JS_NewUint8ArrayCopy(cx, text.data, text.length);
  free(text.data);
  return view;
}

/* How many bytes of a malformed or truncated sequence become one U+FFFD, by the WHATWG standard; 0 where it is well-formed. */
static size_t malformed(const uint8_t *text, size_t left, size_t *width) {
  uint8_t lead = text[0], low = 0x80, high = 0xbf;
  *width = lead < 0x80 ? 1 : lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (*width == 0) return 1;
  if (lead == 0xe0) low = 0xa0; else if (lead == 0xed) high = 0x9f; else if (lead == 0xf0) low = 0x90; else if (lead == 0xf4) high = 0x8f;
  for (size_t i = 1; i < *width; i++, low = 0x80, high = 0xbf) if (i >= left || text[i] < low || text[i] > high) return i;
  return 0;
}

static JSValue native_utf8_decode(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  size_t length, width, kept = 0, bad;
  const uint8_t *bytes = JS_GetUint8Array(cx, &length, values[0]);
  if (!bytes && JS_HasException(cx)) return JS_EXCEPTION;
  bool fatal = count > 1 && JS_ToBool(cx, values[1]) > 0, keep_mark = count > 2 && JS_ToBool(cx, values[2]) > 0;
  if (!keep_mark && length >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf) bytes += 3, length -= 3;
  size_t errors = 0;
  for (size_t i = 0; i < length; i += bad ? bad : width) if ((bad = malformed(bytes + i, length - i, &width))) errors++;
  if (errors == 0) return JS_NewStringLen(cx, length ? (const char *)bytes : "", length);
  if (fatal) return JS_ThrowTypeError(cx, "The encoded data was not valid for encoding utf-8");
  uint8_t *text = malloc(length + errors * 2);
  if (!text) { memory_refused = true; return JS_ThrowOutOfMemory(cx); }
  for (size_t i = 0; i < length; i += bad ? bad : width) {
    bad = malformed(bytes + i, length - i, &width);
    memcpy(text + kept, bad ? (const uint8_t *)"\xef\xbf\xbd" : bytes + i, bad ? 3 : width);
    kept += bad ? 3 : width;
  }
  JSValue value = JS_NewStringLen(cx, (const char *)text, kept);
  free(text);
  return value;
}

/* One C function sets all hooks; `magic` says which. */
static JSValue native_hook(JSContext *cx, JSValueConst self, int count, JSValueConst *values, int magic) {
  (void)self, (void)count;
  JSValue *const hooks[] = { &on_load, &on_begin, &on_error, &on_operation_error };
  if (!JS_IsFunction(cx, values[0])) return JS_ThrowTypeError(cx, "expected a function");
  JS_FreeValue(cx, *hooks[magic]);
  *hooks[magic] = JS_DupValue(cx, values[0]);
  return JS_UNDEFINED;
}

static void define(JSValueConst object, const char *name, JSCFunction *function, int length) {
  JS_DefinePropertyValueStr(context, object, name, JS_NewCFunction(context, function, name, length), JS_PROP_C_W_E);
}

static void define_hook(JSValueConst object, const char *name, int magic) {
  JSValue hook = JS_NewCFunctionMagic(context, native_hook, name, 1, JS_CFUNC_generic_magic, magic);
  JS_DefinePropertyValueStr(context, object, name, hook, JS_PROP_C_W_E);
}

static JSValue make_native(void) {
  JSValue native = JS_NewObject(context), names = JS_NewArray(context);
  for (uint32_t i = 0; i < FUNCTION_COUNT; i++) {
    JS_DefinePropertyValueUint32(context, names, i, JS_NewString(context, functions[i].name), JS_PROP_C_W_E);
  }
  JS_DefinePropertyValueStr(context, native, "names", names, JS_PROP_C_W_E);
  define(native, "start", native_start, 1); define(native, "call", native_call, 1);
  define(native, "forget", native_forget, 1); define(native, "operation", native_operation, 0);
  define(native, "nowMs", native_now, 0); define(native, "randomBytes", native_random_bytes, 1);
  define(native, "addBlob", native_add_blob, 1); define(native, "granted", native_granted, 1);
  define(native, "utf8Encode", native_utf8_encode, 1); define(native, "utf8Decode", native_utf8_decode, 3);
  define_hook(native, "onLoad", 0); define_hook(native, "onBegin", 1);
  define_hook(native, "onError", 2); define_hook(native, "onOperationError", 3);
  return native;
}

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

static Bytes copy_of(const char *text) {
  Bytes copy = { malloc(strlen(text)), strlen(text) };
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
  JSValue described = JS_Call(context, on_error, JS_UNDEFINED, 1, (JSValueConst *)&reason);
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
    while (open_count > 0) close_open(open_count - 1);
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

EXPORT("aria:host/tool@0.1.0#begin")
Turn *begin(uint8_t *input, uint32_t length, Bytes *blobs, uint32_t blob_count, double now_ms, uint8_t *seed, uint32_t seed_length) {
  turn_now_ms = now_ms;
  random_seed(seed, seed_length);
  if (seed_length) free(seed);
  in_call = true, memory_refused = false;
  /* JS_ParseJSON wants a NUL after the text. */
  char *text = length ? realloc(input, length + 1) : calloc(1, 1);
  if (!text) __builtin_trap();
  text[length] = 0;
  set_call_blobs(blobs, blob_count);
  JSValue values[2] = { JS_ParseJSON(context, text, length, "input"), JS_UNDEFINED };
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
    turn.blobs = take_turn_blobs();
    return &turn;
  }
  return end_turn();
}

static JSValue operation_error(const Function *function, JSValueConst error) {
  JSValue values[3] = { JS_NewString(context, function->name), JS_GetPropertyStr(context, error, "tag"), JS_GetPropertyStr(context, error, "val") };
  JSValue reason = JS_Call(context, on_operation_error, JS_UNDEFINED, 3, (JSValueConst *)values);
  for (int i = 0; i < 3; i++) JS_FreeValue(context, values[i]);
  return reason;
}

static void complete_operation(uint32_t index) {
  /* Sized for the largest completion; the generator's layouts are far below it. */
  static _Alignas(8) uint8_t area[256];
  Open closed = open_operations[index];
  const Function *function = &functions[closed.function];
  closed.resolve = JS_DupValue(context, closed.resolve), closed.reject = JS_DupValue(context, closed.reject);
  close_open(index);
  memset(area, 0, function->completed->size);
  function->complete(closed.id, area);
  const Member *found = &function->completed->members[area[0] & 1];
  JSValue value = found->type ? lift(found->type, area + found->offset) : JS_UNDEFINED;
  bool refused = area[0] & 1;
  if (refused && !JS_IsException(value)) {
    JSValue error = operation_error(function, value);
    JS_FreeValue(context, value);
    value = error;
  }
  if (JS_IsException(value)) refused = true, value = JS_GetException(context);
  JSValue settled = JS_Call(context, refused ? closed.reject : closed.resolve, JS_UNDEFINED, 1, (JSValueConst *)&value);
  JS_FreeValue(context, settled);
  JS_FreeValue(context, value);
  JS_FreeValue(context, closed.resolve);
  JS_FreeValue(context, closed.reject);
}

EXPORT("aria:host/tool@0.1.0#resume")
Turn *resume(int32_t *ready, uint32_t count, Bytes *blobs, uint32_t blob_count, double now_ms) {
  turn_now_ms = now_ms;
  set_call_blobs(blobs, blob_count);
  for (uint32_t i = 0; i < count; i++) {
    int64_t index = find_open(ready[i]);
    if (index < 0) continue;
    complete_operation((uint32_t)index);
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

/* ---- building: what guests/engine/snapshot.ts calls before the memory is written back */
static Bytes build_error;

static Bytes *failed_build(JSValue reason) {
  JSValue described = JS_IsFunction(context, on_error) ? JS_Call(context, on_error, JS_UNDEFINED, 1, (JSValueConst *)&reason) : JS_UNDEFINED;
  JSValue json = JS_IsObject(described) ? JS_JSONStringify(context, described, JS_UNDEFINED, JS_UNDEFINED) : JS_UNDEFINED;
  build_error = utf8_of(JS_IsString(json) ? json : reason);
  if (!build_error.data) build_error = copy_of(memory_refused ? "out of memory" : "the error cannot be described");
  return &build_error;
}

static JSValue evaluate(const char *source, uint32_t length, const char *name) {
  JSValue value = JS_Eval(context, source, length, name, JS_EVAL_TYPE_GLOBAL);
  return value;
}

/* Makes the runtime and hands `native` to the template's script, `(function (native) { … })`. 0, or what was thrown. */
EXPORT("setup") Bytes *setup(char *source, uint32_t length) {
  uint8_t seed[32] = { 0 };
  random_seed(seed, sizeof seed);
  runtime = JS_NewRuntime2(&allocator, NULL);
  quickjs_set_stack_limit(runtime, STACK_LIMIT);
  context = JS_NewContext(runtime);
  on_load = on_begin = on_error = on_operation_error = result = JS_UNDEFINED;
  JSValue global = JS_GetGlobalObject(context), math = JS_GetPropertyStr(context, global, "Math");
  JS_DefinePropertyValueStr(context, math, "random", JS_NewCFunction(context, math_random, "random", 0), JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
  JS_FreeValue(context, math);
  JS_FreeValue(context, global);
  JSValue factory = evaluate(source, length, "template.js");
  if (JS_IsException(factory)) return failed_build(JS_GetException(context));
  JSValue native = make_native();
  JSValue value = JS_Call(context, factory, JS_UNDEFINED, 1, (JSValueConst *)&native);
  JS_FreeValue(context, native);
  JS_FreeValue(context, factory);
  if (JS_IsException(value)) return failed_build(JS_GetException(context));
  JS_FreeValue(context, value);
  drain_jobs();
  free(source);
  JS_RunGC(runtime);
  return NULL;
}

/* Says which interfaces the component imports: bit n is number n of interface_names. */
EXPORT("grant") void grant(uint32_t interfaces) { granted = interfaces; }

/* Loads a tool: `(function (require, module, exports) { … })`, NUL-terminated, as is `name`. 0, or what was thrown as JSON. */
EXPORT("load") Bytes *load(char *source, uint32_t length, char *name) {
  memory_refused = false;
  JSValue factory = evaluate(source, length, name);
  free(source);
  free(name);
  if (JS_IsException(factory)) return failed_build(JS_GetException(context));
  JSValue value = JS_Call(context, on_load, JS_UNDEFINED, 1, (JSValueConst *)&factory);
  JS_FreeValue(context, factory);
  if (JS_IsException(value)) return failed_build(JS_GetException(context));
  JS_FreeValue(context, value);
  drain_jobs();
  JS_RunGC(runtime);
  JSMemoryUsage usage;
  JS_ComputeMemoryUsage(runtime, &usage);
  JS_SetGCThreshold(runtime, (size_t)usage.malloc_size + COLLECT_AFTER);
  return NULL;
}
