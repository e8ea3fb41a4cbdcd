package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var cpu = Benchmark{
	Name: "cpu", Usage: "CPU kernels inside, and outside in a native CPython", Duration: 20 * time.Second,
	measure: (*session).kernels,
	columns: []column{seriesColumn, caseColumn, {"best ms", func(r Row) string { return milliseconds(r.P50) }}, {"x native", func(r Row) string { return figure(r.Ratio) }}},
	chart: chart{title: "CPU kernels, time over that of a native CPython", y: "x", x: func(r Row) string { return r.Case }, value: func(r Row) float64 { return r.Ratio }, bars: true,
		only: func(r Row) bool { return r.Ratio > 0 }},
}

// timing is one kernel's best time and the value it computed.
type timing struct {
	seconds float64
	value   string // JSON
}

func (t *timing) UnmarshalJSON(data []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	t.value = string(pair[1])
	return json.Unmarshal(pair[0], &t.seconds)
}

// kernels runs all kernels inside and outside, by turns, and compares their best times. The
// native CPython should be of the same minor version.
func (s *session) kernels() error {
	eng, _, err := s.engine(nil)
	if err != nil {
		return err
	}
	script, err := s.peerScript("kernels.py")
	if err != nil {
		return err
	}
	k := kernelTimes{inside: map[string]timing{}, outside: map[string]timing{}}
	for began := time.Now(); len(k.inside) == 0 || time.Since(began) < s.Duration; {
		s.progress("kernels")
		res, err := eng.Run(s.ctx, runtime.Task{Script: runtime.File(script), Params: map[string]int{"rounds": 1}, Timeout: -1})
		if err := k.ranInside(res, err); err != nil {
			return err
		}
		if s.native == "" {
			continue
		}
		out, err := exec.CommandContext(s.ctx, s.native, "-I", script, "1").Output()
		if err := k.ranOutside(out, err); err != nil {
			return err
		}
	}
	ratios, mean, err := k.ratios()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(k.inside)) {
		best := k.inside[name].seconds * 1e6
		s.add(Row{Series: "vivarium", Case: name, State: "warm", Workers: 1, Concurrency: 1, Tasks: 1, SuccessRate: 1, Ratio: ratios[name], Latency: Latency{Count: 1, P50: best, P95: best, P99: best, P999: best, Max: best}})
	}
	if s.native != "" {
		s.note("geometric mean of the ratios: %.2f", mean)
	}
	return nil
}

// kernelTimes are the best times of each kernel.
type kernelTimes struct{ inside, outside map[string]timing }

func (k kernelTimes) ranInside(res *runtime.Result, err error) error {
	if err != nil {
		return err
	}
	var found map[string]timing
	if err := res.Decode(&found); err != nil {
		return err
	}
	keepBest(k.inside, found)
	return nil
}

func (k kernelTimes) ranOutside(out []byte, err error) error {
	if err != nil {
		return err
	}
	var found map[string]timing
	if err := json.Unmarshal(out, &found); err != nil {
		return err
	}
	keepBest(k.outside, found)
	return nil
}

// ratios returns inside over outside, and their geometric mean. It is an error if a kernel has
// computed something else inside.
func (k kernelTimes) ratios() (ratios map[string]float64, mean float64, err error) {
	ratios = make(map[string]float64)
	logs := 0.0
	for name, out := range k.outside {
		in, ok := k.inside[name]
		if !ok || !sameValue(in.value, out.value) {
			return nil, 0, fmt.Errorf("%s: %s inside, %s outside", name, in.value, out.value)
		}
		ratios[name] = in.seconds / out.seconds
		logs += math.Log(ratios[name])
	}
	return ratios, math.Exp(logs / float64(len(ratios))), nil
}

// sameValue compares JSON texts but for white space.
func sameValue(a, b string) bool {
	return strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}

func keepBest(best, found map[string]timing) {
	for name, t := range found {
		if old, ok := best[name]; !ok || t.seconds < old.seconds {
			best[name] = t
		}
	}
}
