package ignore

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

// slow is a time that no bounded work here takes on the slowest machine. Without
// bounds it is minutes.
const slow = 200 * time.Millisecond

// hostile are texts of ignore files that cost time or memory where only their size is
// bounded.
func hostile() map[string]string {
	lasts := new(strings.Builder)
	for c := byte('!'); c < 0x7f; c++ {
		fmt.Fprintf(lasts, "q%c\n", c)
	}
	const mega = 1 << 20
	repeat := func(line string) string { return strings.Repeat(line, mega/len(line)) }
	return map[string]string{
		"tiny patterns and all endings":  lasts.String() + repeat("?\n"),
		"stars":                          repeat("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab\n"),
		"stars that end as the name":     repeat("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b*a\n"),
		"directories":                    repeat(strings.Repeat("**/", 100) + "a/*a*a*b/?\n"),
		"long globs":                     repeat(strings.Repeat("*a", MaxGlob/2-2) + "b?\n"),
		"one glob":                       repeat("*a"),
		"sets":                           repeat("*[" + strings.Repeat("a-z", 300) + "]?b?\n"),
		"sets without an end":            repeat("?" + strings.Repeat("[a", 500) + "\n"),
		"classes":                        repeat("*" + strings.Repeat("[[:alpha:]]", 80) + "?b\n"),
		"many that are tied to the root": repeat("/*/*/*/*/*/*/*a*b?\n"),
	}
}

// A hostile ignore file takes memory in proportion to its size, and a look at a name
// takes bounded time.
func TestHostilePatternsAreBounded(t *testing.T) { // not parallel: it measures
	long := strings.Repeat("a", 255)
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			base, err := Defaults(nil)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			d, cut := base.With([]byte(text), new(Source))
			runtime.ReadMemStats(&after)
			if used := int64(after.TotalAlloc - before.TotalAlloc); used > 16<<20 {
				t.Errorf("%d MiB were allocated for an ignore file of 1 MiB", used>>20)
			}
			if lines := strings.Count(text, "\n"); lines > MaxPatterns && cut == nil {
				t.Errorf("%d patterns and no word of what is cut", lines)
			}
			for range 15 {
				d = d.Enter(long)
			}
			best := slow // of three: the machine may have other work
			for range 3 {
				began := time.Now()
				d.Ignored(long, true)
				best = min(best, time.Since(began))
			}
			if best >= slow {
				t.Errorf("a look at one name took %v", slow)
			}
		})
	}
}

// The patterns of all directories above count together: else each level of a deep
// tree adds as many.
func TestPatternsOfAllDirectoriesAreBoundedTogether(t *testing.T) {
	t.Parallel()
	d, err := Defaults([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.Repeat("a?\n", MaxPatterns/4))
	var cut error
	for range 5 {
		if d, err = d.Enter("d").With(text, new(Source)); err != nil {
			cut = err
		}
	}
	if d.count != MaxPatterns || cut == nil || !strings.Contains(cut.Error(), "2500 lines") {
		t.Errorf("%d patterns hold; cut: %v", d.count, cut)
	}
	if !d.Ignored("x", false) {
		t.Error("the defaults do not hold any more")
	}
}

// Defaults, which come from settings, are bounded and say what is cut, too.
func TestDefaultsAreBounded(t *testing.T) {
	t.Parallel()
	patterns := make([]string, MaxPatterns+7)
	for i := range patterns {
		patterns[i] = fmt.Sprintf("x%d", i)
	}
	patterns[0] = strings.Repeat("y", MaxGlob+1)
	d, err := Defaults(patterns)
	if err == nil || !strings.Contains(err.Error(), "the last 6 lines") || !strings.Contains(err.Error(), "1 patterns") {
		t.Errorf("cut: %v", err)
	}
	if !d.Ignored("x1", false) || d.Ignored(fmt.Sprintf("x%d", len(patterns)-1), false) {
		t.Error("not the first patterns hold")
	}
}

// A name that costs too much is not ignored, which is an error.
func TestMatchGivesUp(t *testing.T) {
	t.Parallel()
	top, err := Defaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := top.With([]byte("a*\n"+strings.Repeat("*"+strings.Repeat("a?*", 100)+"b?\n", 1000)), new(Source))
	if err != nil {
		t.Fatal(err)
	}
	if by, err := d.Match(strings.Repeat("a", 255), false); by != nil || !errors.Is(err, ErrTooMuchWork) {
		t.Errorf("ignored by %v, %v", by, err)
	}
	if by, err := d.Match("ab", false); by == nil || err != nil {
		t.Errorf("another name is ignored by %v, %v", by, err)
	}
}

// latestFirst yields what a look through all patterns would, in that order.
func TestLatestFirstIsComplete(t *testing.T) {
	t.Parallel()
	check := func(lines []string, name string) bool {
		r := newRuleSet(parse(strings.Join(lines, "\n"), MaxPatterns).patterns)
		var got []*pattern
		patterns := r.latestFirst(name)
		for p := patterns.next(); p != nil; p = patterns.next() {
			got = append(got, p)
		}
		for i := len(r.patterns) - 1; i >= 0; i-- {
			p := &r.patterns[i]
			if p.last != 0 && (name == "" || p.last != name[len(name)-1]) {
				continue
			}
			if len(got) == 0 || got[0] != p {
				return false
			}
			got = got[1:]
		}
		return len(got) == 0
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

// FuzzIgnore: whatever the text and the name, a look takes bounded steps and memory.
func FuzzIgnore(f *testing.F) {
	f.Add([]byte("a/**/[!b-c]*\n[[:alpha:]-z]\n"), "a/x/y", uint16(1))
	for _, text := range hostile() {
		f.Add([]byte(text[:1<<10]), strings.Repeat("a", 100), uint16(1000))
	}
	f.Fuzz(func(t *testing.T, text []byte, path string, times uint16) {
		base, err := Defaults(nil)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := base.With(bytes.Repeat(append(text, '\n'), 1+int(times)%1000), new(Source)) // ignore error: the rest holds
		if d.count > MaxPatterns {
			t.Errorf("%d patterns", d.count)
		}
		names := strings.Split(path, "/")
		for _, name := range names[:min(len(names), 256)] {
			if len(name) > 255 {
				return
			}
			d.Ignored(name, true)
			for at := d; at != nil; at = at.parent {
				for i := range at.rules.patterns {
					steps := maxSteps
					at.rules.patterns[i].matches(name, true, &steps)
					if steps < -2*MaxGlob-len(name) {
						t.Errorf("%d steps too many", -steps)
					}
				}
			}
			d = d.Enter(name)
		}
	})
}
