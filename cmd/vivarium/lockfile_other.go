//go:build !unix

package main

import "os"

// lockFile does nothing: these systems let nobody else open what is open for writing, or have no locks.
func lockFile(*os.File) error { return nil }
