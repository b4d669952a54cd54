package links

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// all returns the links that texts such as "/a/b > /c" name; a "/" at the end is a directory.
func all(texts ...string) (links []Link) {
	for _, text := range texts {
		var from, to string
		if n, err := fmt.Sscanf(text, "%s > %s", &from, &to); n != 2 {
			panic(err)
		}
		dir, isDir := strings.CutSuffix(to, "/")
		if isDir {
			to = cmp.Or(dir, "/")
		}
		links = append(links, Link{Path: filepath.FromSlash(from), Target: filepath.FromSlash(to), IsDir: isDir})
	}
	return links
}

// The roots do not depend on the order in which links were found.
func TestPlanDependsOnNoOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		links []Link
		want  []files.Linked
	}{
		"a directory, twice": {all("/ws/a > /x/", "/ws/b > /x/"), []files.Linked{{Dir: "/x"}}},
		"one within another": {all("/ws/a > /x/y/", "/ws/b > /x/", "/ws/c > /x/z.go"), []files.Linked{{Dir: "/x"}}},
		"files":              {all("/ws/a > /x/b.go", "/ws/b > /x/a.go", "/ws/c > /x/a.go"), []files.Linked{{Dir: "/x", Names: []string{"a.go", "b.go"}}}},
		"in what is linked":  {all("/ws/a > /x/", "/x/l > /y/", "/y/l > /x/", "/y/f > /z/f.go"), []files.Linked{{Dir: "/x"}, {Dir: "/y"}, {Dir: "/z", Names: []string{"f.go"}}}},
		"in what is not":     {all("/x/l > /y/"), nil},
		"into a folder":      {all("/ws/a > /ws/b/", "/ws/c > /other/", "/ws/d > /other/e.go"), nil},
		"around":             {all("/ws/a > /", "/ws/b > /ws/b/", "/ws/c > /x/", "/x/d > /x/"), []files.Linked{{Dir: "/x"}}},
		"beside a folder":    {all("/ws/a > /a.go"), []files.Linked{{Dir: "/", Names: []string{"a.go"}}}},
		"forbidden":          {all("/ws/a > /home/", "/ws/b > /home/f.go"), []files.Linked{{Dir: "/home", Names: []string{"f.go"}}}},
	}
	allowed := func(dir string) error {
		if filepath.ToSlash(dir) == "/home" {
			return errors.New("not allowed")
		}
		return nil
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first []Status
			for range 10 {
				rand.Shuffle(len(test.links), func(i, j int) { test.links[i], test.links[j] = test.links[j], test.links[i] })
				roots, status := Plan([]string{filepath.FromSlash("/ws"), filepath.FromSlash("/other")}, test.links, allowed)
				for i := range roots {
					roots[i].Dir = filepath.ToSlash(roots[i].Dir)
				}
				if diff := gocmp.Diff(test.want, roots); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if first == nil {
					first = status
				}
				if diff := gocmp.Diff(first, status); diff != "" {
					t.Errorf("in another order (-first +now):\n%s", diff)
				}
			}
		})
	}
}

// However many links there are, the roots and the links that are remembered have a bound.
func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	var many []Link
	for i := range MaxLinks + 100 {
		many = append(many, Link{Path: filepath.Join("/ws", fmt.Sprintf("%05d", i)), Target: filepath.Join("/x", fmt.Sprint(i)), IsDir: true})
	}
	var set Set
	if dropped := set.Update([]string{filepath.FromSlash("/ws")}, true, many); dropped != 100 || len(set.All()) != MaxLinks {
		t.Errorf("%d links are dropped and %d kept", dropped, len(set.All()))
	}
	roots, status := Plan([]string{filepath.FromSlash("/ws")}, set.All(), func(string) error { return nil })
	if len(roots) != MaxRoots || len(status) != MaxLinks || status[MaxRoots].Why == "" || status[MaxRoots-1].Why != "" {
		t.Errorf("%d roots; %+v", len(roots), status[MaxRoots-1:MaxRoots+1])
	}
	set.Update([]string{many[0].Path, many[1].Path}, true, many[1:2])
	set.Update([]string{many[2].Path}, false, nil)
	if now := set.All(); len(now) != MaxLinks-1 || now[0] != many[1] || !slices.Contains(now, many[2]) {
		t.Errorf("after a look at three paths there are %d links, from %+v on", len(now), now[0])
	}
}

// Next goes through all links in turn, and begins anew.
func TestNextGoesInTurn(t *testing.T) {
	t.Parallel()
	set := new(Set)
	if got := set.Next(2); got != nil {
		t.Errorf("of none: %v", got)
	}
	set.Update(nil, false, all("/a > /x", "/b > /x", "/c > /x"))
	for _, want := range [][]string{{"/a", "/b"}, {"/c"}, {"/a", "/b"}} {
		var got []string
		for _, path := range set.Next(2) {
			got = append(got, filepath.ToSlash(path))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}
