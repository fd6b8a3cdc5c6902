/* The heap: what it refuses, and what a snapshot holds of it. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"

bool memory_refused;
bool building = true;

/* A refusal is remembered, so that a failure for want of memory is told apart from a tool's own */
static void *noted(void *memory) { if (!memory) memory_refused = true; return memory; }
/* While a tool is built: where the highest allocation ends. */
static uintptr_t heap_end;
void *heap_noted(void *memory, size_t size) {
  if (building && memory && (uintptr_t)memory + size > heap_end) heap_end = (uintptr_t)memory + size;
  return noted(memory);
}
static void *engine_calloc(void *opaque, size_t count, size_t size) { (void)opaque; return heap_noted(calloc(count, size), count * size); }
static void *engine_malloc(void *opaque, size_t size) { (void)opaque; return heap_noted(malloc(size), size); }
static size_t engine_usable(const void *memory) { return malloc_usable_size((void *)memory); }
/* A memset that the optimiser may not drop although the memory is freed next. */
void heap_clear(void *memory, size_t size) {
  memset(memory, 0, size);
  __asm__ volatile("" : : "r"(memory) : "memory");
}
/* What is freed while a tool is built is cleared, so that the snapshot holds what lives and nothing else. */
static void engine_free(void *opaque, void *memory) {
  (void)opaque;
  if (memory && building) heap_clear(memory, engine_usable(memory));
  free(memory);
}
static void *engine_realloc(void *opaque, void *memory, size_t size) {
  if (!building || !memory || !size) {
    void *moved = realloc(memory, size);
    return size ? noted(moved) : moved;
  }
  void *moved = engine_malloc(opaque, size);
  if (!moved) return NULL;
  size_t old_size = engine_usable(memory);
  memcpy(moved, memory, old_size < size ? old_size : size);
  engine_free(opaque, memory);
  return moved;
}
const JSMallocFunctions heap_functions = { engine_calloc, engine_malloc, engine_free, engine_realloc, engine_usable };

/* Holes of this size are looked for first. */
#define LARGEST_HOLE (64 * 1024)
/* Fills the holes of the heap, so that what a call allocates lies together and not all over the snapshot. Gives where that begins; 0 where memory
   is short. */
uintptr_t heap_fill_holes(void) {
  void *found;
  while ((found = malloc(LARGEST_HOLE)) && (uintptr_t)found < heap_end) { }
  if (!found) return 0;
  uintptr_t end = (uintptr_t)found;
  free(found);
  for (size_t size = LARGEST_HOLE / 2; size >= sizeof(void *); size -= sizeof(void *)) {
    while ((found = malloc(size)) && (uintptr_t)found < end) { }
    free(found);
  }
  /* Trying left the allocator's marks where nothing is now. */
  found = malloc(LARGEST_HOLE);
  if (found) heap_clear(found, LARGEST_HOLE);
  free(found);
  return end;
}
