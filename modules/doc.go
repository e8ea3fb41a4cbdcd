// Package modules owns the interpreter artefact: the embedded, compressed and
// digest-checked module, its manifest and licences, and the passes over the wasm
// binary format (metering, hollowing) that make a module fit to be run.
//
// It also owns the cache directory: compiled code, so that it need not be compiled again,
// and whatever else is expensive to make and the same each time.
//
// The artefact is built by python/build; MANIFEST.json says from what.
//
// The package is internal to Vivarium: it promises no compatibility. Services
// embed package runtime.
package modules
