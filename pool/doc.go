// Package pool brings work to workers: a bounded queue, and workers each of which does a
// number of jobs at once. It knows nothing of what the work is, and imports the standard
// library only.
//
// [Queue] holds what has been accepted: by priority, and in order of arrival within
// one. Who finds it full is refused, or waits, as he likes. [Workers] hands out slots, of
// the least loaded worker first. A dispatcher takes a slot, and only then an entry from
// the queue: so an entry of high priority that comes while all are busy is next.
//
// The package is internal to Vivarium: it promises no compatibility. Services embed
// package runtime.
package pool
