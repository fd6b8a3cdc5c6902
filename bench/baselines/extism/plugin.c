/* A plugin of Extism that runs JavaScript: QuickJS-ng with a script that sets `call`, JSON in and a promise of JSON out. Extism's own kit for
   JavaScript is made in the same way (QuickJS, and a memory in which the script has been loaded) but is on no package registry. */
#include <stdlib.h>
#include <string.h>
#include "engine.h"

#define EXTISM(name) IMPORT("extism:host/env", name)
EXTISM("input_length") uint64_t input_length(void);
EXTISM("input_load_u8") int32_t input_load_u8(uint64_t offset);
EXTISM("input_load_u64") uint64_t input_load_u64(uint64_t offset);
EXTISM("alloc") uint64_t extism_alloc(uint64_t size);
EXTISM("store_u8") void store_u8(uint64_t address, int32_t byte);
EXTISM("store_u64") void store_u64(uint64_t address, uint64_t bytes);
EXTISM("output_set") void output_set(uint64_t address, uint64_t length);
EXTISM("error_set") void error_set(uint64_t address);

/* What wasi.c asks of the guest engine. */
double turn_now_ms;
void note_reading(Varying varying) { (void)varying; }
void random_bytes(uint8_t *out, size_t length) { memset(out, 0, length); }

static JSRuntime *engine;
static JSContext *scope;
static JSValue entry;

static int give(JSValue value, void (*set)(uint64_t, uint64_t)) {
  size_t length;
  const char *text = JS_ToCStringLen(scope, &length, value);
  uint64_t address = extism_alloc(length ? length : 1);
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t bytes;
    memcpy(&bytes, text + at, 8);
    store_u64(address + at, bytes);
  }
  for (; at < length; at++) store_u8(address + at, (uint8_t)text[at]);
  set(address, length);
  JS_FreeCString(scope, text);
  JS_FreeValue(scope, value);
  return 0;
}

static void set_error(uint64_t address, uint64_t length) { (void)length; error_set(address); }

static int fail(JSValue reason) {
  give(reason, set_error);
  return 1;
}

/* Where a script of this length may be written before `load`. */
EXPORT("room") char *room(uint32_t length) { return calloc(1, length + 1); }

/* Evaluates the script; its memory is then kept as the plugin's. */
EXPORT("load") int load(char *script, uint32_t length) {
  engine = JS_NewRuntime();
  scope = JS_NewContext(engine);
  JSValue loaded = JS_Eval(scope, script, length, "tool.js", JS_EVAL_TYPE_GLOBAL);
  free(script);
  if (JS_IsException(loaded)) return 1;
  JS_FreeValue(scope, loaded);
  JSValue global = JS_GetGlobalObject(scope);
  entry = JS_GetPropertyStr(scope, global, "call");
  JS_FreeValue(scope, global);
  return !JS_IsFunction(scope, entry);
}

/* What Extism calls: takes its input, gives its output. */
EXPORT("call") int call(void) {
  size_t length = input_length();
  char *text = malloc(length + 8);
  for (size_t at = 0; at + 8 <= length; at += 8) {
    uint64_t bytes = input_load_u64(at);
    memcpy(text + at, &bytes, 8);
  }
  for (size_t at = length & ~(size_t)7; at < length; at++) text[at] = (char)input_load_u8(at);
  JSValue input = JS_NewStringLen(scope, text, length);
  free(text);
  JSValue promise = JS_Call(scope, entry, JS_UNDEFINED, 1, &input);
  JS_FreeValue(scope, input);
  if (JS_IsException(promise)) return fail(JS_GetException(scope));
  JSContext *thrower;
  while (JS_ExecutePendingJob(engine, &thrower) > 0);
  bool fulfilled = JS_PromiseState(scope, promise) == JS_PROMISE_FULFILLED;
  JSValue result = JS_PromiseResult(scope, promise);
  JS_FreeValue(scope, promise);
  return fulfilled ? give(result, output_set) : fail(result);
}
