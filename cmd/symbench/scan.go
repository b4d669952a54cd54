package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/symcache/symcache/cmd/symbench/internal/report"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

const peakNote = "memory is the peak of the largest process, and no less than symbench's own peak (see README.md)"

// warmReport is the part of "symcache warm --json" that is looked at.
type warmReport struct {
	Files  int64 `json:"files"`
	Parsed int64 `json:"parsed"`
	Bytes  int64 `json:"bytes"`
}

// symcacheWarm runs "symcache warm" of a program with a cache directory.
func symcacheWarm(ctx context.Context, program, cache, dir string) (system.Usage, warmReport, error) {
	var r warmReport
	usage, out, err := system.Run(system.Command(ctx, dir, nil, program, "warm", "--json", "--cache-dir", cache, dir))
	if err == nil {
		err = decode(out, &r)
	}
	return usage, r, err
}

// program is a symcache that takes part.
type program struct{ name, path string }

// programs returns each symcache that takes part, the one to measure first.
func (b *bench) programs() []program {
	list := []program{{"symcache", b.symcache}}
	if b.before != "" {
		list = append(list, program{"symcache before", b.before})
	}
	return list
}

// warm asks: how long does the first visit of a tree take?
func (b *bench) warm(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "cold warm-up", Tree: t.name,
		Columns: []report.Column{
			{Name: "time", Unit: report.Seconds, Compared: true}, {Name: "rate", Unit: report.ByteRate},
			{Name: "files", Unit: report.Count}, {Name: "memory", Unit: report.Bytes}, {Name: "disk", Unit: report.Bytes},
		},
	}
	// Once, untimed: all contestants find the source in memory.
	var totals tree.Totals
	if _, err := child(ctx, &totals, "hash", t.dir); err != nil {
		return nil, err
	}
	table.Note("each on the files it knows; the source is in memory (page cache); %s", peakNote)
	var contestants []contestant
	for _, p := range b.programs() {
		contestants = append(contestants, contestant{
			name: p.name + " warm", command: b.shown(p.path, "warm", "--cache-dir", "EMPTY", t.dir),
			run: func(ctx context.Context, cache string) (figures, error) {
				usage, r, err := symcacheWarm(ctx, p.path, cache, t.dir)
				if err != nil {
					return nil, err
				}
				disk, err := system.DiskUsage(cache)
				f := base(usage)
				f["disk"] = float64(disk)
				return withTotals(f, tree.Totals{Files: r.Files, Bytes: r.Bytes}), err
			},
		})
	}
	if path := b.peers["ctags"]; path != "" {
		// Headers are C for symcache. Sorting is left out: symcache has nothing like it.
		args := []string{"--totals=yes", "--languages=Go,Python,JavaScript,TypeScript,C", "--map-C++=-.h", "--map-C=+.h",
			"--sort=no", "-f", "tags", "-R", t.dir}
		contestants = append(contestants, contestant{
			name: "ctags", command: b.shown(append([]string{path}, args...)...),
			run: func(ctx context.Context, dir string) (figures, error) {
				var printed bytes.Buffer
				cmd := system.Command(ctx, dir, nil, path, args...)
				cmd.Stderr = &printed
				usage, _, err := system.Run(cmd)
				if err != nil {
					return nil, err
				}
				totals, err := ctagsTotals(printed.Bytes())
				return withTotals(base(usage), totals), err
			},
		})
	} else {
		table.Note("ctags is not installed, left out")
	}
	contestants = append(contestants, b.bare("bare walk, read, BLAKE3", "hash", t))
	return table, b.compare(ctx, table, contestants)
}

// unchanged asks: how long does it take to see that nothing has changed?
func (b *bench) unchanged(ctx context.Context, t namedTree) (*report.Table, error) {
	table := &report.Table{
		Question: "unchanged tree", Tree: t.name,
		Columns: []report.Column{
			{Name: "time", Unit: report.Seconds, Compared: true}, {Name: "files", Unit: report.Count},
			{Name: "memory", Unit: report.Bytes},
		},
	}
	var contestants []contestant
	for _, p := range b.programs() {
		cache, err := b.dir("cache-*")
		if err != nil {
			return nil, err
		}
		defer b.remove(cache)
		if _, _, err := symcacheWarm(ctx, p.path, cache, t.dir); err != nil {
			return nil, err
		}
		contestants = append(contestants, contestant{
			name: p.name + " warm, again", command: b.shown(p.path, "warm", "--cache-dir", "WARM", t.dir),
			run: func(ctx context.Context, _ string) (figures, error) {
				usage, r, err := symcacheWarm(ctx, p.path, cache, t.dir)
				if err == nil && r.Parsed > 0 {
					err = fmt.Errorf("%d files of an unchanged tree were parsed", r.Parsed)
				}
				f := base(usage)
				f["files"] = float64(r.Files)
				return f, err
			},
		})
	}
	if git := b.peers["git"]; git != "" {
		repository, err := b.dir("git-*")
		if err != nil {
			return nil, err
		}
		defer b.remove(repository)
		status, err := b.gitStatus(ctx, git, repository, t)
		if err != nil {
			return nil, err
		}
		contestants = append(contestants, status)
	} else {
		table.Note("git is not installed, left out")
	}
	contestants = append(contestants, b.bare("bare lstat walk", "lstat", t))
	table.Note("git status looks at all files of the tree; %s", peakNote)
	return table, b.compare(ctx, table, contestants)
}

// gitStatus makes a repository of a tree, beside it, and returns "git status" in it.
func (b *bench) gitStatus(ctx context.Context, git, repository string, t namedTree) (contestant, error) {
	env := []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"} // the user's own settings measure nothing
	args := []string{"--git-dir=" + repository, "--work-tree=" + t.dir}
	// The repository is not to last: neither synced nor compressed.
	setup := append([]string{"-c", "core.fsync=none", "-c", "core.looseCompression=0", "-c", "gc.auto=0",
		"-c", "user.name=symbench", "-c", "user.email=symbench@localhost"}, args...)
	for _, command := range [][]string{{"init", "-q"}, {"add", "-A"}, {"commit", "-q", "-m", "tree"}, {"status", "--porcelain"}} {
		if _, _, err := system.Run(system.Command(ctx, t.dir, env, git, append(setup, command...)...)); err != nil {
			return contestant{}, fmt.Errorf("make a git repository: %w", err)
		}
	}
	args = append(args, "status", "--porcelain")
	return contestant{
		name: "git status", command: b.shown(append([]string{git}, args...)...),
		run: func(ctx context.Context, _ string) (figures, error) {
			usage, out, err := system.Run(system.Command(ctx, t.dir, env, git, args...))
			if err == nil && len(out) > 0 {
				err = fmt.Errorf("the tree has changed: %.100s", out)
			}
			return base(usage), err
		},
	}, nil
}

// bare is one of this program's own walks.
func (b *bench) bare(name, what string, t namedTree) contestant {
	return contestant{
		name: name, command: b.shown("symbench", childCommand, what, t.dir),
		run: func(ctx context.Context, _ string) (figures, error) {
			var totals tree.Totals
			usage, err := child(ctx, &totals, what, t.dir)
			return withTotals(base(usage), totals), err
		},
	}
}

// withTotals adds what was gone through.
func withTotals(f figures, totals tree.Totals) figures {
	f["files"] = float64(totals.Files)
	f["rate"] = float64(totals.Bytes) / f["time"]
	return f
}

// ctagsTotals reads "1794 files, 861294 lines (30922 kB) scanned in 0.7 seconds".
func ctagsTotals(out []byte) (tree.Totals, error) {
	match := regexp.MustCompile(`(\d+) files, \d+ lines \((\d+) kB\) scanned`).FindSubmatch(out)
	if match == nil {
		return tree.Totals{}, fmt.Errorf("ctags printed no totals: %.100q", out)
	}
	files, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		return tree.Totals{}, err
	}
	kilobytes, err := strconv.ParseInt(string(match[2]), 10, 64)
	return tree.Totals{Files: files, Bytes: kilobytes * 1024}, err
}
