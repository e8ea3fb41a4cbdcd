//go:build !linux

package python

// ownStack is Linux's; elsewhere wazero's stack serves.
type ownStack []byte

func newOwnStack() ownStack { return nil }

func (s ownStack) resident() (int64, error) { return 0, nil }

func (s ownStack) trim(int) error { return nil }

func (s ownStack) free() {}
