//go:build unix

package workspace

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// The budget of an answer covers reading and hashing. After many large files were rewritten, a search takes about as
// long as the budget, and the files come later. Once ctx has ended nothing is read.
func TestSearchReadsWithinItsBudget(t *testing.T) {
	t.Parallel()
	const count = 128
	text := func(name string) string {
		return "package p\n\nfunc " + name + "() {}\n/*" + strings.Repeat("x", 1<<20) + "*/\n"
	}
	files := make(map[string]string)
	for i := range count {
		files[fmt.Sprintf("f%03d.go", i)] = text("Old")
	}
	dir := makeTree(t, files)
	e := newEngine(t, contents.Config{})
	w := running(t, e, dir)
	for name := range files {
		write(t, filepath.Join(dir, name), text("New"))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if matches, err := w.Search(ended, index.Query{Text: "O"}); err == nil {
		t.Errorf("%d results after the end of the context", len(matches))
	}
	w.answerBudget = answerBudget
	began := time.Now()
	matches, err := w.Search(t.Context(), index.Query{Text: "Old"})
	took := time.Since(began)
	if err != nil || len(matches) > 0 {
		t.Errorf("%d symbols are found that are gone, %v", len(matches), err)
	}
	// Reading all takes 15 times the budget on a fast machine. This bound is for a busy one.
	if took > 8*answerBudget {
		t.Errorf("the search took %v", took)
	}
	settle(t, w)
	w.answerBudget = patience
	if got := found(t, w, dir, "New"); len(got) != count {
		t.Errorf("%d of %d files are known when all were looked at", len(got), count)
	}
}

// A directory that became a link between two scans is not followed, neither by an answer nor by a look at one of its
// files. The file outside is neither in the answer nor in the store.
func TestDirectoryThatBecameLinkIsNotFollowed(t *testing.T) {
	t.Parallel()
	outside := makeTree(t, map[string]string{"a.go": goFile("Outside")})
	dir := makeTree(t, map[string]string{"sub/a.go": goFile("Inside"), "b.go": goFile("B")})
	e := newEngine(t, contents.Config{})
	w := running(t, e, dir)
	parsed := e.Parsed()
	if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(t.TempDir(), "moved")); err != nil {
		t.Fatal(err)
	}
	symlink(t, outside, filepath.Join(dir, "sub"))
	if diff := cmp.Diff([]string{"b.go B"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := w.look(t.Context(), bindings.Reading{Path: filepath.Join(dir, "sub/a.go"), Version: w.clock.Next(), Listed: true}, w.engine.Parse); err != nil {
		t.Error(err)
	}
	settle(t, w)
	if n := e.Parsed() - parsed; n > 0 || e.Lookup(keyOf(t, e, goFile("Outside"))) != nil {
		t.Errorf("%d contents from outside were parsed", n)
	}
}

// While a disk does not answer, files on others are in answers, a search does not wait for it, and its directory is
// named. Once it answers, its files are in answers again.
func TestHangingDirectoryHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"away/a.go": goFile("Away"), "away/b.go": goFile("Away"), "here/b.go": goFile("Here")})
	e := newEngine(t, contents.Config{})
	w := running(t, e, dir)
	w.answerBudget = 500 * time.Millisecond
	back := make(chan struct{})
	var asked atomic.Int32
	w.hasStat = func(path string, stat index.Stat) bool {
		if strings.Contains(path, "away") {
			asked.Add(1)
			<-back
		}
		return hasStat(path, stat)
	}
	for range 20 {
		if diff := cmp.Diff([]string{"here/b.go Here"}, found(t, w, dir, "")); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "away")}, w.Hanging()); diff != "" {
		t.Errorf("hanging (-want +got):\n%s", diff)
	}
	// Once it is known that it does not answer it is not asked.
	before := asked.Load()
	found(t, w, dir, "")
	if after := asked.Load(); after != before {
		t.Errorf("%d files were asked about", after-before)
	}
	close(back)
	eventually(t, func() bool { return len(w.Hanging()) == 0 && len(found(t, w, dir, "")) == 3 })
}
