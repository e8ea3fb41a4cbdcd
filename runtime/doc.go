// Package runtime runs Python scripts nobody has to trust inside a Go process.
//
//	eng, err := runtime.New(ctx, runtime.Config{})
//	if err != nil {
//		return err
//	}
//	defer eng.Close(ctx)
//	res, err := eng.Run(ctx, runtime.Task{
//		Script: runtime.File("double.py"),
//		Params: map[string]any{"value": 21},
//	})
//
// Every task runs in a fresh CPython, bounded in time, fuel, memory and output. A
// script sees a private, writable /tmp, the mounts it was given, and nothing else of
// the host: no environment, no network, no processes.
//
// Run's error says that a task could not be run; how the script itself ended is in
// [Result].Err.
//
// This is the only package of the module that promises compatibility.
package runtime
