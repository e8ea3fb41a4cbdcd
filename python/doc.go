// Package python is the guest and the Go half that drives it: it boots the
// interpreter (guest/ and lib/, built by build/ into the artefact that package
// modules embeds), compiles scripts, runs them and says how they ended.
//
// An [Interpreter] is one compiled module and the image of its memory, taken from a
// zygote that booted and warmed up. An [Instance] starts as the image, which it shares
// page by page until it writes; it runs one task and is then reset: the image is put
// back where the task wrote. An image can be saved, for other processes to start from.
//
// The package is internal to Vivarium: it promises no compatibility. Services
// embed package runtime.
package python
