package symbols

import (
	"errors"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
)

// Each place at which the parser had to recover counts once, however much text is
// around it.
func TestStatusCountsSyntaxErrors(t *testing.T) {
	t.Parallel()
	runner, err := newRunner()
	if errors.Is(err, treesitter.ErrNoCgo) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, text string
		want       int
	}{
		{"none", "package p\nfunc f() {}\n", 0},
		{"an invented token", "package p\nfunc f() { g( }\n", 1},
		{"a stray token", "package p\nfunc f() {}\n)\nfunc g() {}\n", 1},
		{"two stray tokens", "package p\n)\nfunc f() {}\n)\nfunc g() {}\n", 2},
		{"none after some", "package p\n", 0},
	} {
		o, err := newOutliner(byExtension(t, "x.go"))
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		err = runner.run(t.Context(), o, []byte(test.text), runLimits,
			func(_ []capture, status status) { got = status.Errors })
		if err != nil {
			t.Fatal(err)
		}
		if got != test.want {
			t.Errorf("%s: %d errors, want %d", test.name, got, test.want)
		}
	}
}

// Recovering from errors is paid for. The parser tells of none, so they are known by an
// allocation that each makes (ERROR_SIZE in memory.c). A library that allocates
// otherwise must not go unnoticed.
func TestErrorsArePaidFor(t *testing.T) {
	t.Parallel()
	runner, err := newRunner()
	if errors.Is(err, treesitter.ErrNoCgo) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	limits := runLimits
	limits.ErrorTicks = limits.ParseTicks / 10
	for line, want := range map[string]bool{"var x = 1\n": false, "var x = )\n": true} {
		o, err := newOutliner(byExtension(t, "x.go"))
		if err != nil {
			t.Fatal(err)
		}
		err = runner.run(t.Context(), o, []byte("package p\n"+strings.Repeat(line, 100)), limits,
			func(_ []capture, status status) {
				if status.Truncated != want {
					t.Errorf("100 times %q: truncated %v, want %v", line, status.Truncated, want)
				}
			})
		if err != nil {
			t.Fatal(err)
		}
	}
}
