package watcher

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// fakeMounts are what a test says is mounted.
type fakeMounts struct {
	mu  sync.Mutex
	all []mount
}

func (f *fakeMounts) list([]string) []mount {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all)
}

func (f *fakeMounts) close() {}

// set mounts remote file systems, and no others.
func (f *fakeMounts) set(dirs ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = []mount{{path: string(filepath.Separator), kind: "ext4"}}
	for _, dir := range dirs {
		f.all = append(f.all, mount{path: dir, kind: "nfs4", remote: true})
	}
}

// isRemoteStatus tells whether a status says that a remote file system is polled, and why.
func isRemoteStatus(s RootStatus, watched, polled int) bool {
	return s.State == Polling && errors.As(s.Reason, new(remoteError)) && s.Watched == watched && s.Polled == polled
}

// statusOf returns the status of a root.
func (r *recorder) statusOf(root string) RootStatus {
	r.t.Helper()
	for _, s := range r.w.Status() {
		if s.Path == root {
			return s
		}
	}
	return RootStatus{}
}

// No events come of what another machine changes. So remote file systems are polled, whether a root lies on one or one
// is mounted below a root, and the status says so.
func TestRemoteFileSystemsArePolled(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	base := tempDir(t)
	local, far, net := filepath.Join(base, "local"), filepath.Join(base, "local", "d", "far"), filepath.Join(base, "net")
	root := filepath.Join(net, "a", "root")
	inFar, inNet, inLocal := filepath.Join(far, "e", "f"), filepath.Join(root, "e", "f"), filepath.Join(local, "e", "f")
	for _, file := range []string{inFar, inNet, inLocal} {
		write(t, file, "1")
	}
	mounts := &fakeMounts{}
	mounts.set(far, net)
	r := start(t, Options{PollInterval: time.Millisecond, pollShare: 2, mounts: mounts}, local, root)
	r.until("the status says what is polled", func() bool {
		return isRemoteStatus(r.statusOf(local), 3, 2) && isRemoteStatus(r.statusOf(root), 0, 2)
	})
	for range 3 {
		for _, file := range []string{inFar, inNet, inLocal} {
			r.forget()
			write(t, file, time.Now().String())
			r.untilCovered(file)
			remove(t, filepath.Dir(file))
			r.forget()
			write(t, file, "1")
			r.untilCovered(file)
		}
	}
	must(t, r.w.Remove(root))
	r.until("the root is removed", func() bool { return len(r.w.Status()) == 1 })
	must(t, r.w.Add(far))
	r.until("what is mounted is a root of its own", func() bool {
		return isRemoteStatus(r.statusOf(far), 0, 2) && r.statusOf(local).State == Watching
	})
	r.forget()
	write(t, inFar, "22")
	r.untilCovered(inFar)
}

// What is mounted and unmounted below a root, or on one, is noticed, and what was at the directory before.
func TestMountsComeAndGo(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	root := tempDir(t)
	far, skipped := filepath.Join(root, "d", "far"), filepath.Join(root, "skipped", "far")
	file := filepath.Join(far, "e", "f")
	write(t, file, "1")
	write(t, filepath.Join(skipped, "f"), "1")
	mounts := &fakeMounts{}
	skip := func(dir string) bool { return filepath.Base(dir) == "skipped" }
	r := start(t, Options{PollInterval: time.Millisecond, pollShare: 2, mounts: mounts, Skip: skip}, root)
	changes := func(text string) {
		t.Helper()
		r.forget()
		write(t, file, text)
		r.untilCovered(file)
		r.forget()
	}
	mounts.set(far, skipped)
	r.until("what is mounted is polled", func() bool { return isRemoteStatus(r.statusOf(root), 2, 2) && r.covered(far) })
	changes("mounted")
	mounts.set(skipped)
	r.until("what is unmounted is watched", func() bool {
		s := r.statusOf(root)
		return s.State == Watching && s.Watched == 4 && s.Polled == 0 && s.Reason == nil && r.covered(far)
	})
	changes("unmounted")
	mounts.set(root)
	r.until("the root is polled", func() bool { return isRemoteStatus(r.statusOf(root), 0, 4) && r.covered(root) })
	changes("below all")
	mounts.set()
	r.until("the root is watched", func() bool { return r.statusOf(root).State == Watching && r.covered(root) })
	changes("as before")
}

// A remote file system that does not answer holds up what is below it and nothing else, neither the end.
func TestRemoteFileSystemThatHangs(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	base := tempDir(t)
	root, other := filepath.Join(base, "root"), filepath.Join(base, "other")
	far := filepath.Join(root, "far")
	mkdir(t, filepath.Join(far, "away"))
	mkdir(t, other)
	mounts := &fakeMounts{}
	mounts.set(far)
	back := make(chan struct{})
	skip := func(dir string) bool {
		if filepath.Base(dir) == "away" {
			<-back
		}
		return false
	}
	w, err := New([]string{root, other}, Options{mounts: mounts, Skip: skip})
	must(t, err)
	r := &recorder{t: t, w: w}
	r.until("the status says that it hangs", func() bool { return errors.Is(r.statusOf(root).Reason, errHangs) })
	if s := r.statusOf(other); s.State != Watching || s.Reason != nil {
		t.Errorf("the other root has the status %+v", s)
	}
	for _, dir := range []string{root, other} {
		write(t, filepath.Join(dir, "new", "f"), "1")
		r.untilExactly(filepath.Join(dir, "new"))
		r.quiet(filepath.Join(dir, "new"))
	}
	must(t, w.Remove(other))
	must(t, w.Add(other))
	r.untilExactly(other)
	must(t, w.Close())
	close(back)
	for _, remote := range w.remotes.by {
		<-remote.watcher.closed
	}
}

// The deepest mount decides, and of two at one path the last.
func TestMountOf(t *testing.T) {
	t.Parallel()
	slash := filepath.FromSlash
	all := []mount{
		{path: slash("/"), kind: "ext4"}, {path: slash("/net"), kind: "nfs4", remote: true}, {path: slash("/net/disk"), kind: "xfs"},
		{path: slash("/twice"), kind: "cifs", remote: true}, {path: slash("/twice"), kind: "tmpfs"},
	}
	for path, want := range map[string]string{
		"/": "ext4", "/a/b": "ext4", "/network": "ext4", "/net": "nfs4", "/net/a": "nfs4", "/net/disk/a": "xfs", "/twice/a": "tmpfs",
	} {
		if got := mountOf(all, slash(path)); got.kind != want {
			t.Errorf("%s lies on %+v, want %s", path, got, want)
		}
	}
	if got := mountOf(nil, slash("/a")); got != (mount{}) {
		t.Errorf("where nothing is known, a path lies on %+v", got)
	}
}
