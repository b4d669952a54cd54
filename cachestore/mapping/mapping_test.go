package mapping

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func mapped(t *testing.T, content string) (m *Mapping, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if m, err = Map(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m, path
}

func TestHold(t *testing.T) {
	t.Parallel()
	m, _ := mapped(t, "content")
	var got string
	if err := m.Hold(func(data []byte) error {
		got = string(data)
		return nil
	}); err != nil || got != "content" {
		t.Errorf("read %q, %v", got, err)
	}
	want := errors.New("of the reader")
	if err := m.Hold(func([]byte) error { return want }); !errors.Is(err, want) {
		t.Errorf("error %v, want that of the reader", err)
	}
}

// A page that is gone is a *Fault that tells its place.
func TestGuardReturnsFaultOfItsMapping(t *testing.T) {
	t.Parallel()
	page := os.Getpagesize()
	m, path := mapped(t, strings.Repeat("x", 3*page))
	other, _ := mapped(t, "other")
	if err := os.Truncate(path, int64(page)); err != nil {
		t.Skipf("a mapped file cannot be truncated here: %v", err)
	}
	touch := func(at int) func() error {
		return func() error {
			return m.Hold(func(data []byte) error { _ = string(data[at : at+1]); return nil })
		}
	}
	var fault *Fault
	if err := m.Guard(touch(2*page + 5)); !errors.As(err, &fault) || fault.Offset/int64(page) != 2 {
		t.Errorf("error %v, want a fault in the third page", err)
	}
	if err := m.Guard(touch(0)); err != nil {
		t.Errorf("the page that is still there: %v", err)
	}
	if p := panicOf(func() { _ = other.Guard(func() error { return touch(page)() }) }); p == nil {
		t.Error("the guard of another mapping has recovered it")
	}
}

// Append copies what is there, and says why it cannot.
func TestAppend(t *testing.T) {
	t.Parallel()
	m, path := mapped(t, strings.Repeat("x", 2*os.Getpagesize())+"end")
	size := 2*os.Getpagesize() + 3
	if b, err := m.Append([]byte("the "), int64(size-3), 3); err != nil || string(b) != "the end" {
		t.Errorf("%q, %v", b, err)
	}
	for _, place := range [][2]int{{-1, 1}, {0, -1}, {size, 1}, {size + 1, 0}, {1, size}} {
		if b, err := m.Append(nil, int64(place[0]), place[1]); !errors.Is(err, io.ErrUnexpectedEOF) || b != nil {
			t.Errorf("%d bytes at %d: %q, %v", place[1], place[0], b, err)
		}
	}
	if err := os.Truncate(path, 1); err != nil {
		t.Skipf("a mapped file cannot be truncated here: %v", err)
	}
	if b, err := m.Append([]byte("kept"), int64(size-3), 3); !errors.As(err, new(*Fault)) || string(b) != "kept" {
		t.Errorf("a page that is gone: %q, %v", b, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Append(nil, 0, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

// A bug is no fault of a file: its panic passes.
func TestGuardPassesOtherPanics(t *testing.T) {
	t.Parallel()
	m, _ := mapped(t, "content")
	var none []byte
	var nobody *struct{ field int }
	for what, f := range map[string]func() error{
		"index out of range": func() error { _ = none[len(none)]; return nil },
		"nil":                func() error { _ = nobody.field; return nil },
		"value":              func() error { panic("mine") },
	} {
		p := panicOf(func() { _ = m.Guard(f) })
		if _, ok := p.(runtime.Error); !ok && p != "mine" {
			t.Errorf("%s: recovered %v outside", what, p)
		}
	}
}

func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// Close waits for the reader; whoever comes later is told.
func TestClose(t *testing.T) {
	t.Parallel()
	m, _ := mapped(t, "content")
	reading, closed := make(chan struct{}), make(chan struct{})
	go func() {
		<-reading
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		close(closed)
	}()
	if err := m.Hold(func(data []byte) error {
		close(reading)
		for range 1000 {
			if string(data) != "content" {
				return errors.New("unmapped under a reader")
			}
		}
		select {
		case <-closed:
			return errors.New("closed under a reader")
		default:
			return nil
		}
	}); err != nil {
		t.Error(err)
	}
	<-closed
	if err := m.Hold(func([]byte) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestMapNothing(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "empty"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := Map(file); err == nil {
		t.Error("an empty file is mapped")
	}
}
