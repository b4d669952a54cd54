package main

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/symcache/symcache/lsp/symbols"
)

// byteSize is a flag for the size of a file, such as "2MiB" or "500000".
type byteSize int64

func (b *byteSize) String() string { return formatBytes(int64(*b)) }

func (b *byteSize) Type() string { return "size" }

func (b *byteSize) Set(text string) error {
	n, err := parseBytes(text)
	if err != nil {
		return err
	}
	if n < 1 || n > symbols.MaxContent {
		return fmt.Errorf("%s is not the size of a source: it is from 1 B to %s", text, formatBytes(symbols.MaxContent))
	}
	*b = byteSize(n)
	return nil
}

// diskSize is a flag such as "2GiB".
type diskSize int64

func (s *diskSize) String() string { return formatBytes(int64(*s)) }

func (s *diskSize) Type() string { return "size" }

func (s *diskSize) Set(text string) error {
	n, err := parseBytes(text)
	if err == nil {
		*s = diskSize(n)
	}
	return err
}

// parseBytes reads a size as people write one: a number, perhaps with a unit. Units are powers of 1024 however they are
// written: k, K, KB and KiB are the same.
func parseBytes(text string) (int64, error) {
	parts := regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) *([kmgt]?)i?b?$`).FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if parts == nil {
		return 0, fmt.Errorf("%q is not a size, such as 500K, 1.5 MiB or 2GB", text)
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	n *= math.Pow(1024, float64(strings.Index(" kmgt", cmp.Or(parts[2], " "))))
	if err != nil || n >= math.MaxInt64 {
		return 0, fmt.Errorf("%s is too large", text)
	}
	return int64(n), nil
}

// days is a flag such as "30d" or "12h".
type days time.Duration

const day = 24 * time.Hour

func (d *days) String() string {
	if age := time.Duration(*d); age%day != 0 {
		return age.String()
	}
	return strconv.FormatInt(int64(time.Duration(*d)/day), 10) + "d"
}

func (d *days) Type() string { return "age" }

// Set reads a number of days, of weeks or of another unit, or a duration as Go writes one.
func (d *days) Set(text string) error {
	units := map[string]time.Duration{"": day, "d": day, "w": 7 * day, "h": time.Hour, "m": time.Minute, "s": time.Second}
	var age time.Duration
	var err error
	if parts := regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) *([wdhms]?)$`).FindStringSubmatch(strings.TrimSpace(text)); parts != nil {
		var n float64
		n, err = strconv.ParseFloat(parts[1], 64)
		if n *= float64(units[parts[2]]); n >= math.MaxInt64 {
			return fmt.Errorf("%s is too long", text)
		}
		age = time.Duration(n)
	} else {
		age, err = time.ParseDuration(text)
	}
	if err != nil || age < 0 {
		return fmt.Errorf("%q is not an age, such as 30d, 2w or 12h; a number alone is one of days", text)
	}
	*d = days(age)
	return nil
}

// formatBytes returns a size as people read it.
func formatBytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	size, unit := float64(n), 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	return strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0") + " " + units[unit]
}

// formatCount returns a number with thousands separated.
func formatCount(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count returns a number with its noun: "1 file", "2,000 files".
func count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	case strings.HasSuffix(noun, "x"):
		noun += "es"
	default:
		noun += "s"
	}
	return formatCount(n) + " " + noun
}

// summaries says how much a cache has: "4,844 summaries of 2 trees, 6.2 MiB".
func summaries(entries, trees int, bytes int64) string {
	return fmt.Sprintf("%s of %s, %s", count(entries, "summary"), count(trees, "tree"), formatBytes(bytes))
}
