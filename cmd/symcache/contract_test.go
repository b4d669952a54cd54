package main

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp/symbols"
)

// languageModules are the modules of all languages' grammars.
func languageModules() map[string]string {
	modules := make(map[string]string)
	for _, l := range symbols.Languages() {
		modules[l.ID] = l.GrammarModule
	}
	return modules
}

// Every command that we wrote has a text and examples of its own.
func TestHelpHasExamples(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	names := make(map[string]bool)
	for _, c := range root.Commands() {
		names[c.Name()] = true
		if c.Name() == "completion" || c.Name() == "help" {
			continue // cobra's own
		}
		if c.Short == "" || c.Long == "" || !strings.Contains(c.Example, "symcache "+c.Name()) {
			t.Errorf("%s: short %q, long %q, example %q", c.Name(), c.Short, c.Long, c.Example)
		}
	}
	for _, name := range strings.Fields("warm serve query symbols status stats gc verify clear uninstall doctor bug config version man completion") {
		if !names[name] {
			t.Errorf("there is no command %s", name)
		}
	}
}

// The program opens no connection over a network: neither HTTP nor TLS is among its packages, of its own or of modules.
// They would be a quarter of it, too.
func TestProgramHasNoHTTP(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "net") {
		t.Error("the list is not the one of this program")
	}
	for _, unwanted := range []string{"net/http", "crypto/tls"} {
		if slices.Contains(packages, unwanted) {
			t.Errorf("%s is linked", unwanted)
		}
	}
}

// fullDisk is a writer on which nothing fits.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// Help that cannot be printed is a failure, as all other output is.
func TestHelpToFullDisk(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--help", "help", "help warm", "gc --help", "completion", "completion bash", "version"} {
		var messages strings.Builder
		code := run(t.Context(), strings.Fields(args), streams{in: strings.NewReader(""), out: fullDisk{}, err: &messages})
		if code != exitFailed || strings.Count(messages.String(), syscall.ENOSPC.Error()) != 1 {
			t.Errorf("symcache %s: code %d, %s", args, code, messages.String())
		}
	}
}

// The global flags are known to each command, and data has --json.
func TestFlagsOfCommands(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	flags := func(c *cobra.Command, names ...string) {
		for _, name := range names {
			if c.Flag(name) == nil {
				t.Errorf("%s has no flag --%s", c.Name(), name)
			}
		}
	}
	for _, c := range root.Commands() {
		flags(c, "cache-dir", "jobs", "log-level")
		switch c.Name() {
		case "warm", "query", "symbols", "status", "stats", "gc", "verify", "clear", "uninstall", "doctor", "config", "version":
			flags(c, "json")
		case "serve":
			flags(c, "stdio", "pipe", "log-file", "slow", "pprof")
		case "bug":
			flags(c, "output", "log-file")
		}
	}
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]byteSize{
		"1": 1, "500000": 500_000, "10B": 10, "4K": 4 << 10, "4KiB": 4 << 10, "2 MiB": 2 << 20, "32M": 32 << 20, "0": 0, "-1": 0,
		"33MiB": 0, "": 0, "MiB": 0, "1.5MiB": 3 << 19, "4kb": 4 << 10, "0.5K": 512, "1GiB": 0, "99999999999999999999": 0, "1KK": 0, "2147483648K": 0, "1 ": 1,
	} {
		var size byteSize
		err := size.Set(text)
		if (err == nil) != (want > 0) || size != want {
			t.Errorf("Set(%q) = %v, size %d, want %d", text, err, size, want)
		}
	}
}

// Sizes and ages are read as people write them.
func TestDiskSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]diskSize{
		"0": 0, "1": 1, "4K": 4 << 10, "500MiB": 500 << 20, "2 GiB": 2 << 30, "1T": 1 << 40,
		"-1": -1, "": -1, "GiB": -1, "1.5GiB": 3 << 29, "100KB": 100 << 10, "2gib": 2 << 30, "2G": 2 << 30, "1.": -1, "0x10": -1, "9000000000G": -1, "1KK": -1,
	} {
		size := diskSize(-1)
		if err := size.Set(text); (err == nil) != (want >= 0) || size != want {
			t.Errorf("Set(%q) = %v, size %d, want %d", text, err, size, want)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	const invalid = -1
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "1d": 24 * time.Hour, "30d": 720 * time.Hour, "12h": 12 * time.Hour, "90m": 90 * time.Minute,
		"-1d": invalid, "": invalid, "d": invalid, "1.5d": 36 * time.Hour, "30": 720 * time.Hour, "1w": 168 * time.Hour, "2 w": 336 * time.Hour, "1h30m": 90 * time.Minute,
		"999999999d": invalid, "-1h": invalid, "soon": invalid,
	} {
		age := days(invalid)
		if err := age.Set(text); (err == nil) != (want >= 0) || time.Duration(age) != want {
			t.Errorf("Set(%q) = %v, age %v, want %v", text, err, time.Duration(age), want)
		}
	}
	for age, want := range map[days]string{days(720 * time.Hour): "30d", days(time.Hour): "1h0m0s", 0: "0d"} {
		if got := age.String(); got != want {
			t.Errorf("String() = %s, want %s", got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := formatCount(n); got != want {
			t.Errorf("formatCount(%d) = %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 2 << 20: "2 MiB", 1 << 50: "1024 TiB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("formatBytes(%d) = %s", n, got)
		}
	}
}
