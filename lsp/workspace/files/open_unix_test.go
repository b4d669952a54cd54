//go:build unix

package files

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is longer than anything here takes, for tests against hanging.
const patience = 20 * time.Second

// inTime runs what must not hang.
func inTime(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s hangs", what)
	}
}

// tempDir is t.TempDir without links in its name, and short enough for a socket.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// odd makes, at a path, each thing that is no regular file.
var odd = map[string]func(path string) error{
	"fifo":         func(path string) error { return syscall.Mkfifo(path, 0o666) },
	"link to zero": func(path string) error { return os.Symlink("/dev/zero", path) },
	"link to a fifo": func(path string) error {
		if err := syscall.Mkfifo(path+"-fifo", 0o666); err != nil {
			return err
		}
		return os.Symlink(path+"-fifo", path)
	},
	"endless device": func(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|5) },
	"directory":      func(path string) error { return os.Mkdir(path, 0o755) },
	"link loop":      func(path string) error { return os.Symlink(filepath.Base(path), path) },
	"socket": func(path string) error {
		listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err == nil {
			listener.SetUnlinkOnClose(false)
			err = listener.Close()
		}
		return err
	},
}

// makeOdd makes one of odd, unless it needs rights that we lack.
func makeOdd(t *testing.T, kind, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	err := odd[kind](path)
	if errors.Is(err, syscall.EPERM) || kind == "socket" && errors.Is(err, syscall.EINVAL) {
		t.Skip(err) // a device needs root; the name of a socket is short
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What is no regular file is not opened, and nothing waits for it.
func TestOpenRefusesWhatIsNoRegularFile(t *testing.T) {
	t.Parallel()
	for kind := range odd {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			root := tempDir(t)
			path := filepath.Join(root, "x")
			makeOdd(t, kind, path)
			inTime(t, "open", func() {
				if _, _, err := Open(root, path); !errors.Is(err, ErrIrregular) {
					t.Errorf("Open: %v", err)
				}
				f, err := open(root, path, false) // as if it had come after the look at it
				if err == nil {
					_ = f.Close()
				}
				if strings.HasPrefix(kind, "link") && !errors.Is(err, ErrIrregular) {
					t.Errorf("open: %v", err)
				}
				f, err = OpenDir(root, path)
				if (err == nil) != (kind == "directory") {
					t.Errorf("OpenDir: %v", err)
				}
				if err == nil {
					_ = f.Close()
				}
			})
		})
	}
}

// No component below the root may be a link, also where it leads to a place below the
// root. Above the root links are followed.
func TestOpenFollowsNoLinkBelowTheRoot(t *testing.T) {
	t.Parallel()
	top := tempDir(t)
	write(t, filepath.Join(top, "real/root/sub/a"), "inside")
	write(t, filepath.Join(top, "outside/a"), "outside")
	for name, target := range map[string]string{"real/root/in": "sub", "real/root/out": "../../outside", "alias": "real"} {
		if err := os.Symlink(target, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, root := range []string{filepath.Join(top, "real/root"), filepath.Join(top, "alias/root")} {
		if text, err := ReadSmall(root, filepath.Join(root, "sub/a"), 100); err != nil || string(text) != "inside" {
			t.Errorf("%s: %q, %v", root, text, err)
		}
		if f, err := OpenDir(root, root); err != nil {
			t.Error(err)
		} else {
			_ = f.Close()
		}
		for _, name := range []string{"in/a", "out/a", "in", "out"} {
			if _, _, err := Open(root, filepath.Join(root, name)); !errors.Is(err, ErrIrregular) {
				t.Errorf("%s below %s: %v", name, root, err)
			}
		}
		for _, name := range []string{"in", "out"} {
			if f, err := OpenDir(root, filepath.Join(root, name)); err == nil {
				t.Errorf("%s below %s is listed", name, root)
				_ = f.Close()
			}
		}
	}
}

// Systems without openat2 get the same answers.
func TestStepwiseOpenFollowsNoLink(t *testing.T) {
	t.Parallel()
	top := tempDir(t)
	write(t, filepath.Join(top, "sub/deep/a"), "")
	if err := os.Symlink("sub", filepath.Join(top, "in")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"sub/deep/a": nil, "in/deep/a": syscall.ELOOP, "sub/missing/a": syscall.ENOENT, "sub/deep/a/b": syscall.ENOTDIR,
	} {
		fd, err := openStepwise(0, filepath.Join(top, name), syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if err == nil {
			_ = syscall.Close(fd)
		}
	}
}

// A path outside of the root is not opened, however it is spelled.
func TestOpenRefusesPathsOutside(t *testing.T) {
	t.Parallel()
	top := tempDir(t)
	root := filepath.Join(top, "root")
	write(t, filepath.Join(top, "root-2/a"), "")
	write(t, filepath.Join(root, "a"), "")
	for _, path := range []string{filepath.Join(top, "root-2/a"), root + "/../root-2/a", root + "/./a", "a", ""} {
		if _, _, err := Open(root, path); !errors.Is(err, errOutside) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// Whatever stands where a tree has rules, finding them neither hangs nor reads without
// end, and rules are read from other files.
func TestRulesOfHostileTree(t *testing.T) {
	t.Parallel()
	for kind := range odd {
		for _, name := range []string{".git", ".gitignore", "git/commondir", "git/info/exclude", "git/gitdir"} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				root := tempDir(t)
				write(t, filepath.Join(root, ".ignore"), "y\n")
				if strings.HasPrefix(name, "git/") {
					write(t, filepath.Join(root, ".git"), "gitdir: git\n")
				}
				makeOdd(t, kind, filepath.Join(root, name))
				inTime(t, "RulesAt", func() {
					rules, err := RulesAt(root, defaults(t))
					if err != nil || !rules.Ignored("y", false) || rules.Ignored("x", false) {
						t.Errorf("rules: %v", err)
					}
				})
			})
		}
	}
}

// The files by which git's directories point to each other are bounded.
func TestLongGitFileIsNotBelieved(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	write(t, filepath.Join(root, "git/info/exclude"), "x\n")
	write(t, filepath.Join(root, ".git"), "gitdir: "+strings.Repeat("./", maxGitFile)+"git\n")
	rules, err := RulesAt(root, defaults(t))
	if err != nil || rules.Ignored("x", false) {
		t.Errorf("rules: %v", err)
	}
}

// A .git file grants nothing outside of its repository.
func TestGitFileOfOthersIsNotBelieved(t *testing.T) {
	t.Parallel()
	top := tempDir(t)
	write(t, filepath.Join(top, "other/.git/info/exclude"), "secret\n")
	write(t, filepath.Join(top, "other/.git/modules/sub/info/exclude"), "secret\n")
	write(t, filepath.Join(top, "other/sub/.git"), "gitdir: ../.git/modules/sub\n") // a submodule
	write(t, filepath.Join(top, "stranger/.git"), "gitdir: ../other/.git\n")
	write(t, filepath.Join(top, "worktree/.git"), "gitdir: ../other/.git/worktrees/w\n") // a linked working tree
	write(t, filepath.Join(top, "other/.git/worktrees/w/gitdir"), filepath.Join(top, "worktree/.git")+"\n")
	write(t, filepath.Join(top, "thief/.git"), "gitdir: ../other/.git/worktrees/w\n")
	for name, want := range map[string]bool{"other": true, "other/sub": true, "stranger": false, "worktree": true, "thief": false} {
		rules, err := RulesAt(filepath.Join(top, name), defaults(t))
		if err != nil || rules.Ignored("secret", false) != want {
			t.Errorf("%s: exclude file read: %v, %v", name, !want, err)
		}
	}
}
