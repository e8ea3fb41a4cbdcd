package bench

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// USL is the Universal Scalability Law (N. J. Gunther, Guerrilla Capacity Planning, 2007),
// fitted to rates: with n at once the rate is
//
//	X(n) = Lambda * n / (1 + Sigma*(n-1) + Kappa*n*(n-1))
type USL struct {
	Lambda float64 `json:"lambda"` // tasks a second with one
	Sigma  float64 `json:"sigma"`  // contention: the share of the work that only one can do at a time
	Kappa  float64 `json:"kappa"`  // coherence: what each costs each other one
	R2     float64 `json:"r2"`     // how much of the rates' variance it explains, 1 is all
}

// FitUSL fits the law to rates by least squares. Divided by itself it is a polynomial,
//
//	n/X = 1/Lambda + Sigma/Lambda*(n-1) + Kappa/Lambda*n*(n-1)
//
// so that no start value and no iteration is needed. Each equation is weighted by X/n, lest small rates
// count more. A coefficient that comes out negative, which no law of contention has, is
// taken as zero and the rest fitted without it. At least three points are needed.
func FitUSL(n, rates []float64) (USL, error) {
	if len(n) != len(rates) || len(n) < 3 {
		return USL{}, errors.New("bench: a scalability law needs three points or more")
	}
	for i := range n {
		if n[i] <= 0 || rates[i] <= 0 {
			return USL{}, fmt.Errorf("bench: a scalability law has no point at %v, %v", n[i], rates[i])
		}
	}
	terms := []func(n float64) float64{
		func(float64) float64 { return 1 },
		func(n float64) float64 { return n - 1 },
		func(n float64) float64 { return n * (n - 1) },
	}
	kept := []int{0, 1, 2}
	var found [3]float64
	for {
		a, b := mat.NewDense(len(n), len(kept), nil), mat.NewVecDense(len(n), nil)
		for i := range n {
			weight := rates[i] / n[i]
			for j, term := range kept {
				a.Set(i, j, weight*terms[term](n[i]))
			}
			b.SetVec(i, 1)
		}
		var x mat.VecDense
		if err := x.SolveVec(a, b); err != nil {
			return USL{}, fmt.Errorf("bench: the points do not determine a scalability law: %w", err)
		}
		found = [3]float64{}
		worst := -1
		for j, term := range kept {
			found[term] = x.AtVec(j)
			if term > 0 && found[term] < 0 && (worst < 0 || found[term] < found[kept[worst]]) {
				worst = j
			}
		}
		if worst < 0 {
			break
		}
		kept = append(kept[:worst:worst], kept[worst+1:]...)
	}
	if found[0] <= 0 {
		return USL{}, errors.New("bench: the points do not follow the scalability law: they grow faster than linearly")
	}
	law := USL{Lambda: 1 / found[0], Sigma: found[1] / found[0], Kappa: found[2] / found[0]}
	mean, unexplained, variance := 0.0, 0.0, 0.0
	for _, x := range rates {
		mean += x / float64(len(rates))
	}
	for i, x := range rates {
		unexplained += math.Pow(x-law.At(n[i]), 2)
		variance += math.Pow(x-mean, 2)
	}
	if law.R2 = 1; variance > 0 {
		law.R2 = 1 - unexplained/variance
	}
	return law, nil
}

// At returns the rate with n at once.
func (u USL) At(n float64) float64 {
	return u.Lambda * n / (1 + u.Sigma*(n-1) + u.Kappa*n*(n-1))
}

// Peak returns with how many at once the rate is highest: +Inf without coherence costs.
func (u USL) Peak() float64 {
	if u.Kappa == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(max(1-u.Sigma, 0) / u.Kappa)
}

func (u USL) String() string {
	text := fmt.Sprintf("X(n) = %.0f n / (1 + %.3g (n-1) + %.3g n (n-1)), R² %.3f", u.Lambda, u.Sigma, u.Kappa, u.R2)
	if peak := u.Peak(); !math.IsInf(peak, 1) {
		text += fmt.Sprintf(", highest at n = %.0f", max(peak, 1))
	}
	return text
}
