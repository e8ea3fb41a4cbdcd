package modules

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// testBundle are two entries, as code and image are.
var testBundle = Bundle{
	Entries: []BundleEntry{{"code", KeyOf("the code")}, {"image", KeyOf("the image")}},
	Parts:   map[string]string{"platform": "linux amd64 HasAVX:true", "interpreter": "3.13"},
}

// fillBundle stores the entries of testBundle.
func fillBundle(t testing.TB, c *Cache) {
	t.Helper()
	for _, e := range testBundle.Entries {
		if err := storeText(c, e.Key, "this is the "+e.Name); err != nil {
			t.Fatal(err)
		}
	}
}

func exported(t testing.TB, c *Cache) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Export(&b, testBundle); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// entries lists what is visible in a cache.
func entries(t testing.TB, c *Cache) []string {
	t.Helper()
	folders, err := os.ReadDir(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names
}

// wantBundle wants the cache to have just the entries of testBundle, whole.
func wantBundle(t testing.TB, c *Cache) {
	t.Helper()
	for _, e := range testBundle.Entries {
		if text, err := readText(c, e.Key); err != nil || text != "this is the "+e.Name {
			t.Errorf("%s is %q, %v", e.Name, text, err)
		}
		entry, err := c.Verify(e.Key)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
		} else if entry.Note("note") != "a note" {
			t.Errorf("%s has lost its note", e.Name)
		}
	}
	if found := entries(t, c); len(found) != len(testBundle.Entries) {
		t.Errorf("the cache has %q", found)
	}
}

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	from := openTestCache(t)
	if err := from.Export(io.Discard, testBundle); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("exporting what is not there: %v", err)
	}
	fillBundle(t, from)
	archive := exported(t, from)
	if again := exported(t, from); !bytes.Equal(archive, again) {
		t.Error("the same entries make another archive")
	}
	to := openTestCache(t)
	for round := range 2 {
		imported, err := to.Import(bytes.NewReader(archive), strings.ToUpper(sumOf(archive)), testBundle)
		if err != nil {
			t.Fatal(err)
		}
		want := []Imported{{"code", 16, round > 0}, {"image", 17, round > 0}}
		if !slices.Equal(imported, want) {
			t.Errorf("round %d: %+v", round, imported)
		}
		wantBundle(t, to)
	}
	// An entry that is another one, or damaged, is replaced.
	image := testBundle.Entries[1].Key
	if err := to.Remove(image); err != nil {
		t.Fatal(err)
	}
	if err := storeText(to, image, "another image"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to.dir, string(testBundle.Entries[0].Key), "text"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	imported, err := to.Import(bytes.NewReader(archive), "", testBundle)
	if err != nil || imported[0].Found || imported[1].Found {
		t.Errorf("%+v, %v", imported, err)
	}
	wantBundle(t, to)
}

func TestExportChecksWhatItReads(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	fillBundle(t, c)
	if err := os.WriteFile(filepath.Join(c.dir, string(testBundle.Entries[1].Key), "text"), []byte("this is the imagE"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Export(io.Discard, testBundle); err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("got %v", err)
	}
	if _, err := c.Verify(testBundle.Entries[1].Key); err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("got %v", err)
	}
}

func TestImportIntoReadOnlyCache(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	fillBundle(t, c)
	closed, err := OpenCacheReadOnly(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := closed.Import(bytes.NewReader(exported(t, closed)), "", testBundle); !errors.Is(err, errReadOnly) {
		t.Errorf("got %v", err)
	}
}

// member is one of a crafted archive.
type member struct {
	name, text string
	kind       byte
}

// crafted makes an archive of a manifest, as change leaves it, and members.
func crafted(t testing.TB, change func(*archiveManifest), members ...member) []byte {
	t.Helper()
	m := archiveManifest{Format: archiveFormat, Parts: testBundle.Parts}
	for _, e := range testBundle.Entries {
		text := "this is the " + e.Name
		m.Entries = append(m.Entries, archivedEntry{e.Name, e.Key, map[string]string{"note": "a note"}, []archivedFile{{"text", int64(len(text)), sumOf([]byte(text))}}})
	}
	if change != nil {
		change(&m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return zstdOf(t, tarOf(t, append([]member{{manifestName, string(text), tar.TypeReg}}, members...)...))
}

func tarOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Mode: 0o600}
		if m.kind == tar.TypeReg {
			h.Size = int64(len(m.text))
		} else {
			h.Linkname = m.text
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if m.kind == tar.TypeReg {
			if _, err := io.WriteString(w, m.text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdOf(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

var (
	theCode  = member{"code/text", "this is the code", tar.TypeReg}
	theImage = member{"image/text", "this is the image", tar.TypeReg}
)

// hostileArchives are archives that are not to be imported, and what the error says.
func hostileArchives(t testing.TB) map[string]struct {
	archive []byte
	want    string
} {
	t.Helper()
	type row = struct {
		archive []byte
		want    string
	}
	named := func(name string) func(*archiveManifest) {
		return func(m *archiveManifest) { m.Entries[0].Files[0].Name = name }
	}
	whole := crafted(t, nil, theCode, theImage)
	return map[string]row{
		"nothing":          {nil, "it is empty"},
		"text":             {[]byte("this is no archive at all"), "no archive of Vivarium's, or is damaged"},
		"another archive":  {zstdOf(t, tarOf(t, member{"etc/passwd", "root", tar.TypeReg})), `it begins with "etc/passwd"`},
		"a linked start":   {zstdOf(t, tarOf(t, member{manifestName, "/etc/passwd", tar.TypeSymlink})), "it begins with"},
		"no manifest":      {zstdOf(t, tarOf(t, member{manifestName, "{", tar.TypeReg})), "its manifest"},
		"a huge manifest":  {zstdOf(t, tarOf(t, member{manifestName, strings.Repeat(" ", maxIndexBytes+1), tar.TypeReg})), "its manifest has 65537 bytes"},
		"another format":   {crafted(t, func(m *archiveManifest) { m.Format = 2 }, theCode, theImage), "its format is 2, and this program reads 1"},
		"a foreign key":    {crafted(t, func(m *archiveManifest) { m.Entries[1].Key = KeyOf("x") }, theCode, theImage), "its image has the key"},
		"no image":         {crafted(t, func(m *archiveManifest) { m.Entries = m.Entries[:1] }, theCode), `needs ["code" "image"]`},
		"two images":       {crafted(t, func(m *archiveManifest) { m.Entries = append(m.Entries, m.Entries[1]) }, theCode, theImage, theImage), "it has"},
		"a way out":        {crafted(t, named("../text"), theCode, theImage), "no name of one"},
		"an absolute path": {crafted(t, named("/tmp/text"), theCode, theImage), "no name of one"},
		"a device":         {crafted(t, named("con:"), theCode, theImage), "no name of one"},
		"no name":          {crafted(t, named(""), theCode, theImage), "no name of one"},
		"the index":        {crafted(t, named(indexName), theCode, theImage), "no name of one"},
		"a file twice": {crafted(t, func(m *archiveManifest) {
			m.Entries[0].Files = append(m.Entries[0].Files, m.Entries[0].Files[0])
		}, theCode, theCode, theImage), "out of order"},
		"no files":         {crafted(t, func(m *archiveManifest) { m.Entries[0].Files = nil }, theImage), "code has 0 files"},
		"a negative size":  {crafted(t, func(m *archiveManifest) { m.Entries[0].Files[0].Size = -1 }, theCode, theImage), "of -1 bytes"},
		"a huge file":      {crafted(t, func(m *archiveManifest) { m.Entries[0].Files[0].Size = maxArchiveBytes + 1 }, theCode, theImage), "bytes"},
		"huge files":       {crafted(t, func(m *archiveManifest) { m.Entries[0].Files[0].Size = maxArchiveBytes }, theCode, theImage), "more than 512 MiB"},
		"a longer file":    {crafted(t, nil, member{"code/text", "this is the code!", tar.TypeReg}, theImage), "has 17 bytes, and should have 16"},
		"another file":     {crafted(t, nil, member{"code/text", "this is the CODE", tar.TypeReg}, theImage), "code/text has the SHA-256"},
		"another order":    {crafted(t, nil, theImage, theCode), `"image/text" in the place of the file code/text`},
		"a link":           {crafted(t, nil, member{"code/text", "/etc/passwd", tar.TypeSymlink}, theImage), "in the place of"},
		"a missing file":   {crafted(t, nil, theCode), "it ends before image/text"},
		"one more file":    {crafted(t, nil, theCode, theImage, member{"more", "", tar.TypeReg}), `it goes on with "more"`},
		"junk at the end":  {append(slices.Clone(whole), "junk"...), "something follows"},
		"another stream":   {append(slices.Clone(whole), zstdOf(t, []byte("junk"))...), "something follows"},
		"twice the same":   {append(slices.Clone(whole), whole...), "something follows"},
		"half of it":       {whole[:len(whole)/2], ""},
		"all but one byte": {whole[:len(whole)-1], ""},
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	for name, test := range hostileArchives(t) {
		_, err := c.Import(bytes.NewReader(test.archive), "", testBundle)
		if !errors.Is(err, ErrArchive) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if left := entries(t, c); left != nil {
			t.Fatalf("%s: it left %q", name, left)
		}
	}
	whole := crafted(t, nil, theCode, theImage)
	if _, err := c.Import(bytes.NewReader(whole), sumOf(nil), testBundle); !errors.Is(err, ErrArchive) ||
		!strings.Contains(err.Error(), sumOf(nil)) || !strings.Contains(err.Error(), sumOf(whole)) {
		t.Errorf("another digest: %v", err)
	}
	// The digest is that of the archive, before anybody looks into it.
	if _, err := c.Import(strings.NewReader("junk"), sumOf(whole), testBundle); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("junk with a digest: %v", err)
	}
	if _, err := c.Import(bytes.NewReader(whole), sumOf(whole), testBundle); err != nil {
		t.Error(err)
	}
	wantBundle(t, c)
}

func TestForeignArchiveIsExplained(t *testing.T) {
	t.Parallel()
	here := Bundle{Parts: map[string]string{"platform": "linux amd64 HasAVX:false", "interpreter": "3.13"}}
	for _, e := range testBundle.Entries {
		here.Entries = append(here.Entries, BundleEntry{e.Name, KeyOf("here", string(e.Key))})
	}
	_, err := openTestCache(t).Import(bytes.NewReader(crafted(t, nil, theCode, theImage)), "", here)
	for _, want := range []string{
		string(testBundle.Entries[0].Key), string(here.Entries[0].Key),
		`; platform: there "HasAVX:true", here "HasAVX:false"`, "export it with the same program",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "interpreter") {
		t.Errorf("the interpreter is the same: %v", err)
	}
}

// Whatever is imported, there is an error and nothing to be seen, or all of it.
func FuzzImport(f *testing.F) {
	whole := crafted(f, nil, theCode, theImage)
	f.Add(whole)
	f.Add(tarOf(f, theCode, theImage))
	for _, test := range hostileArchives(f) {
		f.Add(test.archive)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		// Bytes that are no zstd are tried as the tar inside, where there is more to get wrong.
		if !bytes.HasPrefix(archive, []byte("\x28\xb5\x2f\xfd")) {
			archive = zstdOf(t, archive)
		}
		c := openTestCache(t)
		if _, err := c.Import(bytes.NewReader(archive), "", testBundle); err == nil {
			wantBundle(t, c)
		} else if left := entries(t, c); left != nil {
			t.Errorf("after %v there is %q", err, left)
		}
	})
}
