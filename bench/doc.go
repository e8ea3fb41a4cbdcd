// Package bench measures Vivarium: how fast the interpreter computes next to a native
// CPython and what metering costs (Kernels), what a fresh sandbox costs (Task, Reset), and
// next to a warm process pool (Pool), how long guests hold up the Go process around them
// and how soon they are stopped (Stall), what many waiting tasks take (Sleepers), and
// how long the command takes from its start to its end (Start). Claims about speed come
// from here, as ratios inside one run, never from a timed test.
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
