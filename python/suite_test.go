package python

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// suiteModules are the modules of CPython's own suite that must pass but for the
// failures listed, with reasons, in testdata/suite_failures.json.
var suiteModules = []string{
	"test.test_os", "test.test_io", "test.test_tempfile", "test.test_pathlib", "test.test_shutil",
	"test.test_json", "test.test_re", "test.test_dict", "test.test_list", "test.test_set", "test.test_str",
	"test.test_int", "test.test_float", "test.test_decimal", "test.test_struct", "test.test_zlib", "test.test_bz2",
	"test.test_lzma", "test.test_hashlib", "test.test_datetime", "test.test_zoneinfo", "test.test_dataclasses",
	"test.test_enum", "test.test_functools", "test.test_itertools", "test.test_collections", "test.test_csv",
	"test.test_pickle", "test.test_copy", "test.test_generators", "test.test_coroutines", "test.test_contextlib",
	"test.test_zipfile", "test.test_tarfile", "test.test_sqlite3", "test.test_unicodedata", "test.test_xml_etree",
	"test.test_math", "test.test_random", "test.test_statistics", "test.test_textwrap", "test.test_time", "test.test_glob",
	"test.test_sort", "test.test_exceptions", "test.test_traceback", "test.test_typing", "test.test_heapq",
	"test.test_generator_stop", "test.test_fractions", "test.test_bytes", "test.test_range", "test.test_slice", "test.test_tuple",
	"test.test_bisect", "test.test_base64", "test.test_binascii", "test.test_html", "test.test_urlparse", "test.test_configparser",
}

// TestCPythonSuite runs CPython's own tests inside. The source package is not in the
// repository: VIVARIUM_CPYTHON_SRC names where python/build has unpacked it.
func TestCPythonSuite(t *testing.T) {
	src := os.Getenv("VIVARIUM_CPYTHON_SRC")
	if src == "" {
		t.Skip("set VIVARIUM_CPYTHON_SRC to CPython's source tree, as python/build unpacks it")
	}
	source, err := os.ReadFile("testdata/suite.py")
	if err != nil {
		t.Fatal(err)
	}
	known := readFailures(t)
	modules := suiteModules
	if only := os.Getenv("VIVARIUM_CPYTHON_TESTS"); only != "" {
		modules = strings.Fields(only)
	}
	for _, module := range modules {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			r := runScript(t, string(source), params(`{"module":"`+module+`"}`), func(s *setup) {
				s.files.Mounts = []wasi.Mount{{Guest: "/cpython", Host: filepath.Join(src, "Lib")}}
				s.files.ScratchBytes = 256 << 20
				s.memory = 1 << 30
				s.timeout = 20 * time.Minute
			})
			if r.Kind != OutcomeOK {
				t.Fatalf("outcome %d (%v, %d): %.2000s\n%.2000s", r.Kind, r.Err, r.ExitCode, r.call.Error, r.stderr.String())
			}
			var found struct {
				Run, Skipped int
				Failed       map[string]string
			}
			if err := json.Unmarshal(r.call.Result, &found); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d run, %d skipped, %d failed", found.Run, found.Skipped, len(found.Failed))
			for _, test := range slices.Sorted(maps.Keys(found.Failed)) {
				if !slices.ContainsFunc(known, func(f failure) bool { return f.covers(test, found.Failed[test]) }) {
					t.Errorf("%s: %s", test, found.Failed[test])
				}
			}
		})
	}
}

// failure is a known way in which tests of the suite fail here.
type failure struct {
	Test   string // pattern of path.Match
	Error  string // part of the error's last line
	Reason string
}

func (f failure) covers(test, err string) bool {
	match, _ := path.Match(f.Test, test) // readFailures has checked the pattern
	return match && strings.Contains(err, f.Error)
}

func readFailures(t *testing.T) []failure {
	t.Helper()
	text, err := os.ReadFile("testdata/suite_failures.json")
	if err != nil {
		t.Fatal(err)
	}
	var known []failure
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	for _, f := range known {
		if _, err := path.Match(f.Test, ""); err != nil || f.Reason == "" {
			t.Fatalf("suite_failures.json: %+v: needs a good pattern and a reason", f)
		}
	}
	return known
}
