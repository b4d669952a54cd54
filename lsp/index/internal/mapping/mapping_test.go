package mapping

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open1(t *testing.T, content string) (m *Mapping, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = Open(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m, path
}

func TestRead(t *testing.T) {
	t.Parallel()
	m, _ := open1(t, "content")
	var got string
	if err := m.Read(func(data []byte) error {
		got = string(data)
		return nil
	}); err != nil || got != "content" {
		t.Errorf("read %q, %v", got, err)
	}
	want := errors.New("of the reader")
	if err := m.Read(func([]byte) error { return want }); !errors.Is(err, want) {
		t.Errorf("error %v, want that of the reader", err)
	}
	if err := m.Read(func([]byte) error { Abort(want); return nil }); !errors.Is(err, want) {
		t.Errorf("error %v, want that of Abort", err)
	}
}

// An index out of range, and on Unix a page that is gone, are errors; other panics
// are what they are.
func TestGuard(t *testing.T) { // S23
	t.Parallel()
	var none []byte
	if err := Guard(func() error { _ = none[len(none)]; return nil }); !errors.Is(err, ErrFault) {
		t.Errorf("error %v, want ErrFault", err)
	}
	m, path := open1(t, "content")
	if err := os.Truncate(path, 0); err != nil {
		t.Skipf("a mapped file cannot be truncated here: %v", err)
	}
	if err := m.Read(func(data []byte) error { _ = string(data); return nil }); !errors.Is(err, ErrFault) {
		t.Errorf("error %v, want ErrFault", err)
	}
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v", p)
		}
	}()
	_ = Guard(func() error { panic("mine") })
}

// Close waits for the reader; whoever comes later is told.
func TestClose(t *testing.T) {
	t.Parallel()
	m, _ := open1(t, "content")
	reading, closed := make(chan struct{}), make(chan struct{})
	go func() {
		<-reading
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		close(closed)
	}()
	if err := m.Read(func(data []byte) error {
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
	if err := m.Read(func([]byte) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestOpenNothing(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "empty"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil {
		t.Error("an empty file is mapped")
	}
	if err := file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file was left open: %v", err)
	}
}
