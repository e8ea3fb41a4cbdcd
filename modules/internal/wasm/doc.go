// Package wasm rewrites WebAssembly modules before they are compiled.
//
// A guest is not trusted, and compiled wasm cannot be preempted: a loop that never ends would hold its
// thread, and with it Go's garbage collector, for ever. [Meter] therefore makes the module itself come
// back to the host at regular intervals, and counts its work on the way. [Hollow] makes the variant that
// instances are created from once their memory comes from a snapshot. [Inspect] lists what a module needs
// and offers, so that a mismatch is an error with names in it, not a link error.
//
// The passes work directly on the binary format. They check every index against the *original* module: an
// input that refers to something a pass is about to append is refused, so that guest code can never name
// the fuel counter. They refuse encodings that different decoders read differently, so that a loop cannot
// hide from the pass. They do not check types; the compiler does that afterwards.
//
// This package is internal and promises no compatibility.
package wasm
