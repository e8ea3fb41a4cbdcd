package python

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero/experimental"
)

// pageSize is the granularity of dirtying and restoring: the system's.
var pageSize = os.Getpagesize()

// Image is the memory and the mutable globals of a booted interpreter: what every
// instance starts from. It is immutable and shared; the interpreter it is given to
// closes it.
type Image struct {
	bytes   []byte   // a whole number of wasm pages; never written to
	globals []uint64 // in the order of stateGlobals
	method  resetMethod
	hot     []bool     // by page: written to by every task, so copied rather than dropped; nil until it is learned
	file    *imageFile // nil: it is on the heap
}

// memory is the linear memory of one instance made from an image. It belongs to
// that instance.
type memory interface {
	experimental.LinearMemory

	// limit sets the size that Reallocate refuses to exceed, and whom it asks before
	// the memory grows; it fails when the memory is larger already, or cannot become so
	// large.
	limit(size uint64, take func(n int64) bool) error
	// private returns how many bytes of the image's part are not shared with it.
	private() (int64, error)
	// settle gives back what is as the image has it, though it was written to.
	settle() error
	// restore makes the memory equal to the image and zero above it. What is written to
	// again and again may stay mapped for the next task, unless everything is to be
	// dropped.
	restore(dropAll bool) (restored, error)
	// view returns the whole memory in use.
	view() []byte
}

// restored says what a restore found.
type restored struct {
	dirty int    // pages that had been written to
	top   uint64 // end of the memory that had been used, in bytes
}

// resetMethod is a way to find and undo what a task wrote.
type resetMethod int

// The methods, the fastest first. Each gives the same memory.
const (
	resetScan    resetMethod = iota // ask the kernel for the dirty ranges: PAGEMAP_SCAN, Linux 6.7
	resetPagemap                    // read the pagemap entry of each page: Linux 3.5
	resetCopy                       // copy the whole image: anywhere
)

// dropEvery is after how many resets an instance gives back what it kept for the next task.
const dropEvery = 64

var resetNames = [...]string{"scan", "pagemap", "copy"}

func (m resetMethod) String() string { return resetNames[m] }

// ResetEnv is the environment variable that forces a reset method, for tests and
// for systems where the self-test is wrong.
const ResetEnv = "VIVARIUM_RESET"

// CheckResetEnv says what is wrong with the environment variable ResetEnv.
func CheckResetEnv() error {
	_, err := forcedReset()
	return err
}

// forcedReset returns the first method to try.
func forcedReset() (resetMethod, error) {
	value := os.Getenv(ResetEnv)
	for i, name := range resetNames {
		if value == name {
			return resetMethod(i), nil
		}
	}
	if value != "" {
		return 0, fmt.Errorf("python: %s=%q: use scan, pagemap or copy", ResetEnv, value)
	}
	return resetScan, nil
}

// imageOf makes an image of a memory, of which it keeps nothing.
func imageOf(memory []byte, globals []uint64) (*Image, error) {
	return newImage(len(memory), globals, func(put putPages) error {
		for _, run := range ranges(len(memory)/pageSize, func(page int) bool {
			return !bytes.Equal(memory[page*pageSize:(page+1)*pageSize], zeroPage)
		}) {
			if err := put(run[0]*pageSize, memory[run[0]*pageSize:run[1]*pageSize]); err != nil {
				return err
			}
		}
		return nil
	})
}

// putPages writes pages of an image, at being the first one's address. It keeps none of them.
type putPages func(at int, pages []byte) error

// newImage makes an image of size bytes. fill is called once and writes the pages that are not
// zero, each once. The reset method is the fastest one that passes its self-test.
func newImage(size int, globals []uint64, fill func(put putPages) error) (_ *Image, err error) {
	method, err := forcedReset()
	if err != nil {
		return nil, err
	}
	forced := os.Getenv(ResetEnv) != ""
	img := &Image{globals: globals, method: resetCopy}
	if method < resetCopy {
		img.file, err = newImageFile(size)
		if err != nil && forced {
			return nil, noMethod(method, err)
		}
	}
	if img.file == nil {
		img.bytes = make([]byte, size)
		if err := fill(func(at int, pages []byte) error {
			copy(img.bytes[at:], pages)
			return nil
		}); err != nil {
			return nil, err
		}
		return img, nil
	}
	if err := fill(img.file.put); err != nil {
		img.Close()
		return nil, err
	}
	if img.bytes, err = img.file.seal(size); err != nil {
		img.Close()
		return nil, err
	}
	for ; method < resetCopy; method++ {
		img.method = method
		if err = img.selfTest(); err == nil {
			return img, nil
		}
		if forced {
			img.Close()
			return nil, noMethod(method, err)
		}
	}
	img.method = resetCopy
	return img, nil
}

func noMethod(method resetMethod, err error) error {
	return fmt.Errorf("python: reset method %s does not work here: %w", method, err)
}

// Close frees the image, of which no memory may be in use. It is idempotent.
func (img *Image) Close() {
	if img.file != nil {
		img.file.close()
		img.file, img.bytes = nil, nil
	}
}

// newMemory returns a memory that starts as the image and may grow to most bytes.
func (img *Image) newMemory(most uint64) (memory, error) {
	if img.method == resetCopy {
		m := &copiedMemory{linearMemory: linearMemory{max: most}, img: img}
		m.Reallocate(uint64(len(img.bytes)))
		copy(m.bytes, img.bytes)
		return m, nil
	}
	return img.newMapping(most)
}

// selfTestReads is how many pages at either end the self-test reads.
const selfTestReads = 64

// selfTest dirties known pages of an image's memory and checks that the method finds
// just these and undoes them.
func (img *Image) selfTest() error {
	const above = 4 // pages above the image
	size := len(img.bytes)
	mem, err := img.newMemory(uint64(size) + 1<<20)
	if err != nil {
		return err
	}
	defer mem.Free()
	b := mem.Reallocate(uint64(size) + 1<<20)
	if b == nil {
		return errors.New("the memory does not grow")
	}
	// Reading makes a page present; it must not make it dirty. To read all of them would take
	// as long as the rest of the start.
	sum := byte(0)
	for at := 0; at < min(size, selfTestReads*pageSize); at += pageSize {
		sum += b[at] + b[size-1-at]
	}
	_ = sum
	pages := []int{0, 1, 5, size/pageSize - 1, size/pageSize + above}
	for _, page := range pages {
		b[page*pageSize+7]++
	}
	found, err := mem.restore(false)
	switch {
	case err != nil:
		return err
	case found.dirty != len(pages) || found.top != uint64(size+(above+1)*pageSize):
		return fmt.Errorf("%d pages were dirtied, %d found, the highest at %d", len(pages), found.dirty, found.top)
	}
	for _, page := range pages {
		if err := img.verifyPage(b, page*pageSize); err != nil {
			return err
		}
	}
	return nil
}

// leastPrivate returns how many bytes of the image every memory has for itself once it
// was used: the hot set, or the whole copy.
func (img *Image) leastPrivate() int64 {
	if img.method == resetCopy {
		return int64(len(img.bytes))
	}
	bytes := int64(0)
	for _, hot := range img.hot {
		if hot {
			bytes += int64(pageSize)
		}
	}
	return bytes
}

// verify compares a memory with the image, byte for byte.
func (img *Image) verify(mem memory) error {
	b := mem.view()
	for at := 0; at < len(b); at += pageSize {
		if err := img.verifyPage(b, at); err != nil {
			return err
		}
	}
	return nil
}

// zeroPage is what is above an image.
var zeroPage = make([]byte, pageSize)

func (img *Image) verifyPage(b []byte, at int) error {
	page, want := b[at:at+pageSize], zeroPage
	if at < len(img.bytes) {
		want = img.bytes[at : at+pageSize]
	}
	if bytes.Equal(page, want) {
		return nil
	}
	i := 0
	for page[i] == want[i] {
		i++
	}
	return fmt.Errorf("python: after a reset the byte at %d is %#x, in the image %#x", at+i, page[i], want[i])
}

// copiedMemory is the portable memory: it copies the image back as a whole.
type copiedMemory struct {
	linearMemory
	img  *Image
	take func(n int64) bool
}

func (m *copiedMemory) limit(size uint64, take func(n int64) bool) error {
	if uint64(len(m.bytes)) > size {
		return errLargerAlready
	}
	m.max, m.take = size, take
	return nil
}

// settle does nothing: what is copied is never given back.
func (m *copiedMemory) settle() error { return nil }

func (m *copiedMemory) private() (int64, error) { return int64(len(m.img.bytes)), nil }

// Reallocate implements experimental.LinearMemory.
func (m *copiedMemory) Reallocate(size uint64) []byte {
	if size > m.max || !grows(m.take, int(size)-len(m.bytes)) {
		return nil
	}
	return m.linearMemory.Reallocate(size)
}

// grows asks take, if there is one, for what a memory grows by.
func grows(take func(n int64) bool, by int) bool { return take == nil || by <= 0 || take(int64(by)) }

func (m *copiedMemory) restore(bool) (restored, error) {
	dirty := 0
	for at := 0; at < len(m.img.bytes); at += pageSize {
		if page := m.bytes[at : at+pageSize]; !bytes.Equal(page, m.img.bytes[at:at+pageSize]) {
			copy(page, m.img.bytes[at:])
			dirty++
		}
	}
	above := m.bytes[len(m.img.bytes):]
	used := len(bytes.TrimRight(above, "\x00"))
	used = (used + pageSize - 1) / pageSize * pageSize
	clear(above[:used])
	return restored{dirty + used/pageSize, uint64(len(m.img.bytes) + used)}, nil
}

func (m *copiedMemory) view() []byte { return m.bytes }

var errLargerAlready = errors.New("python: the memory is larger than its new limit already")
