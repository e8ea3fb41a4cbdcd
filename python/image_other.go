//go:build !linux

package python

import "errors"

// imageFile is Linux's; elsewhere the image is copied.
type imageFile struct{}

var errNotHere = errors.New("python: needs Linux")

func newImageFile(int) (*imageFile, error) { return nil, errNotHere }

func (f *imageFile) put(int, []byte) error { return errNotHere }

func (f *imageFile) seal(int) ([]byte, error) { return nil, errNotHere }

func (f *imageFile) close() {}

func (img *Image) newMapping(uint64) (memory, error) { return nil, errNotHere }
