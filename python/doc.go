// Package python is the guest and the Go half that drives it: it boots the
// interpreter (guest/ and lib/, built by build/ into the artefact that package
// modules embeds), compiles scripts, runs them and says how they ended.
//
// An [Interpreter] is one compiled module, shared by all its instances. An
// [Instance] is one interpreter in a linear memory of its own; it runs one task.
//
// The package is internal to Vivarium: it promises no compatibility. Services
// embed package runtime.
package python
