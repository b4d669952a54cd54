package lsp

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Size is a number of bytes. In JSON it is a text with a unit, "2 MiB"; a plain number is read
// as bytes, as settings had it before.
type Size int64

// sizePattern is what a Size may look like, for this package and for the JSON schema.
const sizePattern = `^\s*[0-9]+(\.[0-9]+)?\s*([KkMm]([Ii]?[Bb])?|[Bb])?\s*$`

var sizeSyntax = regexp.MustCompile(sizePattern)

// String returns the size in the largest unit in which it is a whole number: "1536 B", "2 MiB".
func (s Size) String() string {
	n, unit := int64(s), "B"
	for _, larger := range []string{"KiB", "MiB"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, larger
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// MarshalJSON returns String.
func (s Size) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads "2 MiB", "1.5M" or 2097152.
func (s *Size) UnmarshalJSON(text []byte) error {
	var said any
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	switch said := said.(type) {
	case float64:
		if said != math.Trunc(said) || math.Abs(said) > 1<<53 {
			return fmt.Errorf("%s is not a number of bytes", text)
		}
		*s = Size(said)
	case string:
		size, err := parseSize(said)
		if err != nil {
			return err
		}
		*s = size
	default:
		return fmt.Errorf(`%s is not a size such as "2 MiB"`, text)
	}
	return nil
}

// parseSize reads a number with B, KiB or MiB after it, of which K, KB, M and MB mean the same.
func parseSize(text string) (Size, error) {
	digits := strings.TrimRight(strings.TrimSpace(text), "KkMmIiBb \t")
	n, err := strconv.ParseFloat(digits, 64)
	if !sizeSyntax.MatchString(text) || err != nil || n > 1<<53 {
		return 0, fmt.Errorf(`%q is not a size such as "2 MiB"`, text)
	}
	switch {
	case strings.ContainsAny(text, "Kk"):
		n *= 1 << 10
	case strings.ContainsAny(text, "Mm"):
		n *= 1 << 20
	}
	return Size(n), nil
}
