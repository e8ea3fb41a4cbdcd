// Package bench measures Vivarium: how fast the interpreter computes next to a native
// CPython, and what metering costs. Claims about speed come from here, as ratios
// inside one run, never from a timed test.
//
//	go test ./bench -run '^$' -bench . -count 10
//
// VIVARIUM_BENCH_PYTHON names the native CPython to compare with; it should be of the
// same minor version. Without it those benchmarks are skipped.
package bench
