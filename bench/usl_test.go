package bench

import (
	"math"
	"strings"
	"testing"
)

func TestFitUSL(t *testing.T) {
	t.Parallel()
	at := []float64{1, 2, 3, 4, 8, 16, 32}
	for _, want := range []USL{
		{Lambda: 1000, R2: 1},
		{Lambda: 1000, Sigma: 0.05, R2: 1},
		{Lambda: 4000, Sigma: 0.1, Kappa: 0.002, R2: 1},
		{Lambda: 10, Sigma: 1, R2: 1}, // one at a time
	} {
		var rates []float64
		for _, n := range at {
			rates = append(rates, want.At(n))
		}
		got, err := FitUSL(at, rates)
		if err != nil {
			t.Fatal(err)
		}
		for i, pair := range [][2]float64{{got.Lambda, want.Lambda}, {got.Sigma, want.Sigma}, {got.Kappa, want.Kappa}} {
			if math.Abs(pair[0]-pair[1]) > 1e-6*max(want.Lambda, 1) {
				t.Errorf("coefficient %d: %+v, want %+v", i, got, want)
			}
		}
	}
	// More than linear: contention below zero is none.
	got, err := FitUSL([]float64{1, 2, 4}, []float64{100, 210, 430})
	if err != nil || got.Sigma != 0 || got.Kappa != 0 || got.Lambda < 100 || got.Lambda > 108 {
		t.Errorf("%+v, %v", got, err)
	}
	if peak := (USL{Lambda: 1, Sigma: 0.19, Kappa: 0.01}).Peak(); math.Abs(peak-9) > 1e-9 {
		t.Errorf("the peak is at %v", peak)
	}
	if text := (USL{Lambda: 10, Kappa: 0.01}).String(); !strings.Contains(text, "highest at n = 10") {
		t.Error(text)
	}
	for _, bad := range [][2][]float64{{{1, 2}, {1, 2}}, {{1, 2, 3}, {1, 2}}, {{1, 2, 3}, {1, 0, 3}}, {{2, 2, 2}, {5, 5, 5}}} {
		if law, err := FitUSL(bad[0], bad[1]); err == nil {
			t.Errorf("%v: %v", bad, law)
		}
	}
}
