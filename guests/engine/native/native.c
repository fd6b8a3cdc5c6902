/* What the template's JavaScript (guests/engine/template) sees as `native`: host functions by number, clock, randomness, UTF-8, hooks.
   Invariants:
   - an operation that has been started is in `open_operations` until it completes, is forgotten, or the call ends;
   - no host function is reached outside a call, or without its interface being granted. */
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "bindings.h"

JSValue on_load, on_begin, on_error, on_operation_error;
uint32_t granted;
bool in_call;
static int32_t last_operation;

/* ---- open operations, in ascending order of their ids */
/* `direct`: `resolve` is called without arguments, and what it throws goes to `reject`; else both settle a promise. */
typedef struct { int32_t id; uint32_t function; bool direct; JSValue resolve, reject; } Open;
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

void close_all_operations(void) {
  while (open_count > 0) close_open(open_count - 1);
}

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
    if (!lower_flat(function->types[i], i < count ? values[i] : JS_UNDEFINED, slots)) return false;
    slots += function->types[i]->flat;
  }
  return true;
}

static bool make_room(void) {
  if (open_count < open_room) return true;
  uint32_t room = open_room ? open_room * 2 : 16;
  Open *grown = realloc(open_operations, room * sizeof *grown);
  if (!grown) { memory_refused = true; JS_ThrowOutOfMemory(context); return false; }
  open_operations = grown, open_room = room;
  return true;
}

/* Starts the operation of `values[0]` with the arguments behind the first `skipped` values. Takes `settle` over, also when it fails. */
static bool start_operation(int count, JSValueConst *values, int skipped, JSValue *settle, bool direct) {
  int32_t number;
  Slot slots[16];
  const Function *function = function_of(values[0], &number);
  bool started = function != NULL;
  if (started && !function->complete) {
    JS_ThrowTypeError(context, "\"%s\" starts no operation", function->name);
    started = false;
  }
  uint32_t mark = lowered_mark();
  /* Room is made after lowering, which may run a getter that starts another operation. */
  started = started && lower_arguments(function, count - skipped, values + skipped, slots) && make_room();
  if (started) {
    last_operation = function->start(slots);
    open_operations[open_count++] = (Open){ last_operation, (uint32_t)number, direct, settle[0], settle[1] };
  } else {
    JS_FreeValue(context, settle[0]);
    JS_FreeValue(context, settle[1]);
  }
  release_lowered(mark);
  return started;
}

static JSValue native_start(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  JSValue settle[2];
  JSValue promise = JS_NewPromiseCapability(cx, settle);
  if (JS_IsException(promise) || start_operation(count, values, 1, settle, false)) return promise;
  JS_FreeValue(cx, promise);
  return JS_EXCEPTION;
}

/* The same without a promise: calls `values[1]` when it is complete, and `values[2]` with what goes wrong. Gives the id. */
static JSValue native_start_then(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  if (!JS_IsFunction(cx, values[1]) || !JS_IsFunction(cx, values[2])) return JS_ThrowTypeError(cx, "expected a function");
  JSValue settle[2] = { JS_DupValue(cx, values[1]), JS_DupValue(cx, values[2]) };
  return start_operation(count, values, 3, settle, true) ? JS_NewInt32(cx, last_operation) : JS_EXCEPTION;
}

static JSValue native_call(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self;
  int32_t number;
  Slot slots[16];
  const Function *function = function_of(values[0], &number);
  if (!function) return JS_EXCEPTION;
  if (function->complete) return JS_ThrowTypeError(cx, "\"%s\" starts an operation", function->name);
  uint32_t mark = lowered_mark();
  bool lowered = lower_arguments(function, count - 1, values + 1, slots);
  if (lowered) function->start(slots);
  release_lowered(mark);
  if (!lowered) return JS_EXCEPTION;
  return JS_UNDEFINED;
}

/* Only an operation of the host function `values[1]`: an id may be anything that a tool makes of it. */
static JSValue native_forget(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  int32_t id, number;
  if (JS_ToInt32(cx, &id, values[0]) || JS_ToInt32(cx, &number, values[1])) return JS_EXCEPTION;
  int64_t index = find_open(id);
  bool found = index >= 0 && open_operations[index].function == (uint32_t)number;
  if (found) close_open((uint32_t)index);
  return JS_NewBool(cx, found);
}

static JSValue native_operation(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  return JS_NewInt32(cx, last_operation);
}

static JSValue native_now(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count, (void)values;
  note_reading(CLOCK);
  return JS_NewFloat64(cx, turn_now_ms);
}

static JSValue native_random_bytes(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  size_t length;
  note_reading(RANDOMNESS);
  uint8_t *bytes = quickjs_bytes(cx, values[0], &length);
  if (!bytes && JS_HasException(cx)) return JS_EXCEPTION;
  random_bytes(bytes, length);
  return JS_UNDEFINED;
}

static JSValue native_add_blob(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  int32_t index = add_turn_blob(values[0]);
  return index < 0 ? JS_EXCEPTION : JS_NewInt32(cx, index);
}

static JSValue native_granted(JSContext *cx, JSValueConst self, int count, JSValueConst *values) {
  (void)self, (void)count;
  int32_t number;
  if (JS_ToInt32(cx, &number, values[0])) return JS_EXCEPTION;
  return JS_NewBool(cx, number >= 0 && number < FUNCTION_COUNT && (granted >> functions[number].interface & 1));
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
  const uint8_t *bytes = quickjs_bytes(cx, values[0], &length);
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

JSValue make_native(void) {
  JSValue native = JS_NewObject(context), names = JS_NewArray(context);
  for (uint32_t i = 0; i < FUNCTION_COUNT; i++) {
    JS_DefinePropertyValueUint32(context, names, i, JS_NewString(context, functions[i].name), JS_PROP_C_W_E);
  }
  JS_DefinePropertyValueStr(context, native, "names", names, JS_PROP_C_W_E);
  define(native, "start", native_start, 1); define(native, "startThen", native_start_then, 3);
  define(native, "call", native_call, 1); define(native, "forget", native_forget, 2); define(native, "operation", native_operation, 0);
  define(native, "nowMs", native_now, 0); define(native, "randomBytes", native_random_bytes, 1);
  define(native, "addBlob", native_add_blob, 1); define(native, "granted", native_granted, 1);
  define(native, "utf8Encode", native_utf8_encode, 1); define(native, "utf8Decode", native_utf8_decode, 3);
  define_hook(native, "onLoad", 0); define_hook(native, "onBegin", 1);
  define_hook(native, "onError", 2); define_hook(native, "onOperationError", 3);
  return native;
}

/* ---- completions */
static JSValue operation_error(const Function *function, JSValueConst error) {
  JSValue values[3] = { JS_NewString(context, function->name), JS_GetPropertyStr(context, error, "tag"), JS_GetPropertyStr(context, error, "val") };
  JSValue reason = JS_Call(context, on_operation_error, JS_UNDEFINED, 3, (JSValueConst *)values);
  for (int i = 0; i < 3; i++) JS_FreeValue(context, values[i]);
  return reason;
}

void complete_operation(int32_t id) {
  int64_t index = find_open(id);
  if (index < 0) return;
  /* Sized for the largest completion; the generator's layouts are far below it. */
  static _Alignas(8) uint8_t area[256];
  Open closed = open_operations[index];
  const Function *function = &functions[closed.function];
  closed.resolve = JS_DupValue(context, closed.resolve), closed.reject = JS_DupValue(context, closed.reject);
  close_open((uint32_t)index);
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
  JSValue settled = JS_Call(context, refused ? closed.reject : closed.resolve, JS_UNDEFINED, refused || !closed.direct, (JSValueConst *)&value);
  if (JS_IsException(settled) && closed.direct && !refused) {
    JS_FreeValue(context, value);
    value = JS_GetException(context);
    settled = JS_Call(context, closed.reject, JS_UNDEFINED, 1, (JSValueConst *)&value);
  }
  if (JS_IsException(settled)) JS_FreeValue(context, JS_GetException(context));
  JS_FreeValue(context, settled);
  JS_FreeValue(context, value);
  JS_FreeValue(context, closed.resolve);
  JS_FreeValue(context, closed.reject);
}
