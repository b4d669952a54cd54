package workspace

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// Files appear and vanish as settings change while the workspace runs, and watching goes by the
// settings of the moment. Nothing is parsed twice.
func TestConfigureHoldsFromThenOn(t *testing.T) {
	t.Parallel()
	large := goFile("Large") + strings.Repeat("\n", 10_000)
	dir := makeTree(t, map[string]string{
		"ws/a.go": goFile("A"), "ws/gen/b.go": goFile("B"), "ws/sub/c.go": goFile("C"), "ws/large.go": large, "ext/d.go": goFile("D"),
	})
	symlink(t, filepath.FromSlash("../ext"), filepath.Join(dir, "ws/lib"))
	w := watching(t, filepath.Join(t.TempDir(), "cache"), filepath.Join(dir, "ws"))
	all := []string{"ws/a.go A", "ws/gen/b.go B", "ws/large.go Large", "ws/sub/c.go C"}
	finds := func(want []string) {
		t.Helper()
		eventually(t, func() bool { return slices.Equal(found(t, w, dir, ""), want) })
	}
	finds(all)
	parsed := w.Engine().Parsed()
	for _, step := range []struct {
		settings Settings
		size     int64
		want     []string
	}{
		{Settings{Exclude: []string{"gen/"}}, 0, []string{"ws/a.go A", "ws/large.go Large", "ws/sub/c.go C"}},
		{Settings{Include: []string{"sub"}}, 1000, []string{"ws/a.go A", "ws/sub/c.go C"}},
		{Settings{FollowLinks: true}, 0, append([]string{"ext/d.go D"}, all...)},
		{Settings{}, 0, all},
	} {
		w.Configure(step.settings, step.size)
		scanAll(t, w)
		finds(step.want)
		now := w.now()
		w.Configure(step.settings, step.size)
		if w.now() != now {
			t.Errorf("%+v: the same settings change something", step)
		}
	}
	if n := w.Engine().Parsed(); n != parsed+1 {
		t.Errorf("%d contents were parsed, want those at first and ext/d.go: %d", n, parsed+1)
	}
	if size := w.Engine().MaxFileSize(); size != contents.DefaultMaxFileSize {
		t.Errorf("the size is %d", size)
	}
	w.Configure(Settings{Exclude: []string{"gen/"}}, 0)
	scanAll(t, w)
	write(t, filepath.Join(dir, "ws/gen/e.go"), goFile("E"))
	write(t, filepath.Join(dir, "ws/sub/f.go"), goFile("F"))
	finds([]string{"ws/a.go A", "ws/large.go Large", "ws/sub/c.go C", "ws/sub/f.go F"})
	w.Configure(Settings{}, 0)
	scanAll(t, w)
	write(t, filepath.Join(dir, "ws/gen/g.go"), goFile("G"))
	finds([]string{"ws/a.go A", "ws/gen/b.go B", "ws/gen/e.go E", "ws/gen/g.go G", "ws/large.go Large", "ws/sub/c.go C", "ws/sub/f.go F"})
}
