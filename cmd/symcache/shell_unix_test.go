//go:build unix

package main

import (
	"os/exec"
	"testing"
)

// A shell takes a quoted path for what it is.
func TestShellQuote(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a/b-c_1.d", "/my data", "/it's", "/a;b&c|d", "/$HOME/`x`/*", "/\\/\"", "/é\n/~"} {
		got, err := exec.Command("sh", "-c", "printf %s "+shellQuote(path)).Output()
		if err != nil || string(got) != path {
			t.Errorf("%q is quoted as %s: %q, %v", path, shellQuote(path), got, err)
		}
	}
	if got := shellQuote("/a/b"); got != "/a/b" {
		t.Errorf("a plain path is quoted: %s", got)
	}
}
