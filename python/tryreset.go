package python

// ResetTrial is one way to reset instances, and how it went here.
type ResetTrial struct {
	Method string // "scan", "pagemap" or "copy", the fastest first
	Err    error  // why it does not work here
}

// TryResets tries each way to reset instances on a small image, whatever VIVARIUM_RESET says.
// To copy works everywhere.
func TryResets() []ResetTrial {
	const size = 1 << 20
	var trials []ResetTrial
	for method := resetScan; method < resetCopy; method++ {
		trials = append(trials, ResetTrial{method.String(), tryReset(method, size)})
	}
	return append(trials, ResetTrial{Method: resetCopy.String()})
}

func tryReset(method resetMethod, size int) error {
	file, err := newImageFile(size)
	if err != nil {
		return err
	}
	img := &Image{file: file, method: method}
	defer img.Close()
	page := make([]byte, pageSize)
	for i := range page {
		page[i] = byte(i)
	}
	for at := 0; at < size; at += 3 * pageSize { // the others are zero
		if err := file.put(at, page); err != nil {
			return err
		}
	}
	if img.bytes, err = file.seal(size); err != nil {
		return err
	}
	return img.selfTest()
}
