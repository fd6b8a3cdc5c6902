/* JavaScript values to and from the canonical ABI, driven by the descriptions of bindings.h.
   Invariants:
   - memory that the host allocates (cabi_realloc) is owned by the guest from the moment that the import returns;
   - memory that is lowered is owned by the guest and freed after the import has returned; a getter of an argument may start another
     operation meanwhile, so each frees down to its own mark;
   - lengths and indices that come from the host are checked before use: a host may be wrong, a guest must not corrupt itself. */
#include <stdlib.h>
#include <string.h>
#include "engine.h"

#define DEPTH_MAX 64

static void **lowered;
static uint32_t lowered_count, lowered_room;

static void *keep(size_t size) {
  if (lowered_count == lowered_room) {
    uint32_t room = lowered_room ? lowered_room * 2 : 16;
    void **grown = realloc(lowered, room * sizeof *grown);
    if (!grown) { JS_ThrowOutOfMemory(context); return NULL; }
    lowered = grown, lowered_room = room;
  }
  void *memory = malloc(size ? size : 1);
  if (!memory) { JS_ThrowOutOfMemory(context); return NULL; }
  lowered[lowered_count++] = memory;
  return memory;
}

uint32_t lowered_mark(void) { return lowered_count; }

void release_lowered(uint32_t mark) {
  while (lowered_count > mark) free(lowered[--lowered_count]);
}

/* U+D800 to U+DFFF are three bytes in what QuickJS gives, as U+FFFD is. */
static void replace_surrogates(uint8_t *text, size_t length) {
  for (size_t i = 0; i + 2 < length; i++) {
    if (text[i] == 0xed && text[i + 1] >= 0xa0) text[i] = 0xef, text[i + 1] = 0xbf, text[i + 2] = 0xbd;
  }
}

Bytes utf8_of(JSValueConst value) {
  size_t length;
  const char *text = JS_ToCStringLen(context, &length, value);
  if (!text) return (Bytes){ 0, 0 };
  uint8_t *copy = malloc(length + 1);
  if (!copy) {
    JS_FreeCString(context, text);
    JS_ThrowOutOfMemory(context);
    return (Bytes){ 0, 0 };
  }
  memcpy(copy, text, length);
  copy[length] = 0;
  JS_FreeCString(context, text);
  replace_surrogates(copy, length);
  return (Bytes){ copy, length };
}

/* ---- blobs */
static Bytes *turn_blobs;
static uint32_t turn_blob_count, turn_blob_room;
static Bytes *call_blobs;
static uint32_t call_blob_total;
/* Bytes that the host has brought do not count for QuickJS's collector: after this many a collection is ours to ask for. */
#define ADOPTED_MAX (8 * 1024 * 1024)
static uint32_t adopted_since_collection;

int32_t add_turn_blob(JSValueConst view) {
  size_t length;
  if (JS_GetTypedArrayType(view) != JS_TYPED_ARRAY_UINT8) { JS_ThrowTypeError(context, "expected a Uint8Array"); return -1; }
  uint8_t *bytes = quickjs_bytes(context, view, &length);
  if (!bytes && JS_HasException(context)) return -1;
  if (turn_blob_count == turn_blob_room) {
    uint32_t room = turn_blob_room ? turn_blob_room * 2 : 8;
    Bytes *grown = realloc(turn_blobs, room * sizeof *grown);
    if (!grown) { JS_ThrowOutOfMemory(context); return -1; }
    turn_blobs = grown, turn_blob_room = room;
  }
  uint8_t *copy = malloc(length ? length : 1);
  if (!copy) { JS_ThrowOutOfMemory(context); return -1; }
  if (length) memcpy(copy, bytes, length);
  turn_blobs[turn_blob_count] = (Bytes){ copy, length };
  return (int32_t)turn_blob_count++;
}

Bytes take_turn_blobs(void) {
  Bytes taken = { (uint8_t *)turn_blobs, turn_blob_count };
  turn_blobs = NULL, turn_blob_count = 0, turn_blob_room = 0;
  return taken;
}

void set_call_blobs(Bytes *blobs, uint32_t count) {
  drop_call_blobs();
  call_blobs = count ? blobs : NULL, call_blob_total = count;
  for (uint32_t i = 0; i < count; i++) adopted_since_collection += blobs[i].length;
  if (adopted_since_collection < ADOPTED_MAX) return;
  collect_garbage();
  adopted_since_collection = 0;
}

uint32_t call_blob_count(void) { return call_blob_total; }

static void *resize_adopted(JSRuntime *runtime, void *opaque, void *memory, size_t size) {
  (void)runtime, (void)opaque;
  if (size == 0) { free(memory); return NULL; }
  return realloc(memory, size);
}

JSValue take_call_blob(uint32_t index) {
  if (index >= call_blob_total || (call_blobs[index].length && !call_blobs[index].data)) {
    return JS_ThrowRangeError(context, "the host named blob %u, which it did not bring", index);
  }
  Bytes taken = call_blobs[index];
  call_blobs[index].data = NULL;
  if (taken.length == 0) return JS_NewUint8ArrayCopy(context, NULL, 0);
  /* QuickJS takes the memory over, and frees it with the array. */
  JSValue view = JS_NewUint8Array(context, taken.data, taken.length, resize_adopted, NULL, false);
  if (JS_IsException(view)) free(taken.data);
  return view;
}

void drop_call_blobs(void) {
  for (uint32_t i = 0; i < call_blob_total; i++) if (call_blobs[i].length) free(call_blobs[i].data);
  free(call_blobs);
  call_blobs = NULL, call_blob_total = 0;
}

/* ---- lowering */
static bool lower_memory(const Type *type, JSValueConst value, uint8_t *memory, int depth);

static bool lower_string(JSValueConst value, Bytes *out) {
  if (!JS_IsString(value)) { JS_ThrowTypeError(context, "expected a string"); return false; }
  Bytes text = utf8_of(value);
  if (!text.data) return false;
  uint8_t *kept = keep(0);
  if (!kept) { free(text.data); return false; }
  free(lowered[lowered_count - 1]);
  lowered[lowered_count - 1] = text.data;
  *out = text;
  return true;
}

static bool lower_list(const Type *type, JSValueConst value, Bytes *out, int depth) {
  int64_t length;
  const Type *element = type->members[0].type;
  if (!JS_IsArray(value)) { JS_ThrowTypeError(context, "expected an array"); return false; }
  if (JS_GetLength(context, value, &length)) return false;
  if (length > (1 << 24)) { JS_ThrowRangeError(context, "expected at most 16777216 elements"); return false; }
  uint8_t *memory = keep((size_t)length * element->size);
  if (!memory) return false;
  for (int64_t i = 0; i < length; i++) {
    JSValue item = JS_GetPropertyInt64(context, value, i);
    bool fine = !JS_IsException(item) && lower_memory(element, item, memory + i * element->size, depth + 1);
    JS_FreeValue(context, item);
    if (!fine) return false;
  }
  *out = (Bytes){ memory, (uint32_t)length };
  return true;
}

static int lower_enum(const Type *type, JSValueConst value) {
  const char *text = JS_ToCString(context, value);
  if (!text) return -1;
  for (uint32_t i = 0; i < type->count; i++) {
    if (strcmp(type->members[i].label, text) == 0) { JS_FreeCString(context, text); return (int)i; }
  }
  JS_ThrowTypeError(context, "expected one of its cases, found \"%s\"", text);
  JS_FreeCString(context, text);
  return -1;
}

static bool lower_number(const Type *type, JSValueConst value, Slot *out) {
  double number;
  if (!JS_IsNumber(value)) { JS_ThrowTypeError(context, "expected a number"); return false; }
  JS_ToFloat64(context, &number, value);
  if (type->kind == F64) { out->d = number; return true; }
  if (number != (double)(int32_t)number) { JS_ThrowRangeError(context, "expected a whole number of 32 bits"); return false; }
  out->i = (int32_t)number;
  return true;
}

static bool is_none(JSValueConst value) { return JS_IsUndefined(value) || JS_IsNull(value); }

static JSValue member_value(const Type *type, JSValueConst value, uint32_t index) {
  if (!JS_IsObject(value)) return JS_ThrowTypeError(context, "expected an object");
  return type->kind == TUPLE ? JS_GetPropertyUint32(context, value, index) : JS_GetPropertyStr(context, value, type->members[index].label);
}

static bool lower_memory(const Type *type, JSValueConst value, uint8_t *memory, int depth) {
  Slot slot;
  if (depth > DEPTH_MAX) { JS_ThrowRangeError(context, "expected a shallower value"); return false; }
  switch (type->kind) {
    case BOOL: *memory = JS_ToBool(context, value) > 0; return true;
    case S32: if (!lower_number(type, value, &slot)) return false; *(int32_t *)memory = slot.i; return true;
    case F64: if (!lower_number(type, value, &slot)) return false; *(double *)memory = slot.d; return true;
    case STRING: return lower_string(value, (Bytes *)memory);
    case LIST: return lower_list(type, value, (Bytes *)memory, depth);
    case BLOB: return (*(int32_t *)memory = add_turn_blob(value)) >= 0;
    case ENUM: { int found = lower_enum(type, value); *memory = (uint8_t)found; return found >= 0; }
    case OPTION:
      *memory = !is_none(value);
      return is_none(value) || lower_memory(type->members[1].type, value, memory + type->members[1].offset, depth + 1);
    case RECORD:
    case TUPLE:
      for (uint32_t i = 0; i < type->count; i++) {
        JSValue item = member_value(type, value, i);
        bool fine = !JS_IsException(item) && lower_memory(type->members[i].type, item, memory + type->members[i].offset, depth + 1);
        JS_FreeValue(context, item);
        if (!fine) return false;
      }
      return true;
    default: JS_ThrowTypeError(context, "variants are never arguments"); return false;
  }
}

bool lower_flat(const Type *type, JSValueConst value, Slot *slots) {
  Bytes bytes = { 0, 0 };
  switch (type->kind) {
    case BOOL: slots[0].i = JS_ToBool(context, value) > 0; return true;
    case S32:
    case F64: return lower_number(type, value, slots);
    case STRING:
    case LIST:
      if (!(type->kind == STRING ? lower_string(value, &bytes) : lower_list(type, value, &bytes, 0))) return false;
      slots[0].i = (int32_t)bytes.data, slots[1].i = (int32_t)bytes.length;
      return true;
    case BLOB: return (slots[0].i = add_turn_blob(value)) >= 0;
    case ENUM: return (slots[0].i = lower_enum(type, value)) >= 0;
    case OPTION:
      for (uint32_t i = 0; i < type->flat; i++) if (type->doubles >> i & 1) slots[i].d = 0; else slots[i].i = 0;
      slots[0].i = !is_none(value);
      return is_none(value) || lower_flat(type->members[1].type, value, slots + 1);
    case RECORD:
    case TUPLE:
      for (uint32_t i = 0; i < type->count; i++) {
        JSValue item = member_value(type, value, i);
        bool fine = !JS_IsException(item) && lower_flat(type->members[i].type, item, slots);
        JS_FreeValue(context, item);
        if (!fine) return false;
        slots += type->members[i].type->flat;
      }
      return true;
    default: JS_ThrowTypeError(context, "variants are never arguments"); return false;
  }
}

/* ---- lifting */
static JSValue lift_list(const Type *type, const Bytes *list) {
  const Type *element = type->members[0].type;
  JSValue array = JS_NewArray(context);
  for (uint32_t i = 0; i < list->length; i++) {
    JSValue item = lift(element, list->data + (size_t)i * element->size);
    if (JS_IsException(array)) { JS_FreeValue(context, item); continue; }
    if (JS_IsException(item) || JS_DefinePropertyValueUint32(context, array, i, item, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(context, array);
      array = JS_EXCEPTION;
    }
  }
  if (list->length) free(list->data);
  return array;
}

static JSValue lift_members(const Type *type, uint8_t *memory) {
  JSValue object = type->kind == TUPLE ? JS_NewArray(context) : JS_NewObject(context);
  for (uint32_t i = 0; i < type->count; i++) {
    JSValue item = lift(type->members[i].type, memory + type->members[i].offset);
    if (JS_IsException(object)) { JS_FreeValue(context, item); continue; }
    int set = JS_IsException(item) ? -1
      : type->kind == TUPLE ? JS_DefinePropertyValueUint32(context, object, i, item, JS_PROP_C_W_E)
                            : JS_DefinePropertyValueStr(context, object, type->members[i].label, item, JS_PROP_C_W_E);
    if (set < 0) { JS_FreeValue(context, object); object = JS_EXCEPTION; }
  }
  return object;
}

static JSValue lift_variant(const Type *type, uint8_t *memory) {
  if (*memory >= type->count) return JS_ThrowRangeError(context, "the host gave case %u of %u", *memory, type->count);
  const Member *found = &type->members[*memory];
  JSValue value = found->type ? lift(found->type, memory + found->offset) : JS_UNDEFINED;
  JSValue object = JS_NewObject(context);
  if (JS_IsException(value) || JS_IsException(object)) { JS_FreeValue(context, value); JS_FreeValue(context, object); return JS_EXCEPTION; }
  JS_DefinePropertyValueStr(context, object, "tag", JS_NewString(context, found->label), JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(context, object, "val", value, JS_PROP_C_W_E);
  return object;
}

JSValue lift(const Type *type, uint8_t *memory) {
  switch (type->kind) {
    case BOOL: return JS_NewBool(context, *memory != 0);
    case S32: return JS_NewInt32(context, *(int32_t *)memory);
    case F64: return JS_NewFloat64(context, *(double *)memory);
    case STRING: {
      Bytes *text = (Bytes *)memory;
      JSValue value = JS_NewStringLen(context, text->length ? (const char *)text->data : "", text->length);
      if (text->length) free(text->data);
      return value;
    }
    case BLOB: return take_call_blob(*(uint32_t *)memory);
    case LIST: return lift_list(type, (Bytes *)memory);
    case OPTION: return *memory ? lift(type->members[1].type, memory + type->members[1].offset) : JS_UNDEFINED;
    case RECORD:
    case TUPLE: return lift_members(type, memory);
    case ENUM:
      if (*memory >= type->count) return JS_ThrowRangeError(context, "the host gave case %u of %u", *memory, type->count);
      return JS_NewString(context, type->members[*memory].label);
    case RESULT:
    case VARIANT: return lift_variant(type, memory);
  }
  return JS_ThrowInternalError(context, "the type is unknown");
}
