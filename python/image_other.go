//go:build !linux

package python

import "errors"

// imageFile is Linux's; elsewhere the image is copied.
type imageFile struct{}

var errNotHere = errors.New("python: needs Linux")

func openImage([]byte, []uint64, resetMethod) (*Image, error) { return nil, errNotHere }

func (img *Image) newMapping(uint64) (memory, error) { return nil, errNotHere }

// Close frees the image. Memories made from it stay valid. It is idempotent.
func (img *Image) Close() {}
