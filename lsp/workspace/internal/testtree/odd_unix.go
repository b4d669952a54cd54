//go:build unix

package testtree

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// InTime runs what must not hang.
func InTime(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(Patience):
		t.Fatalf("%s hangs", what)
	}
}

// TempDir is t.TempDir without links in its name, and short enough for a socket.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Odd makes, at a path, each thing that is no regular file.
func Odd() map[string]func(path string) error {
	return map[string]func(path string) error{
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
}

// MakeOdd makes one of Odd, unless it needs rights that we lack.
func MakeOdd(t testing.TB, kind, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	err := Odd()[kind](path)
	if errors.Is(err, syscall.EPERM) || kind == "socket" && errors.Is(err, syscall.EINVAL) {
		t.Skip(err) // a device needs root; the name of a socket is short
	}
	if err != nil {
		t.Fatal(err)
	}
}
