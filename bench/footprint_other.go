//go:build !linux

package bench

// ask asks nobody: these systems have no common way.
func (f *Footprint) ask() {}
