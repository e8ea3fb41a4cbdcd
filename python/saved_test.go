package python

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// smallImage is an image of 16 wasm pages, with a hot set.
func smallImage(t testing.TB) *Image {
	t.Helper()
	data := make([]byte, 1<<20)
	for i := 0; i < len(data); i += 3 * pageSize {
		data[i] = byte(i/pageSize) | 1
	}
	img, err := imageOf(data, []uint64{11, 22})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(img.Close)
	if img.method != resetCopy {
		img.hot = make([]bool, len(data)/pageSize)
		img.hot[3], img.hot[4] = true, true
	}
	return img
}

func saved(t testing.TB, img *Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := img.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	return b.Bytes()
}

func TestSavedImageIsTheSame(t *testing.T) {
	t.Parallel()
	img := smallImage(t)
	text := saved(t, img)
	if len(text) > len(img.bytes)/2 {
		t.Errorf("%d bytes for an image of which two thirds are zero", len(text))
	}
	again, err := ReadImage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !bytes.Equal(img.bytes, again.bytes) || !slices.Equal(img.globals, again.globals) || !slices.Equal(img.hot, again.hot) {
		t.Error("it is another image")
	}
}

func TestReadImageRefuses(t *testing.T) {
	t.Parallel()
	good := string(saved(t, smallImage(t)))
	line, data, _ := strings.Cut(good, "\n")
	change := func(old, replacement string) string {
		changed := strings.Replace(line, old, replacement, 1)
		if changed == line {
			t.Fatalf("no %s in %.200s", old, line)
		}
		return changed + "\n" + data
	}
	for text, want := range map[string]string{
		"":                              "EOF",
		"nonsense\n":                    "invalid character",
		line + "\n":                     "EOF",
		good + "x":                      "does not end",
		good[:len(good)-1]:              "EOF",
		change(`"page_size":`, `"p":`):  "its pages have 0 bytes",
		change(`"pages":`, `"p":`):      "0 pages are no memory",
		change(`"pages":`, `"pages":9`): "are no memory",
		change(`"pages":`, `"pages":4503599627370512,"p":`): "are no memory",
		change(`[11,22]`, `[11]`):                           "1 globals, not 2",
		change(`[[0,1],`, `[[1,0],`):                        "not in order",
		change(`[[0,1],`, `[[-1,1],`):                       "not in order",
		change(`[[0,1],`, `[[0,9999],`):                     "not in order",
	} {
		if img, err := ReadImage(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, %v; want %q", text, img, err, want)
		}
	}
}

// A reader that knows only at the end that it gave something else is heard.
func TestReadImageReadsToTheEnd(t *testing.T) {
	t.Parallel()
	errDamaged := errors.New("damaged")
	r := io.MultiReader(bytes.NewReader(saved(t, smallImage(t))), failingReader{errDamaged})
	if _, err := ReadImage(r); !errors.Is(err, errDamaged) {
		t.Errorf("%v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func FuzzReadImage(f *testing.F) {
	f.Add(saved(f, smallImage(f)))
	f.Add([]byte(`{"page_size":4096,"pages":16,"globals":[1,2],"data":[],"hot":null}` + "\n"))
	for _, ranges := range []string{
		`"data":[[0,1]]`, `"data":[[0,1],[1,2]],"hot":[[0,16]]`, `"data":[[1,1]]`, `"data":[[2,3],[0,1]]`, `"data":[[15,17]]`, `"data":[],"hot":[[-1,1]]`, `"data":[],"hot":[[0,99]]`,
		`"data":[[0,1]],"pages":32`, `"data":null,"hot":[]`, `"data":[[0,9223372036854775807]]`,
	} {
		f.Add(append([]byte(`{"page_size":4096,"pages":16,"globals":[1,18446744073709551615],`+ranges+"}\n"), make([]byte, 2*4096)...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		header, err := readHeader(bufio.NewReaderSize(bytes.NewReader(text), maxHeaderBytes))
		if err == nil && header.Pages > 1<<12 {
			return // a large memory, only slow to make
		}
		img, err := ReadImage(bytes.NewReader(text))
		if err != nil {
			return
		}
		defer img.Close()
		again, err := ReadImage(bytes.NewReader(saved(t, img)))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if !bytes.Equal(img.bytes, again.bytes) || !slices.Equal(img.globals, again.globals) || !slices.Equal(img.hot, again.hot) {
			t.Error("saved and read again it is another image")
		}
	})
}
