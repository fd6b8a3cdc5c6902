/* QuickJS-ng as one unit, with the one thing that it keeps to itself: under WASI it switches its stack check off, because it
   cannot know where the stack ends. This engine is linked with the stack first, so the end is address 0. */
#include "quickjs.c"

void quickjs_set_stack_limit(JSRuntime *runtime, uintptr_t lowest) { runtime->stack_limit = lowest; }
