// Package wasi is Vivarium's own WASI preview 1: the functions a guest calls
// for descriptors, paths, polling, time, randomness and exit.
//
// Everything a guest can change lives in a [System], one per call: the table of
// descriptors, the scratch files of /tmp, the position in stdin. The module
// instance holds none of it, so an instance can be reset and used again, and
// one call can have other mounts than the next. [Instantiate] registers the
// functions once per wazero runtime; they find the System in the context.
//
// The guest sees one tree, through one preopened descriptor, 3 ("/"):
//
//	/        made up, read-only: lists tmp and the mounts
//	/tmp     in memory, writable, private, under a quota
//	/<mount> a directory or file of the host, read-only unless said otherwise,
//	         reached only through os.Root
//
// Pointers and lengths from the guest are foreign bytes: each function checks
// them through api.Memory and answers an errno, whatever it was given. Nothing
// here waits except through [Waiter], so that every wait can be ended. What is
// left to the host's patience is a system call on a mounted file (a dead network
// file system, fsync) and a Write of the Config's writers.
//
// Only package runtime promises compatibility; this one may change.
package wasi
