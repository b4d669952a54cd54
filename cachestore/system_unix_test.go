//go:build unix

package cachestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func addSystemRoles(roles map[string]func([]string) error) {
	roles["base"] = baseRole
	roles["open"] = openRole
	roles["nowhere"] = nowhereRole
	roles["umask"] = umaskRole
	addMountRoles(roles)
}

// umaskRole does everything that makes a file, under a umask: ROOT UMASK (octal).
func umaskRole(args []string) error {
	mask, err := strconv.ParseInt(args[1], 8, 32)
	if err != nil {
		return err
	}
	syscall.Umask(int(mask))
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	_, _, computeErr := s.Compute(context.Background(), keyOf(1), valueFunc(keyOf(1)))
	_, packErr := s.PutPack(recordsOf(2, 4))
	_, indexErr := s.Workspace(testWorkspace()).Publish(writeTestIndex(1))
	unlock, _, lockErr := s.Workspace(testWorkspace()).Lock(context.Background())
	if lockErr == nil {
		unlock()
	}
	return errors.Join(computeErr, packErr, remove(s, keyOf(3)), indexErr, lockErr)
}

// Directories are 0700 and files 0600, whatever the umask. Pitfall S17: a default umask, and links that are followed in
// a shared root.
func TestModesWhateverTheUmask(t *testing.T) {
	t.Parallel()
	for _, mask := range []string{"000", "022", "077", "777"} {
		t.Run(mask, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "deep", "cache")
			startChild(t, "umask", root, mask).finish()
			files := filesUnder(t, filepath.Dir(root))
			delete(files, ".")
			for path, mode := range files {
				want := fileMode
				if mode.IsDir() {
					want = fs.ModeDir | dirMode
				}
				if path == "." {
					continue
				}
				if mode != want {
					t.Errorf("%s is %v, want %v", path, mode, want)
				}
			}
			if len(files) < 16 {
				t.Errorf("only %d files: %v", len(files), files)
			}
		})
	}
}

// In a shared root a namespace that is a symbolic link, or another user's, is refused; one that others may write to is
// closed to that. Pitfall S17: a default umask, and links that are followed in a shared root.
func TestNamespaceOfAnotherIsRefused(t *testing.T) {
	t.Parallel()
	open := func(root string) error {
		s, err := Open(root, Options{Namespace: "me"})
		if err == nil {
			_ = s.Close()
		}
		return err
	}
	for _, link := range []string{"v2", "v2/me"} {
		root, elsewhere := t.TempDir(), t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, link)), dirMode); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
		if err := open(root); err == nil || !strings.Contains(err.Error(), "refusing") {
			t.Errorf("Open with a link at %s: %v", link, err)
		}
		if names, err := os.ReadDir(elsewhere); err != nil || len(names) > 0 {
			t.Errorf("Open followed the link: %v, %v", names, err)
		}
	}
	root := t.TempDir()
	if err := open(root); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "v2", "me")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := open(root); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("an open namespace has mode %v, %v", info.Mode(), err)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := open(root); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("Open of another user's namespace: %v", err)
	}
}

// A root that is open to others lets each make a namespace, and none rename another's; one that holds other
// things already is not marked as a cache.
func TestSharedRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.Chmod(root, 0o777); err != nil {
		t.Fatal(err)
	}
	overwrite(t, filepath.Join(root, "letter"), []byte("dear"))
	s := openAt(t, root, Options{})
	info, err := os.Stat(s.layout.version)
	if err != nil {
		t.Fatal(err)
	}
	if want := fs.ModeDir | fs.ModeSticky | 0o777; info.Mode() != want {
		t.Errorf("v2 has mode %v, want %v", info.Mode(), want)
	}
	if exists(filepath.Join(root, "CACHEDIR.TAG")) {
		t.Error("a directory with other things in it was marked as a cache")
	}
}

// The lock of a suspended holder is not broken; who waits for it goes ahead without it after the timeout. Pitfall S6: a
// lock is broken though its holder is only suspended.
func TestLockOfSuspendedHolderIsNotBroken(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{LockTimeout: 100 * time.Millisecond})
	holder := startChild(t, "hold", s.layout.root)
	holder.line()
	if err := holder.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	k := keyIn(0, 1)
	began := time.Now()
	value, computed, err := s.Compute(t.Context(), k, valueFunc(k))
	if err != nil || !computed || len(value) == 0 {
		t.Fatalf("Compute = %d bytes, %v, %v", len(value), computed, err)
	}
	if waited := time.Since(began); waited < 100*time.Millisecond {
		t.Errorf("waited only %v", waited)
	}
	if _, ok, err := s.TryLockShards([]byte{0}); ok || err != nil {
		t.Errorf("the lock of a suspended holder was broken: %v, %v", ok, err)
	}
	if err := holder.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	holder.finish()
	if _, ok, err := s.TryLockShards([]byte{0}); !ok || err != nil {
		t.Errorf("TryLockShards after the holder's release = %v, %v", ok, err)
	}
}

// A base that belongs to another user is read where its modes allow it, and is no error where they do not;
// doctor says what mends it.
func TestBaseOfAnother(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can play two users")
	}
	builder := newStore(t)
	mustPutPack(t, builder, recordsOf(0, 10))
	root := builder.layout.root
	own := t.TempDir()
	if err := os.Chmod(filepath.Dir(own), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(own, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode fs.FileMode
		want string
	}{{0o755, "hit\n"}, {0o700, "absent\nbase closed\n"}} {
		err := filepath.WalkDir(filepath.Dir(root), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chmod(path, c.mode)
		})
		if err != nil {
			t.Fatal(err)
		}
		// Its owner looks into it, which leaves it as it is.
		again := openAt(t, root, Options{})
		wantKept(t, again, 0, 10, true)
		mustVerify(t, again, false)
		mustGC(t, again, GCOptions{DryRun: true})
		if info, err := os.Stat(builder.Dir()); err != nil || info.Mode().Perm() != c.mode {
			t.Errorf("of a namespace with mode %v, looking made one with %v, %v", c.mode, info.Mode(), err)
		}
		if got := startChild(t, "base", own, root).finish(); got != c.want {
			t.Errorf("a base with modes %v: %s, want %s", c.mode, got, c.want)
		}
	}
}

// baseRole becomes another user, gets a key, says how, and what mends the base: ROOT BASE.
func baseRole(args []string) error {
	if err := errors.Join(syscall.Setgid(12345), syscall.Setuid(12345)); err != nil {
		return err
	}
	s, err := Open(args[0], Options{Base: args[1:]})
	if err != nil {
		return err
	}
	_, err = s.Get(keyOf(1))
	switch {
	case err == nil:
		say("hit")
	case errors.Is(err, errAbsent):
		say("absent")
	default:
		return err
	}
	d, err := Diagnose(args[0], Options{Base: args[1:]}, 0)
	for _, p := range d.Problems {
		if p.Path == args[1] {
			say("%s", p.Code)
		}
	}
	return err
}

// Opening a pipe waits for its other end. One in the place of a file of the cache holds up nobody: the others are
// found, and its own place says what is wrong.
func TestPipesInTheCacheHoldUpNobody(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(1, 3))
	dir, name := filepath.Split(s.layout.entryPath(keyOf(9)))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(dir, name), filepath.Join(s.layout.packs, strings.Repeat("a", 64)+packSuffix),
	} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := openAt(t, s.layout.root, Options{})
	if _, err := again.Get(keyOf(1)); err != nil {
		t.Errorf("beside a pipe: %v", err)
	}
	if _, err := again.Get(keyOf(9)); err == nil || errors.Is(err, ErrMiss) {
		t.Errorf("the entry that is a pipe: %v", err)
	}
	if _, err := again.Stats(); !errors.Is(err, errNotRegular) {
		t.Errorf("stats: %v", err)
	}
}

// A process that starts another one shares its open files with it for a moment. A lock that is let go is free also
// then.
func TestLockIsFreeWhileAChildHasItsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open()
	if ok, err := lockNow(f, false); !ok || err != nil {
		t.Fatal(ok, err)
	}
	shared, err := syscall.Dup(int(f.Fd())) // the same open file, as fork makes it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(shared) }()
	if err := letGo(f); err != nil {
		t.Fatal(err)
	}
	other := open()
	defer other.Close()
	if ok, err := lockNow(other, false); !ok || err != nil {
		t.Errorf("the lock is not free: %v, %v", ok, err)
	}
}
