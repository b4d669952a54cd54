package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp/symbols"
)

func TestMatchIsPainted(t *testing.T) {
	t.Parallel()
	s := style{color: true}
	mark := func(name, query string) string {
		return strings.NewReplacer("\x1b["+colorMatch+"m", "<", "\x1b[0m", ">").Replace(s.mark(name, query))
	}
	got := make(map[string]string)
	want := map[string]string{
		"Kubelet let": "Kube<let>", "Kubelet.syncPod kubelet.SYNC": "<Kubelet.sync>Pod", "KubeletPod kbp": "<K>u<b>elet<P>od",
		"größe öß": "gr<öß>e", "Kubelet ": "Kubelet", "Kubelet x": "Kubelet",
	}
	for test := range want {
		name, query, _ := strings.Cut(test, " ")
		got[test] = mark(name, query)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Names go to programs byte for byte, and to a terminal without what would control it.
func TestStyle(t *testing.T) {
	t.Parallel()
	const name = "a\x1b[2J\nb\u009bc\xff"
	if got := (style{raw: true}).text(name); got != name {
		t.Errorf("a program gets %q", got)
	}
	if got := (style{}).text(name); strings.ContainsAny(got, "\x1b\n\u009b") {
		t.Errorf("a terminal gets %q", got)
	}
	var out strings.Builder
	a := &app{streams: streams{out: &out}, color: colorAuto}
	if s, err := a.style(); err != nil || s.color || !s.raw {
		t.Errorf("of a pipe: %+v, %v", s, err)
	}
}

// Help fits a terminal of 80 columns, and says what there is.
func TestHelpFitsTerminal(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		help := helpText(c)
		for line := range strings.Lines(help) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > helpWidth {
				t.Errorf("%s: %d columns: %q", c.CommandPath(), utf8.RuneCountInString(line), line)
			}
		}
		for _, internal := range []string{"stringArray", "strings", " string  ", " int  "} {
			if strings.Contains(help, internal) && c.Parent() != nil && c.Parent().Name() != "completion" {
				t.Errorf("%s: the name of a type, %q, is in\n%s", c.CommandPath(), internal, help)
			}
		}
		if has, want := strings.Contains(help, "--jobs"), takesGlobalFlags(c); has != want {
			t.Errorf("%s: global flags: %t, want %t", c.CommandPath(), has, want)
		}
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(root)
}

func TestEachLanguageHasAName(t *testing.T) {
	t.Parallel()
	for _, lang := range symbols.Languages() {
		if names := languageNames(); lang.ID != "c" && strings.Contains(names, lang.ID) {
			t.Errorf("%s has no name for people in %s", lang.ID, names)
		}
	}
}

func TestClosest(t *testing.T) {
	t.Parallel()
	got := make(map[string]string)
	want := map[string]string{
		"wram": "warm", "statz": "stats", "quer": "query", "nosuch": "", "x": "", "SYMBOL": "symbols", "verfy": "verify", "gd": "gc",
	}
	for typed := range want {
		got[typed] = closest(typed, strings.Fields("warm serve query symbols stats gc verify clear version"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPathsThatAreTooLongAreCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("directory/", 800)
	if got := shortPath(long); len(got) > longPath+10 || !strings.HasPrefix(got, "directory/") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}
