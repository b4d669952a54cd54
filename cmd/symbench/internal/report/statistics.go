package report

import (
	"math"
	"slices"
)

// Median returns the middle of the samples, or the mean of the two middle ones;
// NaN for none.
func Median(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	n := len(sorted)
	switch {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return sorted[n/2]
	default:
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
}

// Percentile returns the smallest sample that at least p percent of the samples do
// not exceed (the nearest rank, so it is a value that was seen); NaN for none.
func Percentile(samples []float64, p float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Ratio returns how many times base the samples are. Samples of as many rounds are
// compared round by round, and the median of these ratios is taken: what slows a
// whole machine for a while slows both halves of a round, and cancels out.
// Otherwise it is the ratio of the medians. NaN where there is nothing to compare.
func Ratio(samples, base []float64) float64 {
	if len(samples) != len(base) {
		return quotient(Median(samples), Median(base))
	}
	ratios := make([]float64, 0, len(samples))
	for i, s := range samples {
		ratios = append(ratios, quotient(s, base[i]))
	}
	return Median(ratios)
}

func quotient(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}
