package hostabi

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// The header's own forms; a definition in another form fails the count below.
var (
	defineRE = regexp.MustCompile(`(?m)^#define (VIV_[A-Z0-9_]+) +(-?\d+)\b`)
	importRE = regexp.MustCompile(`(?m)^VIV_IMPORT\((\w+)\) extern int32_t viv_(\w+)\((.*)\);$`)
	exportRE = regexp.MustCompile(`(?m)^VIV_EXPORT\((\w+)\) (\w+) (\w+)\((.*)\);$`)
)

func header(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../python/guest/vivarium_abi.h")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConstantsMatchHeader(t *testing.T) {
	t.Parallel()
	ours := map[string]int{
		"VIV_ABI_VERSION": Version,

		"VIV_OK": int(abiOK), "VIV_E_FAULT": int(abiFault), "VIV_E_LIMIT": int(abiLimit), "VIV_E_INVALID": int(abiInvalid),
		"VIV_E_NOTFOUND": int(abiNotFound), "VIV_E_INTERRUPTED": int(abiInterrupted), "VIV_E_HOST": int(abiHost),

		"VIV_IN_NAME": int(InputName), "VIV_IN_SOURCE": int(InputSource), "VIV_IN_CODE": int(InputCode),
		"VIV_IN_PARAMS": int(InputParams), "VIV_IN_ENV": int(InputEnv), "VIV_IN_PREIMPORT": int(InputPreimport),

		"VIV_LOG_DEBUG": int(LogDebug), "VIV_LOG_INFO": int(LogInfo), "VIV_LOG_WARNING": int(LogWarning),
		"VIV_LOG_ERROR": int(LogError), "VIV_LOG_CRITICAL": int(LogCritical),

		"VIV_METRIC_COUNTER": int(MetricCounter), "VIV_METRIC_GAUGE": int(MetricGauge), "VIV_METRIC_HISTOGRAM": int(MetricHistogram),

		"VIV_RUN_OK": int(StatusOK), "VIV_RUN_RAISED": int(StatusRaised), "VIV_RUN_EXIT": int(StatusExit), "VIV_RUN_BROKEN": int(StatusBroken),

		"VIV_TICK_CONTINUE": int(StopNone), "VIV_TICK_CANCELLED": int(StopCancelled), "VIV_TICK_TIMEOUT": int(StopTimeout), "VIV_TICK_FUEL": int(StopFuel),
	}
	theirs := make(map[string]int)
	for _, m := range defineRE.FindAllStringSubmatch(header(t), -1) {
		theirs[m[1]], _ = strconv.Atoi(m[2])
	}
	if len(theirs) != len(ours) {
		t.Errorf("the header defines %d numbers, Go has %d", len(theirs), len(ours))
	}
	for name, value := range ours {
		if got, ok := theirs[name]; !ok || got != value {
			t.Errorf("%s: header %d (found: %t), Go %d", name, got, ok, value)
		}
	}
}

func TestFunctionsMatchHeader(t *testing.T) {
	t.Parallel()
	imports := importRE.FindAllStringSubmatch(header(t), -1)
	if len(imports) != len(functions) {
		t.Fatalf("the header declares %d host functions, Go has %d", len(imports), len(functions))
	}
	for i, m := range imports {
		name, params := m[1], cParams(t, m[3])
		if m[2] != name || functions[i].name != name {
			t.Errorf("host function %d: import name %q, C name viv_%s, Go %q", i, name, m[2], functions[i].name)
		}
		if got := fmt.Sprint(functions[i].params); got != fmt.Sprint(params) {
			t.Errorf("%s: header parameters %v, Go %v", name, params, got)
		}
	}
}

func TestExportsMatchHeader(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range exportRE.FindAllStringSubmatch(header(t), -1) {
		if m[1] != m[3] {
			t.Errorf("export name %q, C name %q", m[1], m[3])
		}
		names = append(names, m[1])
	}
	want := []string{ExportVersion, ExportInit, ExportCompile, ExportRun, ExportTick, ExportInterrupt, ExportLimitMemory}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("header exports %v, Go %v", names, want)
	}
}

// cParams maps a C parameter list to wasm value types.
func cParams(t *testing.T, list string) []api.ValueType {
	t.Helper()
	var types []api.ValueType
	for param := range strings.SplitSeq(list, ", ") {
		switch {
		case param == "void":
		case strings.HasPrefix(param, "double "):
			types = append(types, f64)
		case strings.Contains(param, "*"), strings.HasPrefix(param, "uint32_t "):
			types = append(types, i32)
		default:
			t.Fatalf("parameter %q has a type the test does not know", param)
		}
	}
	return types
}
