//go:build !linux

package python

import "errors"

// imageFile is Linux's; elsewhere the image is copied.
type imageFile struct{}

var errNotHere = errors.New("python: needs Linux")

func openImage([]byte, []uint64, resetMethod) (*image, error) { return nil, errNotHere }

func (img *image) newMapping(uint64) (memory, error) { return nil, errNotHere }

func (img *image) close() {}
