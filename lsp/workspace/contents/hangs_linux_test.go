package contents

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// A file that hangs while a scan reads it is lost to the scan, which reads all others.
func TestWorkersLeaveFilesThatHang(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir, err := door.Canonical(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		control.Mount(t, dir, map[string]string{"away/a.go": "package a\n", "b.go": "package b\n", "here/c.go": "package c\n", "here/d.go": "package d\n"})
		control.Hang(t, "away")
		e := NewEngine(Config{})
		paths := make(chan string, 8)
		for _, name := range []string{"away/a.go", "b.go", "here/c.go", "here/d.go", "away/a.go"} {
			paths <- filepath.Join(dir, name)
		}
		close(paths)
		var mu sync.Mutex
		var read, lost []string
		note := func(list *[]string, path string) {
			mu.Lock()
			defer mu.Unlock()
			rel, _ := filepath.Rel(dir, path)
			*list = append(*list, rel)
			slices.Sort(*list)
		}
		e.Hangs().Run(t.Context(), 1, func(worker *hanging.Worker) { // one, so that another must take its place
			r := e.NewWorkerReader(worker, func(path string, err error) {
				if note(&lost, path); !errors.Is(err, hanging.ErrHangs) || !strings.Contains(err.Error(), path) {
					t.Errorf("error %v", err)
				}
			})
			for path := range paths {
				f, err := r.Read(t.Context(), dir, path)
				switch {
				case errors.Is(err, hanging.ErrHangs): // it is known by now
					note(&lost, path)
				case err != nil || len(f.Text) == 0:
					t.Errorf("%s: %q, %v", path, f.Text, err)
				default:
					note(&read, path)
				}
			}
		})
		if diff := cmp.Diff([]string{"b.go", "here/c.go", "here/d.go"}, read); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"away/a.go", "away/a.go"}, lost); diff != "" {
			t.Errorf("lost (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{filepath.Join(dir, "away")}, e.Hangs().List()); diff != "" {
			t.Errorf("hanging (-want +got):\n%s", diff)
		}
	})
}
