//go:build !linux

package runtime_test

// residentGrowth measures nothing here: the systems have no common way to ask.
func residentGrowth() func() int64 { return func() int64 { return 0 } }

// othersCompute cannot tell, so nothing is said about time.
func othersCompute() func() bool { return func() bool { return true } }
