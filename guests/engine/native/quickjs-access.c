/* QuickJS-ng as one unit, with three things that it keeps to itself. */
#include "quickjs.c"

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
