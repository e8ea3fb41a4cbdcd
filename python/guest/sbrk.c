/* The program break, kept in guest memory.
 *
 * wasi-libc's sbrk takes memory.size for the break, which never shrinks: after
 * a task that needed much memory a restored image would start its heap above
 * the garbage. Here the break is an ordinary variable, so restoring the memory
 * restores it, and memory.grow is called only beyond what the instance has.
 */
#include <errno.h>
#include <stdint.h>

#include "vivarium_abi.h"

#define WASM_PAGE 65536u

static uintptr_t brk_now;   /* 0 until first used */
static uintptr_t brk_limit; /* 0: the memory's own maximum is the only limit */

static uintptr_t have(void) { return (uintptr_t)__builtin_wasm_memory_size(0) * WASM_PAGE; }

/* Grow-only and page-granular, which is all wasi-libc's malloc asks for. */
void *sbrk(intptr_t increment)
{
    if (!brk_now)
        brk_now = have();
    if (increment == 0)
        return (void *)brk_now;
    uintptr_t want = brk_now + (uintptr_t)increment;
    if (increment < 0 || increment % WASM_PAGE || want < brk_now || (brk_limit && want > brk_limit))
        goto nomem;
    if (want > have() && __builtin_wasm_memory_grow(0, (want - have()) / WASM_PAGE) == (uintptr_t)-1)
        goto nomem;
    uintptr_t old = brk_now;
    brk_now = want;
    return (void *)old;
nomem:
    errno = ENOMEM;
    return (void *)-1;
}

/* Caps the break at `bytes` (0: no cap). Answers VIV_E_LIMIT, and changes
 * nothing, when the heap is already larger. */
int32_t vivarium_limit_memory(uint32_t bytes)
{
    if (bytes && bytes < (uintptr_t)sbrk(0))
        return VIV_E_LIMIT;
    brk_limit = bytes;
    return VIV_OK;
}
