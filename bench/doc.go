// Package bench measures Vivarium, for `vivarium bench` and for `go test -bench`. README.md
// explains how to read the figures.
//
// The benchmarks of the command (All) print a row for each thing they measure, check every result,
// keep cold and warm apart, and take turns with what people would use instead: a warm
// process pool, a process for each task, a native CPython. Soak looks for what goes wrong,
// or grows, when honest and hostile tasks run together for long.
//
// The Go benchmarks are for those who change Vivarium: what metering costs (Kernels), what a
// fresh sandbox costs (Task, Reset), and next to a warm process pool (Pool), what the engine adds (Overhead,
// Submitters, Queued), how long guests hold up the Go process around them and how soon
// they are stopped (Stall), whether one type of task holds up the other (Backlog, Mistyped),
// what many waiting tasks take (Sleepers, Night), and how long the command takes (Start). Claims
// about speed come from here, as ratios inside one run, never from a timed test.
//
//	go test ./bench -run '^$' -bench . -count 10
//
// Stall's figures mean something only when those of its control, which runs no guests, are
// good: on a machine that is busy with something else, everything is late.
//
// VIVARIUM_BENCH_PYTHON names the native CPython to compare with; for Kernels it should
// be of the same minor version, and without it that comparison is skipped; Pool then takes
// the python3 on PATH. VIVARIUM_BENCH_LARGE=1 adds what takes minutes.
package bench
