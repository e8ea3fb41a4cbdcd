// Package pool brings work to workers. It knows nothing of what the work is, and imports
// the standard library only.
//
// A [Pool] is a bounded queue with priorities, and workers with slots. There is no
// dispatcher: who brings an item takes a slot if one is free, and does the item himself;
// else it waits in the queue, and who gives a slot back takes the next item along. So an
// item changes goroutines only when it has to wait. A slot is always one of the least
// loaded worker.
//
// [Turns] lets only so many of those compute at once that should leave the cores to
// others. [Idle] keeps things that can be used again.
//
// The package is internal to Vivarium: it promises no compatibility. Services embed
// package runtime.
package pool
