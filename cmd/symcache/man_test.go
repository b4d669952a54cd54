package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The manual page has every command and flag, says the same on all machines, and is text that roff understands.
func TestManualPage(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	page := manualPage(root)
	plain := strings.NewReplacer(`\-`, "-", `\e`, `\`, `\&`, "").Replace(page)
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			continue
		}
		if !strings.Contains(plain, ".SS symcache "+c.Name()) {
			t.Errorf("nothing of %s", c.Name())
		}
		c.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Name != "help" && !strings.Contains(plain, "\n.B --"+flag.Name) && !strings.Contains(plain, ", --"+flag.Name) {
				t.Errorf("%s: nothing of --%s", c.Name(), flag.Name)
			}
		})
	}
	if strings.Contains(plain, "at once [$SYMCACHE_JOBS] (default 2)") || !strings.Contains(plain, "one for each processor") {
		t.Error("the number of processors here is in the page")
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !strings.ContainsAny(line[1:2], "TSPREB") {
			t.Errorf("not a macro: %q", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		const missing = "there is no groff to print it; install it: apt-get install groff-base"
		if os.Getenv(longEnv) != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tascii", "-P-bcou", "-ww")
	cmd.Stdin = strings.NewReader(page)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil || said.Len() > 0 || !strings.Contains(string(out), "EXIT STATUS") {
		t.Errorf("groff: %v, %s", err, said.String())
	}
}
