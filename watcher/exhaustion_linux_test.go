package watcher

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// namespaceEnv tells the test binary that it runs in a user namespace of its own,
// where it may set limits that hold for nobody else.
const namespaceEnv = "WATCHER_TEST_NAMESPACE"

// inNamespace runs the calling test again, in a user namespace and a mount
// namespace of its own and with that user id there, and tells whether this is that
// run. User 0 may set limits and mount; another may nothing that its files forbid.
func inNamespace(t *testing.T, uid int) bool {
	t.Helper()
	if os.Getenv(namespaceEnv) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), namespaceEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getuid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.Fatalf("in a user namespace: %v\n%s", err, out)
	case err != nil:
		t.Skipf("no user namespaces here: %v", err)
	}
	t.Logf("%s", out)
	return false
}

// setLimit sets a limit of the namespace.
func setLimit(t *testing.T, name string, n int) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/user/"+name, []byte(fmt.Sprint(n)), 0); err != nil {
		t.Skipf("limits of a user namespace cannot be set here: %v", err)
	}
}

// W6: the kernel itself refuses watches, and gives them later.
func TestKernelRefusesWatches(t *testing.T) {
	t.Parallel()
	if !inNamespace(t, 0) {
		return
	}
	setLimit(t, "max_inotify_watches", 5)
	testKernelRefuses(t, syscall.ENOSPC, 5, func() { setLimit(t, "max_inotify_watches", 1000) })
}

// W6: the kernel refuses the instance that all watches need.
func TestKernelRefusesInstance(t *testing.T) {
	t.Parallel()
	if !inNamespace(t, 0) {
		return
	}
	setLimit(t, "max_inotify_instances", 0)
	testKernelRefuses(t, syscall.EMFILE, 0, func() { setLimit(t, "max_inotify_instances", 10) })
}

// W6: no descriptor is left, neither for watching nor for looking, and then there are some.
func TestNoDescriptorsAreLeft(t *testing.T) {
	t.Parallel()
	if !inNamespace(t, 0) { // a process of its own, since the limit is the process's
		return
	}
	var old syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old))
	root := tempDir(t)
	for i := range 10 {
		write(t, filepath.Join(root, fmt.Sprint(i), "f"), "1")
	}
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: old.Max}))
	w, err := New([]string{root}, Options{PollInterval: time.Millisecond, retry: 10 * time.Millisecond})
	must(t, err)
	defer w.Close()
	r := &recorder{t: t, w: w}
	r.untilCovered(root)
	if s := r.status(); s.State != Polling || !errors.Is(s.Reason, syscall.EMFILE) {
		t.Errorf("the status is %+v", s)
	}
	r.forget()
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old))
	// What could not be seen before is reported now, and what changes from now on.
	r.untilCovered(filepath.Join(root, "5", "f"))
	m := newModel(root)
	r.follow(m, func() {
		write(t, filepath.Join(root, "5", "f"), "22")
		write(t, filepath.Join(root, "new", "f"), "1")
	})
	r.follow(m, func() { rename(t, filepath.Join(root, "5"), filepath.Join(root, "55")) })
}

func testKernelRefuses(t *testing.T, want error, watches int, relax func()) {
	root := tempDir(t)
	var files []string
	for i := range 10 {
		files = append(files, filepath.Join(root, fmt.Sprint(i), "f"))
		write(t, files[i], "1")
	}
	r := start(t, Options{PollInterval: time.Millisecond, retry: 10 * time.Millisecond}, root)
	if s := r.status(); s.State != Polling || s.Watched != watches || s.Polled != 11-watches || !errors.Is(s.Reason, want) {
		t.Errorf("the status is %+v", s)
	}
	for _, file := range files {
		write(t, file, "22")
		r.untilCovered(file)
	}
	relax()
	r.until("everything is watched", func() bool {
		r.forget()
		write(t, files[0], time.Now().String())
		return r.status().State == Watching
	})
	if s := r.status(); s.Watched != 11 || s.Polled != 0 || s.Reason != nil {
		t.Errorf("the status is %+v", s)
	}
}

// A directory that cannot be read is tried again, and what is in it then is reported.
func TestUnreadableDirectory(t *testing.T) {
	t.Parallel()
	if !inNamespace(t, 1000) {
		return
	}
	root := tempDir(t)
	dir := filepath.Join(root, "d")
	write(t, filepath.Join(dir, "e", "f"), "1")
	must(t, os.Chmod(dir, 0))
	r := start(t, Options{PollInterval: time.Hour}, root)
	for range 3 {
		if s := r.status(); s.State != Watching || s.Unreadable != 1 {
			t.Errorf("the status is %+v", s)
		}
		must(t, os.Chmod(dir, 0o755))
		r.untilCovered(filepath.Join(dir, "e", "f"))
		r.forget()
		write(t, filepath.Join(dir, "e", "f"), "22")
		r.untilExactly(filepath.Join(dir, "e", "f"))
		r.forget()
		must(t, os.Chmod(dir, 0))
		r.untilExactly(dir)
		r.forget()
	}
	must(t, os.Chmod(dir, 0o755)) // so that it can be removed
}

// A directory that is there twice has one inode, which the kernel watches once.
func TestBindMount(t *testing.T) {
	t.Parallel()
	if !inNamespace(t, 0) {
		return
	}
	root := tempDir(t)
	one, two := filepath.Join(root, "a", "one"), filepath.Join(root, "b", "two")
	mkdir(t, one)
	mkdir(t, two)
	if err := unix.Mount(one, two, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(two, 0) })
	r := start(t, Options{PollInterval: time.Millisecond}, root)
	if s := r.status(); s.Watched != 4 || s.Polled != 1 || !errors.Is(s.Reason, errTwice) {
		t.Errorf("the status is %+v", s)
	}
	for range 3 {
		write(t, filepath.Join(one, "f"), time.Now().String())
		r.untilCovered(filepath.Join(one, "f"), filepath.Join(two, "f"))
		r.forget()
	}
}
