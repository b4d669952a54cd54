package workspace

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
	"github.com/symcache/symcache/watcher"
)

// watchStatus is that of a root.
func watchStatus(w *Workspace, root string) watcher.RootStatus {
	for _, s := range w.WatchStatus() {
		if s.Path == root {
			return s
		}
	}
	return watcher.RootStatus{}
}

// No event comes of what changes on the other side of a file system such as FUSE. It is found all the same, in a root that
// lies on one and in one that is mounted below a root, and the status says why it takes longer.
func TestChangesOfRemoteFileSystemsAreFound(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"local/a.go": goFile("A"), "local/net/": ""})
		local := filepath.Join(dir, "local")
		net := filepath.Join(local, "net")
		control.Mount(t, net, map[string]string{"b.go": goFile("B"), "in/c.go": goFile("C")})
		for _, root := range []string{local, filepath.Join(net, "in")} {
			w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), root)
			run(t, w)
			watch(t, w)
			scanAll(t, w)
			eventually(t, func() bool {
				s := watchStatus(w, root)
				return s.State == watcher.Polling && s.Reason != nil && strings.HasPrefix(s.Reason.Error(), "fuse ") && s.Polled > 0
			})
			control.Write(t, map[string]string{"in/c.go": goFile("D"), "in/new/e.go": goFile("E")})
			changed := func(name string) bool { return strings.Contains(strings.Join(found(t, w, root, name), ","), name) }
			eventually(t, func() bool { return changed("D") && changed("E") && !changed("C") })
			control.Write(t, map[string]string{"in/c.go": goFile("C")})
			eventually(t, func() bool { return changed("C") && !changed("D") })
		}
	})
}

// The watcher waits for no file system that does not answer: changes below other roots, and beside it in the same root,
// are found, and the watcher ends. Once it answers, its changes are found.
func TestWatchBesideAFileSystemThatHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"one/a.go": goFile("A"), "one/net/": "", "two/b.go": goFile("B")})
		one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
		control.Mount(t, filepath.Join(one, "net"), map[string]string{"away/c.go": goFile("C"), "away/deep/d.go": goFile("D")})
		w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), one, two)
		run(t, w)
		watch(t, w)
		scanAll(t, w)
		eventually(t, func() bool { return watchStatus(w, one).Polled == 3 })
		control.Hang(t, "away")
		eventually(t, func() bool {
			s := watchStatus(w, one)
			return s.Reason != nil && strings.Contains(s.Reason.Error(), "does not answer")
		})
		write(t, filepath.Join(one, "new/e.go"), goFile("E"))
		write(t, filepath.Join(two, "new/f.go"), goFile("F"))
		known := func(path string) bool {
			_, ok := w.tree(path).Known(path)
			return ok
		}
		eventually(t, func() bool { return known(filepath.Join(one, "new/e.go")) && known(filepath.Join(two, "new/f.go")) })
		if s := watchStatus(w, two); s.State != watcher.Watching || s.Reason != nil {
			t.Errorf("the root that answers has the status %+v", s)
		}
		control.Write(t, map[string]string{"away/c.go": goFile("New")})
		control.Hang(t, "")
		eventually(t, func() bool { return len(found(t, w, dir, "New")) == 1 })
		control.Hang(t, "away") // until the watcher has ended
		eventually(t, func() bool { return watchStatus(w, one).Reason != nil })
	})
}
