package answers

import (
	"fmt"
	"testing"
)

// Hints are handed over each once; that there were more than can be kept is reported.
func TestHints(t *testing.T) {
	t.Parallel()
	h := newHints()
	var passed []string
	more := 0
	pass := func() {
		h.pass(func(paths ...string) {
			passed = append(passed, paths...)
			if isClosed(h.done()) {
				t.Error("done while some are passed on")
			}
		}, func() { more++ })
	}
	h.add(nil)
	if pass(); !isClosed(h.done()) {
		t.Error("nothing is not done")
	}
	h.add([]string{"/a"})
	h.add([]string{"/a"})
	if isClosed(h.done()) {
		t.Error("done before any was passed on")
	}
	if pass(); len(passed) != 1 || more != 0 || !isClosed(h.done()) {
		t.Errorf("passed %q, %d times more", passed, more)
	}
	for i := range maxHints + 2 {
		h.add([]string{fmt.Sprint("/", i)})
		if len(h.paths) > maxHints {
			t.Fatalf("%d are kept", len(h.paths))
		}
	}
	if isClosed(h.done()) {
		t.Error("done before more were told of")
	}
	if pass(); more != 1 || !isClosed(h.done()) {
		t.Errorf("%d times more", more)
	}
}
