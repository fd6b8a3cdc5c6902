/* The guest engine: QuickJS-ng speaking the tool ABI of aria:host. */
#ifndef ENGINE_H
#define ENGINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "quickjs.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name))) extern

/* A pointer with its length, as the canonical ABI passes lists and strings. */
typedef struct { uint8_t *data; uint32_t length; } Bytes;

/* engine.c */
extern JSContext *context;
/* What both clocks show. */
extern double turn_now_ms;
void collect_garbage(void);

/* heap.c */
/* Whether an allocation has failed in this call: tells a failure for want of memory from a tool's own. */
extern bool memory_refused;
/* While a tool is built. */
extern bool building;
extern const JSMallocFunctions heap_functions;
/* An allocation that QuickJS has not made. */
void *heap_noted(void *memory, size_t size);
/* A memset that the optimiser may not drop although the memory is freed next. */
void heap_clear(void *memory, size_t size);
/* Fills the holes of the heap, so that what a call allocates lies together and not all over the snapshot. Gives where that begins; 0 where memory is short. */
uintptr_t heap_fill_holes(void);

/* readings.c */
typedef enum { CLOCK = 1, RANDOMNESS = 2 } Varying;
/* Whether a tool's top level runs to be kept in a snapshot. */
extern bool loading;
/* Stacks with what was read there, as an object; undefined where nobody asks. */
extern JSValue traced_readings;
/* To be called whenever clock or randomness is read. */
void note_reading(Varying varying);
/* Sets the times that a tool's top level has kept, when its call begins. */
void show_clock(void);

/* native.c */
/* What the template registers. */
extern JSValue on_load, on_begin, on_error, on_operation_error;
/* Bit n: interface number n is imported. */
extern uint32_t granted;
/* False while the template and a tool's top level run. */
extern bool in_call;
JSValue make_native(void);
/* Takes a completed operation and settles its promise; unknown and repeated ids do nothing. */
void complete_operation(int32_t id);
void close_all_operations(void);

/* quickjs-access.c */
void quickjs_set_stack_limit(JSRuntime *runtime, uintptr_t lowest);
/* Clears what is left in freed memory that the allocator's own `free` has not seen. */
void quickjs_clear_freed(JSRuntime *runtime);
/* Ends the snapshot at this address, behind which lies whatever is allocated later. */
void quickjs_end_snapshot(JSRuntime *runtime, uintptr_t end);
uint8_t *quickjs_bytes(JSContext *cx, JSValueConst view, size_t *length);

/* random.c */
void random_seed(const uint8_t *seed, size_t length);
void random_bytes(uint8_t *out, size_t length);
double random_double(void);

/* values.c */
typedef enum { BOOL, S32, F64, STRING, BLOB, LIST, OPTION, RESULT, RECORD, TUPLE, ENUM, VARIANT } Kind;
typedef struct Type Type;
/* A field or case: its name in TypeScript, its type (0: none), its offset in memory. */
typedef struct { const char *label; const Type *type; uint32_t offset; } Member;
/* `doubles`: bit n is set where flat value n is an f64; all others are i32. */
struct Type { Kind kind; uint32_t size, align, flat, doubles, count; const Member *members; };
typedef union { int32_t i; double d; } Slot;
/* A function of the host. `complete` and `completed` are 0 where it starts no operation. */
typedef struct {
  const char *name;
  uint8_t interface;
  uint8_t parameters;
  const Type *const *types;
  int32_t (*start)(const Slot *);
  void (*complete)(int32_t, void *);
  const Type *completed;
} Function;

/* Lowers a value into flat slots; what it allocates lives until `release_lowered`. False: an exception is pending. */
bool lower_flat(const Type *type, JSValueConst value, Slot *slots);
/* How much is lowered now, for the release. */
uint32_t lowered_mark(void);
/* Frees what has been lowered since the mark. */
void release_lowered(uint32_t mark);
/* Lifts a value from memory, and frees the memory that the host had allocated for it. */
JSValue lift(const Type *type, uint8_t *memory);

/* Blobs of the turn that returns: copies the bytes of a Uint8Array. -1: an exception is pending. */
int32_t add_turn_blob(JSValueConst view);
/* Hands the turn's blobs to the result of the turn. */
Bytes take_turn_blobs(void);
/* Takes over the blobs that the host brought. */
void set_call_blobs(Bytes *blobs, uint32_t count);
/* A Uint8Array over a blob that the host brought; each can be taken once. */
JSValue take_call_blob(uint32_t index);
uint32_t call_blob_count(void);
/* Frees what was not taken. */
void drop_call_blobs(void);
/* A copy in valid UTF-8 of its own memory: lone surrogates become U+FFFD. data 0: an exception is pending. */
Bytes utf8_of(JSValueConst value);
#endif
