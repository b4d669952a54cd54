package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
)

// storedSummaries returns what a cache has of the one tree that it was warmed with.
func storedSummaries(t *testing.T, cache string) (records []cachestore.Record) {
	t.Helper()
	store, err := cachestore.Open(cache, cachestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	found, err := filepath.Glob(filepath.Join(store.Dir(), "workspaces", "*", "*.index"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d indexes, %v", len(found), err)
	}
	index, err := os.Open(found[0])
	if err != nil {
		t.Fatal(err)
	}
	err = bindings.IndexKeys(index, func(k cachestore.Key) {
		value, err := store.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, cachestore.Record{Key: k, Value: value})
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// newCache makes a cache of some records.
func newCache(t *testing.T, records ...cachestore.Record) (dir string) {
	t.Helper()
	dir = newDir(t)
	store, err := cachestore.Open(dir, cachestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.PutPack(records); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A summary that differs from what parsing gives is named with its file, and with the base cache that has it. A repair
// removes it from one's own cache, and says that the base must be made again.
func TestVerifyNamesWrongSummaries(t *testing.T) {
	t.Parallel()
	tree, warmed := newDir(t), newDir(t)
	a, b := filepath.Join(tree, "a.go"), filepath.Join(tree, "b.go")
	write(t, a, "package a\n\nfunc A() {}\n")
	write(t, b, "package b\n\nfunc B() {}\n")
	mustRun(t, command(t, warmed, "warm", tree))
	records := storedSummaries(t, warmed) // in the order of paths
	wrong := func(i int) cachestore.Record {
		return cachestore.Record{Key: records[i].Key, Value: records[1-i].Value}
	}
	own, base := newCache(t, wrong(0), records[1]), newCache(t, wrong(0), wrong(1))
	verify := func(args ...string) *exec.Cmd {
		cmd := command(t, own, append([]string{"verify", "--recompute", tree}, args...)...)
		cmd.Env = append(cmd.Env, "SYMCACHE_BASE="+base)
		return cmd
	}
	for _, repair := range []bool{false, true} {
		var args []string
		note, remedy := "", "1 summaries differ from what parsing gives: remove them with --repair"
		if repair {
			args = []string{"--repair"}
			note, remedy = " (removed)", "2 summaries in base caches differ from what parsing gives: make these base caches again"
		}
		r := runCommand(t, verify(args...))
		if r.code != exitFailed || !strings.Contains(r.stderr, remedy) {
			t.Errorf("repair %v: code %d, %s", repair, r.code, r.stderr)
		}
		if !strings.Contains(r.stdout, a+": its summary differs from what parsing gives"+note+"\n") {
			t.Errorf("repair %v does not name the own summary:\n%s", repair, r.stdout)
		}
		for _, path := range []string{a, b} {
			if !strings.Contains(r.stdout, path+": its summary in the base cache "+base) {
				t.Errorf("repair %v does not name the base of %s:\n%s", repair, path, r.stdout)
			}
		}
	}
	// Nothing of one's own differs now.
	if r := runCommand(t, verify("--json")); r.code != exitFailed || strings.Contains(r.stdout, "its summary differs") ||
		strings.Count(r.stdout, "its summary in the base cache "+base) != 2 {
		t.Errorf("after a repair: code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	mustRun(t, command(t, own, "verify", "--recompute", tree))
}
