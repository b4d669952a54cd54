package report

import (
	"fmt"
	"math"
	"strconv"
)

// Unit is what a column's numbers are; they are kept in the base unit.
type Unit string

// The units.
const (
	Seconds   Unit = "s"
	Bytes     Unit = "B"
	PerSecond Unit = "1/s"
	ByteRate  Unit = "B/s"
	Count     Unit = "1"
	Times     Unit = "x" // of something else
	Share     Unit = "%" // of a whole, from 0 to 1
)

// format returns three significant digits with a prefix that suits the value.
func (u Unit) format(v float64) string {
	switch u {
	case Seconds:
		switch {
		case v == 0:
			return "0 s"
		case v < 1e-3:
			return digits(v*1e6) + " us"
		case v < 1:
			return digits(v*1e3) + " ms"
		default:
			return digits(v) + " s"
		}
	case Bytes:
		return formatBytes(v)
	case ByteRate:
		return digits(v/1e6) + " MB/s"
	case PerSecond:
		return grouped(v) + "/s"
	case Share:
		return strconv.FormatFloat(100*v, 'f', 2, 64) + " %"
	case Times:
		return formatRatio(v)
	default:
		return grouped(v)
	}
}

func formatBytes(v float64) string {
	switch {
	case v < 1e4:
		return digits(v) + " B"
	case v < 1e6:
		return digits(v/1e3) + " kB"
	case v < 1e9:
		return digits(v/1e6) + " MB"
	default:
		return digits(v/1e9) + " GB"
	}
}

// digits returns v with three significant digits, and all digits before the point.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

// grouped returns v as a whole number with commas between thousands.
func grouped(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func formatRatio(r float64) string { return fmt.Sprintf("x%s", digits(r)) }
