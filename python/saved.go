package python

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// savedVersion is raised when the format of a saved image changes, or what the Go side
// does to a zygote.
const savedVersion = "2"

// ImageOrigin describes everything an image depends on but the interpreter module.
func ImageOrigin(preimport []string) string {
	sum := sha256.Sum256(append(bytes.Clone(warmSource), tidySource...))
	return strings.Join([]string{
		savedVersion, hex.EncodeToString(sum[:]), strconv.Itoa(warmUps), strconv.Itoa(pageSize), strings.Join(preimport, ","),
	}, " ")
}

// savedHeader is the first line of a saved image, in JSON. The pages of Data follow it,
// in order; the others are zero.
type savedHeader struct {
	PageSize int      `json:"page_size"` // bytes
	Pages    int      `json:"pages"`     // of the whole memory
	Globals  []uint64 `json:"globals"`   // in the order of stateGlobals
	Data     []pages  `json:"data"`
	Hot      []pages  `json:"hot"` // null if the hot set was not learned
}

// pages is a range of page numbers, the second not included.
type pages [2]int

// maxHeaderBytes bounds the first line of a saved image.
const maxHeaderBytes = 1 << 20

// WriteTo saves the image, for ReadImage.
func (img *Image) WriteTo(w io.Writer) (int64, error) {
	header := savedHeader{PageSize: pageSize, Pages: len(img.bytes) / pageSize, Globals: img.globals}
	header.Data = ranges(header.Pages, func(page int) bool {
		return !bytes.Equal(img.bytes[page*pageSize:(page+1)*pageSize], zeroPage)
	})
	if img.hot != nil {
		header.Hot = ranges(header.Pages, func(page int) bool { return img.hot[page] })
	}
	line, err := json.Marshal(header)
	if err != nil {
		return 0, fmt.Errorf("python: saving the image: %w", err)
	}
	n, err := w.Write(append(line, '\n'))
	written := int64(n)
	for _, r := range header.Data {
		if err != nil {
			break
		}
		n, err = w.Write(img.bytes[r[0]*pageSize : r[1]*pageSize])
		written += int64(n)
	}
	if err != nil {
		return written, fmt.Errorf("python: saving the image: %w", err)
	}
	return written, nil
}

// ranges returns the ranges of the pages for which in is true.
func ranges(count int, in func(page int) bool) []pages {
	all := []pages{}
	for page := range count {
		switch last := len(all) - 1; {
		case !in(page):
		case last >= 0 && all[last][1] == page:
			all[last][1]++
		default:
			all = append(all, pages{page, page + 1})
		}
	}
	return all
}

// ReadImage makes an image of what WriteTo wrote. It reads r to its end.
func ReadImage(r io.Reader) (*Image, error) {
	img, err := readImage(bufio.NewReaderSize(r, maxHeaderBytes))
	if err != nil {
		return nil, fmt.Errorf("python: reading a saved image: %w", err)
	}
	return img, nil
}

func readImage(r *bufio.Reader) (*Image, error) {
	header, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	img, err := newImage(header.Pages*pageSize, header.Globals, func(put putPages) error {
		return readPages(r, header.Data, put)
	})
	if err != nil {
		return nil, err
	}
	if header.Hot != nil && img.method != resetCopy {
		img.hot = make([]bool, header.Pages)
		for _, run := range header.Hot {
			for page := run[0]; page < run[1]; page++ {
				img.hot[page] = true
			}
		}
	}
	return img, nil
}

// readPages reads the pages that follow the header, to the reader's end.
func readPages(r *bufio.Reader, data []pages, put putPages) error {
	buffer := make([]byte, 1<<20/pageSize*pageSize)
	for _, run := range data {
		for at, end := run[0]*pageSize, run[1]*pageSize; at < end; {
			piece := buffer[:min(len(buffer), end-at)]
			if _, err := io.ReadFull(r, piece); err != nil {
				return err
			}
			if err := put(at, piece); err != nil {
				return err
			}
			at += len(piece)
		}
	}
	// The reader may know only at the end whether it gave what was saved.
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("it does not end after its last page"), err)
	}
	return nil
}

func readHeader(r *bufio.Reader) (savedHeader, error) {
	var header savedHeader
	line, err := r.ReadSlice('\n') // no longer than the reader's buffer
	if err != nil {
		return header, err
	}
	if err := json.Unmarshal(line, &header); err != nil {
		return header, err
	}
	switch {
	case header.PageSize != pageSize:
		return header, fmt.Errorf("its pages have %d bytes, this system's %d", header.PageSize, pageSize)
	case header.Pages <= 0 || header.Pages > zygoteMemory/pageSize || header.Pages*pageSize%(64<<10) != 0:
		return header, fmt.Errorf("%d pages are no memory", header.Pages)
	case len(header.Globals) != len(stateGlobals):
		return header, fmt.Errorf("it has %d globals, not %d", len(header.Globals), len(stateGlobals))
	case !ascending(header.Data, header.Pages) || !ascending(header.Hot, header.Pages):
		return header, errors.New("its page ranges are not in order")
	}
	return header, nil
}

func ascending(all []pages, count int) bool {
	last := 0
	for _, r := range all {
		if r[0] < last || r[1] <= r[0] || r[1] > count {
			return false
		}
		last = r[1]
	}
	return true
}
