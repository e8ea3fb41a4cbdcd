package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func TestReadConfig(t *testing.T) {
	t.Parallel()
	two := config{Config: runtime.Config{
		Preimport: []string{"decimal", "xml.sax"},
		Limits:    runtime.Limits{MemoryBytes: 64 << 20, Fuel: 1000},
		Timeout:   time.Minute,
	}}
	for _, test := range []struct {
		text string
		want config
	}{
		{"", config{}},
		{"# nothing\n", config{}},
		{"---\n...\n", config{}},
		{"{}", config{}},
		{"limits: {}\npreimport: []", config{}},
		{"preimport: [decimal, xml.sax]\nlimits:\n  memory_bytes: 64MiB\n  fuel: 1000\ntimeout: 1m", two},
		{"preimport:\n  - decimal\n  - 'xml.sax'\nlimits.memory_bytes: 67108864 # 64 MiB\nlimits: {fuel: 1000}\ntimeout: |-\n  1m\n", two},
		{`{"preimport": ["de\u0063imal", "xml\u002esax"], "limits": {"memory_bytes": "64MiB", "fuel": 1000}, "timeout": "1m"}`, two},
		{"{\n\t\"preimport\": [\n\t\t\"decimal\",\n\t\t\"xml.sax\"\n\t],\n\t\"limits\": {\"memory_bytes\": 67108864, \"fuel\": 1000},\n\t\"timeout\": \"60s\"\n}\n", two},
		{"\ufeffqueue_size: 5\r\ncpu_slots: 2\r\n", config{Config: runtime.Config{QueueSize: 5, CPUSlots: 2}}},
		{"interpreter: python.wasm\ncache_dir: cache", config{Config: runtime.Config{CacheDir: filepath.Join("dir", "cache")}, interpreter: interpreterFile{path: filepath.Join("dir", "python.wasm")}}},
		{"cache_dir: 'off'", config{Config: runtime.Config{CacheDir: runtime.CacheOff}}},
	} {
		var c config
		if err := readConfig(&c, "dir/c.yaml", []byte(test.text)); err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
		if c = withoutSources(c); !reflect.DeepEqual(c, test.want) {
			t.Errorf("%q: got %+v", test.text, c)
		}
	}
}

func TestReadConfigRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"queue_size: 1\nqueu_size: 2":            "c.yaml:2: there is no setting queu_size; did you mean queue_size?",
		"QueueSize: 1":                           "c.yaml:1: there is no setting QueueSize; did you mean queue_size?",
		"limit: {fuel: 1}":                       "c.yaml:1: there is no setting limit; did you mean limits?",
		"limits:\n  fuels: 1":                    "c.yaml:2: there is no setting limits.fuels; did you mean limits.fuel?",
		"memory_bytes: 1":                        "c.yaml:1: there is no setting memory_bytes; did you mean limits.memory_bytes?",
		"limits: {memory: 1}":                    "c.yaml:1: there is no setting limits.memory; did you mean limits.memory_bytes?",
		"frobnicate: 1":                          "c.yaml:1: there is no setting frobnicate; `vivarium --help` lists the settings",
		"{\n \"queue_size\": 1,\n \"x\": 1}":     "c.yaml:3: there is no setting x; `vivarium --help` lists the settings",
		"queue_size: 1\n\nqueue_size: 1":         "c.yaml:3: queue_size is there already, on line 1; keep one",
		`{"queue_size": 1, "queue\u005fsize":1}`: "c.yaml:1: queue_size is there already, on line 1; keep one",
		"limits: {fuel: 1}\nlimits.fuel: 2":      "c.yaml:2: limits.fuel is there already, on line 1; keep one",
		"limits: {fuel: 1}\nlimits: {}":          "c.yaml:2: limits is there already, on line 1; keep one",
		"queue_size:":                            "c.yaml:1: queue_size has no value; write one, or leave the line out",
		"queue_size: null":                       "c.yaml:1: queue_size has no value; write one, or leave the line out",
		"queue_size: [1, 2]":                     `c.yaml:1: queue_size is "[1, 2]"; write a single value`,
		"queue_size: {a: 1}":                     "c.yaml:1: queue_size cannot be read; write a value or a list of values, without anchors, aliases and tags",
		"preimport: [a, [b]]":                    "c.yaml:1: preimport cannot be read; write a value or a list of values, without anchors, aliases and tags",
		"preimport: [a, '']":                     `c.yaml:1: preimport is "[a, '']"; write names of modules, with a comma between two`,
		"queue_size: 1.5":                        `c.yaml:1: queue_size is "1.5"; write a whole number of at least 1`,
		"queue_size: .inf":                       "c.yaml:1: queue_size cannot be read; write a value or a list of values, without anchors, aliases and tags",
		"queue_size: &a 1":                       "c.yaml:1: queue_size cannot be read; write a value or a list of values, without anchors, aliases and tags",
		"queue_size: !!int 1":                    "c.yaml:1: queue_size cannot be read; write a value or a list of values, without anchors, aliases and tags",
		"interpreter: ''":                        `c.yaml:1: interpreter is ""; write a path`,
		"limits: 5":                              `c.yaml:1: limits is "5"; write lines of NAME: VALUE below it`,
		"limits: [{fuel: 1}]":                    `c.yaml:1: limits is "[{fuel: 1}]"; write lines of NAME: VALUE below it`,
		"limits:":                                "c.yaml:1: limits has no value; write one, or leave the line out",
		"hello":                                  "c.yaml:1: these are no settings; write lines of NAME: VALUE",
		"[queue_size]":                           "c.yaml:1: these are no settings; write lines of NAME: VALUE",
		"<<: {queue_size: 1}":                    "c.yaml:1: \"<<\" is no name of a setting; `vivarium --help` lists them",
		"queue_size: 1\n---\nqueue_size: 2":      "c.yaml:3: a second document; write all settings into one",
		"queue_size: 1\ntimeout: [1s":            "c.yaml:2:10: not valid YAML: sequence end token ']' not found",
		"queue_size: \xff":                       "c.yaml: not UTF-8; save it as UTF-8 text",
		strings.Repeat("[", 1<<20):               "c.yaml: far more than there are settings (over 10000 words and signs); `vivarium --help` lists them",
		"cpu_slots: a\nio_slots: b":              "c.yaml:1: cpu_slots is \"a\"; write a whole number of at least 1\nc.yaml:2: io_slots is \"b\"; write a whole number of at least 1",
	} {
		err := readConfig(new(config), "c.yaml", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%.80q: got %v, want %s", text, err, want)
		}
	}
}

func TestConfigFileMayBeTooLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c.yaml")
	for _, size := range []int{mib, mib + 1} {
		if err := os.WriteFile(path, []byte("#"+strings.Repeat(" ", size-1)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := (&process{configFile: path}).configured()
		if size <= mib {
			if err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
			continue
		}
		wantError(t, err, "cannot read the configuration "+path+": it is larger than 1 MiB; ")
		if code := exitCodeOf(err); code != exitUsage {
			t.Errorf("exit status %d", code)
		}
	}
}

// Whatever is in a file, reading it ends, with an error that names the file if there
// is one.
func FuzzReadConfig(f *testing.F) {
	for _, test := range settingTests {
		f.Add([]byte(inFile(test.key, test.text)))
	}
	for _, text := range []string{
		"{\"limits\": {\"fuel\": 1}, \"preimport\": [\"a\"]}",
		"a: &b [1, *b]\n<<: *b\n? c\n: !!str d\n--- |\n x\n...\n",
		"'a': \"\\u0041\\\n  \"\n- >-\n\tx\n",
		"queue_size: # comment\n  5\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := readConfig(new(config), "c.yaml", text); err != nil && !strings.HasPrefix(err.Error(), "c.yaml:") {
			t.Errorf("the error does not begin with the file: %v", err)
		}
	})
}
