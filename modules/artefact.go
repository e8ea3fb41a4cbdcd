package modules

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"

	"github.com/klauspost/compress/zstd"
)

//go:embed cpython.wasm.zst
var compressed []byte

//go:embed MANIFEST.json
var manifestJSON []byte

//go:embed LICENSES
var licenses embed.FS

// Manifest is MANIFEST.json: what the artefact is and what it was made from.
type Manifest struct {
	CPython        string            `json:"cpython"`
	ABI            int               `json:"abi"`
	Sources        []Source          `json:"sources"`
	Tools          map[string]string `json:"tools"`
	Flags          map[string]string `json:"flags"`
	RecipeSHA256   string            `json:"recipe_sha256"`    // over the recipe's inputs, see python/build/README.md
	RawSHA256      string            `json:"raw_sha256"`       // of the module
	RawSize        int64             `json:"raw_size"`         // bytes
	UnmeteredSHA   string            `json:"unmetered_sha256"` // of the module before the passes
	CompressedSHA  string            `json:"sha256"`           // of cpython.wasm.zst
	CompressedSize int64             `json:"size"`             // bytes
	Imports        []string          `json:"imports"`          // "module.name", sorted
	Exports        []string          `json:"exports"`          // sorted
	Passes         []string          `json:"passes"`
	Licenses       []string          `json:"licenses"` // files of LICENSES, sorted
}

// Source is a package the artefact was built from.
type Source struct {
	Package string `json:"package"`
	Version string `json:"version"`
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
}

// ReadManifest returns the manifest of the embedded artefact.
func ReadManifest() (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(manifestJSON, &m); err != nil {
		return Manifest{}, fmt.Errorf("modules: MANIFEST.json: %w", err)
	}
	return m, nil
}

// Licenses returns the licence texts of everything linked into the artefact.
func Licenses() (fs.FS, error) { return fs.Sub(licenses, "LICENSES") }

// Interpreter returns the embedded interpreter, metered and checked against the
// manifest's digest. The caller must not change it: all callers share one copy.
var Interpreter = sync.OnceValues(func() ([]byte, error) {
	manifest, err := ReadManifest()
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	defer decoder.Close()
	module, err := decoder.DecodeAll(compressed, make([]byte, 0, manifest.RawSize))
	if err != nil {
		return nil, fmt.Errorf("modules: the embedded interpreter does not decompress: %w", err)
	}
	if sum := sha256.Sum256(module); hex.EncodeToString(sum[:]) != manifest.RawSHA256 {
		return nil, fmt.Errorf("modules: the embedded interpreter has SHA-256 %x, MANIFEST.json says %s; build the binary again", sum, manifest.RawSHA256)
	}
	return module, nil
})
