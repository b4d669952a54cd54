package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
)

// fewWatches is the limit of inotify watches below which large trees cannot be
// watched beside an editor that watches too. It is per user; a watch is one directory,
// and the Linux kernel has 6,000.
const fewWatches = 32_768

func (a *app) doctor() *cobra.Command {
	var limits limitFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what keeps the cache from working well",
		Long: `Doctor looks at the place of your cache: owners and modes, the file system and its free space, locks and
their holders, other versions, base caches, and the system's limits. Each finding has a remedy: a
command that can be run as it is ("fix" in JSON), or an advice in words ("advice"). Doctor makes,
changes and removes nothing.

Exit codes: 0 the cache works, 1 it does not, 2 wrong usage.`,
		Example: `  symcache doctor
  symcache doctor --json | jq -r '.problems[].fix | select(. != "")'`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runDoctor(&limits) },
	}
	limits.addSize(cmd.Flags())
	a.addJSON(cmd)
	return cmd
}

// doctorJSON is the contract of doctor --json.
type doctorJSON struct {
	Root       string        `json:"root"`
	Dir        string        `json:"dir"`
	Exists     bool          `json:"exists"`
	FileSystem string        `json:"file_system"`
	Network    bool          `json:"network"`
	Free       int64         `json:"free"` // bytes; -1 when the system does not tell
	Locks      bool          `json:"locks"`
	Watches    int           `json:"watches"` // the limit; -1 when there is none
	Holders    []holderJSON  `json:"holders"`
	Bases      []baseJSON    `json:"bases"` // of $SYMCACHE_BASE
	Problems   []problemJSON `json:"problems"`
}

type holderJSON struct {
	Lock string `json:"lock"`
	By   string `json:"by"`
}

type baseJSON struct {
	Path    string `json:"path"`
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Usable  bool   `json:"usable"`
}

type problemJSON struct {
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Fix      string `json:"fix"`    // a command; empty when there is none
	Advice   string `json:"advice"` // in words, without one
}

func (a *app) runDoctor(limits *limitFlags) error {
	root, err := a.root()
	if err != nil {
		return withRemedy(err)
	}
	opts, err := a.storeOptions(a.logger())
	if err != nil {
		return err
	}
	d, err := cachestore.Diagnose(root, opts, limits.options().MaxSize)
	if err != nil {
		return fmt.Errorf("look at the cache: %w", err)
	}
	watches := watchLimit()
	problems := []problemJSON{}
	for _, p := range d.Problems {
		text, by := describeProblem(&d, p, limits.options().MaxSize)
		problems = append(problems, problemJSON{string(p.Severity), text, by.fix, by.advice})
		if p.Severity == cachestore.SeverityError {
			err = &exitError{code: exitFailed}
		}
	}
	if watches >= 0 && watches < fewWatches {
		problems = append(problems, problemJSON{
			Severity: string(cachestore.SeverityWarning),
			Text:     fmt.Sprintf("only %s directories can be watched by all your programs together", formatCount(watches)),
			Fix:      "sudo sysctl fs.inotify.max_user_watches=524288",
		})
	}
	printDiagnosis := a.printDiagnosis
	if a.json {
		printDiagnosis = a.printDiagnosisJSON
	}
	if printErr := printDiagnosis(d, watches, problems); printErr != nil {
		return printErr
	}
	return err
}

func (a *app) printDiagnosisJSON(d cachestore.Diagnosis, watches int, problems []problemJSON) error {
	out := doctorJSON{
		Root: d.Root, Dir: d.Dir, Exists: d.Exists, FileSystem: d.FileSystem, Network: d.Network, Free: d.Free,
		Locks: d.Locks, Watches: watches, Holders: []holderJSON{}, Bases: []baseJSON{}, Problems: problems,
	}
	for _, h := range d.Holders {
		out.Holders = append(out.Holders, holderJSON(h))
	}
	for _, base := range d.Bases {
		out.Bases = append(out.Bases, baseJSON(base))
	}
	return a.printJSON(out)
}

func (a *app) printDiagnosis(d cachestore.Diagnosis, watches int, problems []problemJSON) error {
	var b strings.Builder
	state := "not made yet"
	if d.Exists {
		state = summaries(d.Stats.Entries, d.Stats.Workspaces, d.Stats.Bytes)
	}
	fmt.Fprintf(&b, "cache      %s: %s\n", printable(d.Dir), state)
	for _, base := range d.Bases {
		if base.Usable {
			fmt.Fprintf(&b, "base       %s: %s, %s\n", printable(base.Path), count(base.Entries, "summary"), formatBytes(base.Bytes))
		}
	}
	if d.FileSystem != "" {
		fmt.Fprintf(&b, "on         %s, %s free\n", d.FileSystem, formatBytes(d.Free))
	}
	if watches >= 0 {
		fmt.Fprintf(&b, "watches    %s\n", formatCount(watches))
	}
	for _, h := range d.Holders {
		fmt.Fprintf(&b, "lock       %s is held by %s\n", h.Lock, printable(h.By))
	}
	for _, p := range problems {
		mend := printable(cmp.Or(p.Fix, p.Advice))
		fmt.Fprintf(&b, "%-10s %s\n           mend it: %s\n", p.Severity, printable(p.Text), mend)
	}
	if len(problems) == 0 {
		b.WriteString("all is well\n")
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// watchLimit returns how many directories may be watched, or -1 where there is no such
// limit. Only Linux has inotify; Wine shows a /proc, too.
func watchLimit() int {
	if runtime.GOOS != "linux" {
		return -1
	}
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches")
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return -1
	}
	return n
}
