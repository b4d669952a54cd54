//go:build unix

package door

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// What is no regular file is not opened, and nothing waits for it.
func TestOpenRefusesWhatIsNoRegularFile(t *testing.T) {
	t.Parallel()
	for kind := range testtree.Odd() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			root := testtree.TempDir(t)
			path := filepath.Join(root, "x")
			testtree.MakeOdd(t, kind, path)
			testtree.InTime(t, "open", func() {
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
	top := testtree.TempDir(t)
	testtree.Write(t, filepath.Join(top, "real/root/sub/a"), "inside")
	testtree.Write(t, filepath.Join(top, "outside/a"), "outside")
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
	top := testtree.TempDir(t)
	testtree.Write(t, filepath.Join(top, "sub/deep/a"), "")
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
	top := testtree.TempDir(t)
	root := filepath.Join(top, "root")
	testtree.Write(t, filepath.Join(top, "root-2/a"), "")
	testtree.Write(t, filepath.Join(root, "a"), "")
	for _, path := range []string{filepath.Join(top, "root-2/a"), root + "/../root-2/a", root + "/./a", "a", ""} {
		if _, _, err := Open(root, path); !errors.Is(err, errOutside) {
			t.Errorf("%q: %v", path, err)
		}
	}
}
