/* QuickJS-ng as one unit, with what it keeps to itself, and with two changes of it (build/compile.ts) that spare pages: each page that a call
   changes is copied for it and put back after it. */
#include <stdint.h>

/* What lies below belongs to the snapshot, or to the little that a call makes of its gaps, and is never freed: its reference counts are not kept. What is
   counted instead begins anew with each access: never near 0, nor at 1, which would say that a string may be changed in place. */
static uintptr_t snapshot_end;
static inline int *reference_count(const void *block, int *count) {
  static int uncounted;
  if ((uintptr_t)block >= snapshot_end) return count;
  uncounted = 1 << 30;
  return &uncounted;
}

/* Arenas of each size since the snapshot. The first has 4 blocks, each later one twice as many, until they fill a page. */
static uint8_t arenas[32];
static int arena_blocks(int size_index, int most) {
  if (snapshot_end == 0) return most;
  int blocks = 4 << arenas[size_index];
  if (blocks >= most) return most;
  arenas[size_index]++;
  return blocks;
}

#include "quickjs.c"

_Static_assert(JS_ARENA_BLOCK_SIZE_COUNT <= sizeof arenas, "one for each size");

/* Under WASI QuickJS switches its stack check off, because it cannot know where the stack ends. This engine is linked with the
   stack first, so the end is address 0. */

void quickjs_set_stack_limit(JSRuntime *runtime, uintptr_t lowest) { runtime->stack_limit = lowest; }

/* The bytes of a Uint8Array as they are now: JS_GetUint8Array gives the length that a view of a resizable buffer was made with.
   NULL: an exception is pending, unless the view is empty. */
uint8_t *quickjs_bytes(JSContext *cx, JSValueConst view, size_t *length) {
  uint8_t *bytes = JS_GetUint8Array(cx, length, view);
  if (!bytes) return NULL;
  JSObject *object = JS_VALUE_GET_OBJ(view);
  *length = object->u.array.count;
  return *length ? object->u.array.u.uint8_ptr : bytes;
}

/* Small blocks come from arenas of QuickJS's own, which are freed as a whole: what was in a freed block is still there. */
void quickjs_clear_freed(JSRuntime *runtime) {
  for (int i = 0; i < JS_ARENA_BLOCK_SIZE_COUNT; i++) {
    struct list_head *link;
    list_for_each(link, &runtime->arena_state.free_arena_list[i]) {
      JSArena *arena = list_entry(link, JSArena, free_link);
      unsigned size = arena_block_sizes[i];
      for (unsigned at = arena->first_free_block; at != JS_ARENA_FREE_NIL;) {
        JSMallocBlockHeader *block = arena_get_block(arena, at, size);
        memset(block->user_data, 0, size - sizeof *block);
        at = block->u.free_next;
      }
    }
  }
}

/* Ends the snapshot: what is allocated from now on lies behind `end`, and never in an arena that the snapshot has begun. */
void quickjs_end_snapshot(JSRuntime *runtime, uintptr_t end) {
  for (int i = 0; i < JS_ARENA_BLOCK_SIZE_COUNT; i++) {
    struct list_head *link, *next;
    list_for_each_safe(link, next, &runtime->arena_state.free_arena_list[i]) {
      list_del(link);
      init_list_head(link);
    }
  }
  snapshot_end = end;
}
