package runtime

import (
	"io/fs"
	"runtime/debug"

	"github.com/vivarium-go/vivarium/modules"
)

const (
	modulePath = "github.com/vivarium-go/vivarium"
	wazeroPath = "github.com/tetratelabs/wazero"
)

// VersionInfo says what is built into this program.
type VersionInfo struct {
	Vivarium string // module version, "(devel)" if it was built from a checkout
	CPython  string // "3.13.9"
	Wazero   string // module version
	Artefact string // SHA-256 of the embedded interpreter, in hex
	ABI      int    // version of the host ABI
}

// Version says what is built into this program. It panics if the embedded manifest
// is damaged, which a test excludes.
func Version() VersionInfo {
	manifest, err := modules.ReadManifest()
	if err != nil {
		panic(err)
	}
	return VersionInfo{
		Vivarium: moduleVersion(modulePath),
		CPython:  manifest.CPython,
		Wazero:   moduleVersion(wazeroPath),
		Artefact: manifest.RawSHA256,
		ABI:      manifest.ABI,
	}
}

// moduleVersion returns the version of a module linked into this program.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == path && m.Replace != nil {
			return m.Replace.Version
		}
		if m.Path == path {
			return m.Version
		}
	}
	return "(unknown)"
}

// Licenses returns the licence texts of everything linked into the embedded
// interpreter, one file each.
func Licenses() fs.FS {
	files, err := modules.Licenses()
	if err != nil {
		panic(err) // the directory is embedded
	}
	return files
}
