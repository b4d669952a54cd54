package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A bug in code that reads something in memory is told as what it is, with its stack. It says nothing of a file that is
// searched at the same time. Pitfall T6: a panic or an I/O error removes a good index.
func TestPanicIsNoDamage(t *testing.T) {
	t.Parallel()
	ix := NewMemory()
	ix.Set("/a", named("a"))
	file := openFile(t, populatedFile(t, ix))
	for what, layers := range map[string][]Layer{
		"before":  {&failingLayer{}, file},
		"behind":  {file, &failingLayer{}},
		"no view": {(*View)(nil), file},
	} {
		_, err := Search(context.Background(), Query{Text: "a"}, layers...)
		var p *PanicError
		if !errors.As(err, &p) || errors.Is(err, ErrDamaged) || errors.As(err, new(*FileError)) {
			t.Errorf("%s: error %v, want a panic and nothing of a file", what, err)
		} else if what != "no view" && !strings.Contains(string(p.Stack), "failingLayer") {
			t.Errorf("%s: the stack does not tell where:\n%s", what, p.Stack)
		}
		if file.Damaged() {
			t.Fatalf("%s: the file counts as damaged", what)
		}
	}
	if got := find(t, Query{Text: "a"}, file); len(got) != 1 {
		t.Errorf("afterwards %d matches, want 1", len(got))
	}
}

// failingLayer has a bug.
type failingLayer struct{ countingLayer }

func (l *failingLayer) now() layer { return l }

func (l *failingLayer) chunks(*search) []chunk { return make([]chunk, 10) }

func (l *failingLayer) scan(*worker, chunk) {
	var nobody *Document
	_ = nobody.Language
}

// Code that asks for a place that is not there has a bug, as long as the file names no such place. Pitfall T6: a panic
// or an I/O error removes a good index.
func TestPlaceThatCodeInventsIsNoDamage(t *testing.T) {
	t.Parallel()
	ix := NewMemory()
	ix.Set("/a", named("a"))
	file := openFile(t, populatedFile(t, ix))
	for range 2 {
		err := file.read(func() error { file.paths.slice(0, 1<<30); return nil })
		var p *PanicError
		if !errors.As(err, &p) || file.Damaged() || len(p.Stack) == 0 {
			t.Fatalf("error %v, damaged %v, want a panic with a stack", err, file.Damaged())
		}
	}
}

// readFunc is an io.ReaderAt.
type readFunc func(b []byte, at int64) (int, error)

func (f readFunc) ReadAt(b []byte, at int64) (int, error) { return f(b, at) }

// A page of the mapped file that cannot be read says nothing by itself. What counts is what a read of the same place
// says. Pitfall T6: a panic or an I/O error removes a good index. Pitfall S23: a mapped file is truncated and the
// process dies.
func TestFaultAsksRead(t *testing.T) {
	t.Parallel()
	g, ix := newGenerator(4), NewMemory()
	for n := range 3000 { // more than a few blocks
		ix.Set(fmt.Sprintf("/%d.go", n), g.document())
	}
	for _, test := range []struct {
		name   string
		source func(whole []byte, path string) io.ReaderAt // nil: the file itself
		want   error                                       // nil: there is none
	}{
		{"file truncated", nil, ErrDamaged},
		{"disk fails", func([]byte, string) io.ReaderAt {
			return readFunc(func([]byte, int64) (int, error) { return 0, syscall.EIO })
		}, ErrUnreadable},
		{"wrong bytes", func(whole []byte, _ string) io.ReaderAt {
			flipped := bytes.Clone(whole)
			for at := headerSize; at < len(flipped); at += 1000 {
				flipped[at] ^= 1
			}
			return bytes.NewReader(flipped)
		}, ErrDamaged},
		{"only the mapping fails", func(whole []byte, _ string) io.ReaderAt { return bytes.NewReader(whole) }, ErrUnreadable},
		{"the page comes back", func(whole []byte, path string) io.ReaderAt {
			return readFunc(func(b []byte, at int64) (int, error) {
				if err := os.WriteFile(path, whole, 0o600); err != nil { // in place: the mapping has it again
					return 0, err
				}
				return bytes.NewReader(whole).ReadAt(b, at)
			})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := populatedFile(t, ix)
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for what, use := range map[string]func(f *File) error{
				"Search": func(f *File) error {
					_, err := Search(t.Context(), Query{Text: "a"}, f)
					return err
				},
				"Lookup": func(f *File) error {
					_, _, ok, err := f.Lookup("/7.go")
					if err == nil && !ok {
						t.Error("Lookup misses a file")
					}
					return err
				},
				"Each":  func(f *File) error { return f.Each(func(string, Binding) bool { return true }) },
				"Check": (*File).Check,
			} {
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
				file := openFile(t, path)
				if test.source != nil {
					file.source = test.source(whole, path)
				}
				if err := os.Truncate(path, headerSize); err != nil {
					t.Skipf("a mapped file cannot be truncated here: %v", err)
				}
				if test.want == nil && what == "Check" {
					continue // which does not try again
				}
				err := use(file)
				if !errors.Is(err, test.want) || test.want == nil && err != nil {
					t.Errorf("%s: error %v, want %v", what, err, test.want)
				}
				if got, want := file.Damaged(), errors.Is(test.want, ErrDamaged); got != want {
					t.Errorf("%s: damaged %v, want %v", what, got, want)
				}
			}
		})
	}
}
