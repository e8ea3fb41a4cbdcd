package modules

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Bundle says what an archive of cache entries holds, and what the keys were made of.
type Bundle struct {
	// Entries are in the order of the archive, each with a name of its own.
	Entries []BundleEntry
	// Parts are what the keys depend on, by name: "platform" for one. They say why the keys
	// of two bundles differ; nothing else depends on them.
	Parts map[string]string
}

// BundleEntry is one entry of a cache and what it is called.
type BundleEntry struct {
	Name string // lower-case letters
	Key  Key
}

// ErrArchive says that an archive cannot be imported: it is damaged, is not the one whose
// digest is known, or was made for something else.
var ErrArchive = errors.New("modules: the archive cannot be imported")

// An archive is a tar file, compressed with zstd. Its first member is the manifest, the
// others are the files of the entries in the manifest's order. It holds no times, owners or
// modes, so the same entries make the same bytes.
const (
	archiveFormat   = 1
	manifestName    = "manifest.json"
	maxArchiveBytes = 512 << 20 // compressed, and again of all files: code and image are 60 MB
	maxArchiveFiles = 16        // of an entry
)

// archiveManifest is the first member of an archive.
type archiveManifest struct {
	Format  int               `json:"format"`
	Parts   map[string]string `json:"parts"`
	Entries []archivedEntry   `json:"entries"`
}

type archivedEntry struct {
	Name  string            `json:"name"`
	Key   Key               `json:"key"`
	Notes map[string]string `json:"notes,omitempty"`
	Files []archivedFile    `json:"files"`
}

type archivedFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Verify reads every file of an entry and checks its size and digest. The error is
// fs.ErrNotExist's if there is no such entry.
func (c *Cache) Verify(key Key) (*Entry, error) {
	e, err := c.Load(key)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(e.index.Files)) {
		if _, err := e.digest(name); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// digest returns the SHA-256 of one of the entry's files, which is checked.
func (e *Entry) digest(name string) (string, error) {
	f, err := e.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Export writes an archive of the bundle's entries, for Import. The error is
// fs.ErrNotExist's if one of them is not in the cache.
func (c *Cache) Export(w io.Writer, b Bundle) (err error) {
	manifest := archiveManifest{Format: archiveFormat, Parts: b.Parts}
	var entries []*Entry
	for _, wanted := range b.Entries {
		e, err := c.Load(wanted.Key)
		if err != nil {
			return err
		}
		archived := archivedEntry{Name: wanted.Name, Key: wanted.Key, Notes: e.index.Notes}
		for _, name := range slices.Sorted(maps.Keys(e.index.Files)) {
			sum, err := e.digest(name)
			if err != nil {
				return err
			}
			archived.Files = append(archived.Files, archivedFile{name, e.index.Files[name].Size, sum})
		}
		manifest.Entries = append(manifest.Entries, archived)
		entries = append(entries, e)
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	compressor, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	defer func() { err = errors.Join(err, compressor.Close()) }()
	to := tar.NewWriter(compressor)
	if err := addMember(to, manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	for i, archived := range manifest.Entries {
		for _, file := range archived.Files {
			from, err := entries[i].Open(file.Name)
			if err != nil {
				return err
			}
			err = addMember(to, memberName(archived.Name, file.Name), file.Size, from)
			if err := errors.Join(err, from.Close()); err != nil {
				return err
			}
		}
	}
	if err := to.Close(); err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	return nil
}

func memberName(entry, file string) string { return entry + "/" + file }

func addMember(to *tar.Writer, name string, size int64, from io.Reader) error {
	err := to.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatUSTAR})
	if err == nil {
		_, err = io.Copy(to, from)
	}
	if err != nil {
		return fmt.Errorf("modules: archiving %s: %w", name, err)
	}
	return nil
}

// Imported is what Import did with one entry.
type Imported struct {
	Name  string
	Bytes int64 // of its files
	Found bool  // the cache had the very same already, which is kept
}

// Import stores the entries of an archive that Export has made. They have to be those of
// the bundle, which the caller has need of. sum, if it is not empty, is the archive's
// SHA-256 in hex, and is checked before anything is made of the archive.
//
// Nothing is visible in the cache before the whole archive was read and checked; each entry
// then appears whole. One that is there already is kept if it has the same files, and replaced
// if not. What is wrong with the archive is ErrArchive.
func (c *Cache) Import(r io.Reader, sum string, want Bundle) (_ []Imported, err error) {
	tmp, err := c.tempDir()
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what is left is for the next tidying
	archive, err := spool(filepath.Join(tmp, "archive"), r, sum)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	decompressor, err := zstd.NewReader(archive, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	defer decompressor.Close()
	staged, err := unpack(decompressor, want, tmp)
	if err != nil {
		return nil, err
	}
	var imported []Imported
	for _, w := range staged {
		found, err := c.put(w)
		if err != nil {
			return imported, err
		}
		imported = append(imported, Imported{w.name, w.bytes(), found})
	}
	return imported, nil
}

func archiveError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrArchive, fmt.Errorf(format, args...))
}

// spool writes an archive to a file, because its digest is known only at its end, and
// returns the file, open at its beginning.
func spool(path string, r io.Reader, sum string) (_ *os.File, err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the file is removed
		}
	}()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(r, maxArchiveBytes+1))
	if err != nil {
		return nil, fmt.Errorf("modules: reading the archive: %w", err)
	}
	if n > maxArchiveBytes {
		return nil, archiveError("it has more than %d MiB", maxArchiveBytes>>20)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); sum != "" && !strings.EqualFold(got, sum) {
		return nil, archiveError("its SHA-256 is %s, and should be %s; get it again from where it was exported", got, sum)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	return f, nil
}

// stagedEntry is an entry in a temporary folder.
type stagedEntry struct {
	*EntryWriter
	name string
	key  Key
}

func (w stagedEntry) bytes() (n int64) {
	for _, f := range w.index.Files {
		n += f.Size
	}
	return n
}

// unpack reads an archive to its end, and makes its entries in a temporary folder.
func unpack(r io.Reader, want Bundle, tmp string) ([]stagedEntry, error) {
	from := tar.NewReader(r)
	manifest, err := readArchiveManifest(from)
	if err != nil {
		return nil, archiveError("%w", err)
	}
	if err := want.compare(manifest); err != nil {
		return nil, archiveError("%w", err)
	}
	if err := manifest.check(); err != nil {
		return nil, archiveError("its manifest: %w", err)
	}
	var staged []stagedEntry
	for _, archived := range manifest.Entries {
		w, err := newEntry(filepath.Join(tmp, archived.Name))
		if err != nil {
			return nil, err
		}
		for _, file := range archived.Files {
			if err := w.extract(from, archived.Name, file); err != nil {
				return nil, err
			}
		}
		for name, text := range archived.Notes {
			w.Note(name, text)
		}
		if err := w.finish(); err != nil {
			return nil, err
		}
		staged = append(staged, stagedEntry{w, archived.Name, archived.Key})
	}
	if header, err := from.Next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("it goes on with %q", header.Name)
		}
		return nil, archiveError("after its last file: %w", err)
	}
	// The tar ends before its reader does.
	if n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); n > 0 || err != nil {
		return nil, archiveError("something follows its end: %d bytes or more, error %v", n, err)
	}
	return staged, nil
}

// readArchiveManifest reads the first member.
func readArchiveManifest(from *tar.Reader) (m archiveManifest, err error) {
	header, err := from.Next()
	switch {
	case errors.Is(err, io.EOF):
		return m, errors.New("it is empty")
	case err != nil:
		return m, fmt.Errorf("it is no archive of Vivarium's, or is damaged: %w", err)
	case header.Name != manifestName || header.Typeflag != tar.TypeReg:
		return m, fmt.Errorf("it is no archive of Vivarium's: it begins with %q, not with %s", header.Name, manifestName)
	case header.Size > maxIndexBytes:
		return m, fmt.Errorf("its manifest has %d bytes", header.Size)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		return m, fmt.Errorf("its manifest: %w", err)
	}
	// The version first: what else there is depends on it.
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return m, fmt.Errorf("its manifest: %w", err)
	}
	if version.Format != archiveFormat {
		return m, fmt.Errorf("its format is %d, and this program reads %d; export it again with this program", version.Format, archiveFormat)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("its manifest: %w", err)
	}
	return m, nil
}

// compare says how an archive is not the one that is needed.
func (want Bundle) compare(m archiveManifest) error {
	var names []string
	for _, e := range m.Entries {
		names = append(names, e.Name)
	}
	var wanted []string
	for _, e := range want.Entries {
		wanted = append(wanted, e.Name)
	}
	if !slices.Equal(names, wanted) {
		return fmt.Errorf("it has %q, and this configuration needs %q", names, wanted)
	}
	for i, e := range m.Entries {
		if need := want.Entries[i].Key; e.Key != need {
			return fmt.Errorf("it was made for something else: its %s has the key %q, this configuration needs %q%s; export it with the same program and settings on a machine of this kind",
				e.Name, e.Key, need, differences(m.Parts, want.Parts))
		}
	}
	return nil
}

// differences words what the keys of an archive and of this configuration are not both
// made of.
func differences(archive, here map[string]string) string {
	var all strings.Builder
	for _, part := range slices.Sorted(maps.Keys(here)) {
		if archive[part] != here[part] {
			fmt.Fprintf(&all, "; %s: there %q, here %q", part, onlyIn(archive[part], here[part]), onlyIn(here[part], archive[part]))
		}
	}
	return all.String()
}

// onlyIn returns the words of a text that another one lacks: a platform is a hundred of them,
// and differs in one.
func onlyIn(text, other string) string {
	const most = 20 // words: the text may be of anybody's
	have := strings.Fields(other)
	var words []string
	for _, word := range strings.Fields(text) {
		if len(words) < most && !slices.Contains(have, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// fileName is what the files of an entry may be called: nothing that leads elsewhere, or that
// some system takes for something else.
var fileName = regexp.MustCompile(`^[a-z]{1,32}(\.[a-z]{1,8})?$`)

// check checks what a manifest says about files. The keys were compared before.
func (m archiveManifest) check() error {
	total := int64(0)
	for _, e := range m.Entries {
		if len(e.Files) == 0 || len(e.Files) > maxArchiveFiles {
			return fmt.Errorf("%s has %d files", e.Name, len(e.Files))
		}
		for i, f := range e.Files {
			switch {
			case !fileName.MatchString(f.Name) || f.Name == indexName:
				return fmt.Errorf("%s has a file %q, which is no name of one", e.Name, f.Name)
			case i > 0 && f.Name <= e.Files[i-1].Name:
				return fmt.Errorf("%s has a file %q out of order", e.Name, f.Name)
			case f.Size < 0 || f.Size > maxArchiveBytes:
				return fmt.Errorf("%s has a file %q of %d bytes", e.Name, f.Name, f.Size)
			}
			if total += f.Size; total > maxArchiveBytes {
				return fmt.Errorf("its files have more than %d MiB", maxArchiveBytes>>20)
			}
		}
	}
	return nil
}

// extract writes the archive's next member, which has to be a file that the manifest
// announced.
func (w *EntryWriter) extract(from *tar.Reader, entry string, file archivedFile) error {
	name := memberName(entry, file.Name)
	header, err := from.Next()
	switch {
	case errors.Is(err, io.EOF):
		return archiveError("it ends before %s", name)
	case err != nil:
		return archiveError("it is damaged before %s: %w", name, err)
	case header.Name != name || header.Typeflag != tar.TypeReg:
		return archiveError("it has %q in the place of the file %s", header.Name, name)
	case header.Size != file.Size:
		return archiveError("%s has %d bytes, and should have %d", name, header.Size, file.Size)
	}
	sum := sha256.New()
	var damage error
	err = w.Create(file.Name, func(to io.Writer) error {
		_, err := io.Copy(to, io.TeeReader(errorOf{from, &damage}, sum))
		return err
	})
	switch got := hex.EncodeToString(sum.Sum(nil)); {
	case damage != nil:
		return archiveError("it is damaged in %s: %w", name, damage)
	case err != nil:
		return fmt.Errorf("modules: importing %s: %w", name, err)
	case got != file.SHA256:
		return archiveError("%s has the SHA-256 %s, and should have %s", name, got, file.SHA256)
	}
	return nil
}

// errorOf keeps the error of a reader, to tell it from the writer's.
type errorOf struct {
	io.Reader
	err *error
}

// Read implements io.Reader.
func (r errorOf) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		*r.err = err
	}
	return n, err
}

// replace makes a staged entry visible in the place of one that may be there. Between the two
// there is none, for as long as two renames take; to delete the old one takes longer.
func (c *Cache) replace(w stagedEntry) (placed bool, err error) {
	aside, err := c.tempDir()
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(aside) }() // what is left is for the next tidying
	err = os.Rename(filepath.Join(c.dir, string(w.key)), filepath.Join(aside, "replaced"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("modules: replacing an entry: %w", err)
	}
	return c.place(w.EntryWriter, w.key)
}

// put makes a staged entry visible, unless the very same is there already.
func (c *Cache) put(w stagedEntry) (found bool, err error) {
	for range 3 { // another process may be making the same entry
		there, err := c.Verify(w.key)
		if err == nil && maps.Equal(there.index.Files, w.index.Files) && maps.Equal(there.index.Notes, w.index.Notes) {
			return true, nil
		}
		placed, err := c.replace(w)
		if placed || err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("modules: other processes make the entry %s again and again; end them, and import the archive then", w.key)
}
