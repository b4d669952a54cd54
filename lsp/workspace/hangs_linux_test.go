package workspace

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// A directory that hangs holds up no scan: all other files are found and answered, the
// report and the status name the directory, and nothing below it is forgotten. It is
// looked at again once it answers.
func TestScanLeavesDirectoriesThatHang(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"a.go": goFile("A"), "net/": "", "z/b.go": goFile("B")})
		away := filepath.Join(dir, "net/away")
		control.Mount(t, filepath.Join(dir, "net"), map[string]string{
			"here/c.go": goFile("C"), "away/d.go": goFile("D"), "away/deep/e.go": goFile("E"),
		})
		scan := func(w *Workspace) {
			t.Helper()
			report, err := w.Scan(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Failures) != 1 || report.Failures[0].Path != away || !strings.Contains(report.Failures[0].Error, "does not answer") {
				t.Errorf("failures: %v", report.Failures)
			}
			if diff := cmp.Diff([]string{away}, w.Hanging()); diff != "" {
				t.Errorf("hanging (-want +got):\n%s", diff)
			}
			if !w.scans.takeRetry() {
				t.Error("the scan is not repeated")
			}
		}
		others := []string{"a.go A", "net/here/c.go C", "z/b.go B"}
		everything := append([]string{"a.go A", "net/away/d.go D", "net/away/deep/e.go E"}, others[1:]...)

		control.Hang(t, "away")
		cold := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
		scan(cold)
		if diff := cmp.Diff(others, found(t, cold, dir, "")); diff != "" {
			t.Errorf("cold (-want +got):\n%s", diff)
		}
		control.Hang(t, "")
		eventually(t, func() bool { return len(cold.Hanging()) == 0 })
		scanAll(t, cold)
		if diff := cmp.Diff(everything, found(t, cold, dir, "")); diff != "" {
			t.Errorf("once it answers (-want +got):\n%s", diff)
		}

		warm := cold
		known := warm.Stats()
		control.Hang(t, "away")
		scan(warm)
		if now := warm.Stats(); now != known {
			t.Errorf("%+v is known while a directory hangs, want %+v", now, known)
		}
		if diff := cmp.Diff(others, found(t, warm, dir, "")); diff != "" {
			t.Errorf("warm (-want +got):\n%s", diff)
		}
		control.Hang(t, "")
		eventually(t, func() bool {
			return len(warm.Hanging()) == 0 && cmp.Equal(everything, found(t, warm, dir, ""))
		})
	})
}

// The outline of a file on a disk that does not answer is soon an error that names the file, where no editor has the
// file open. A report of changes is not held up either.
func TestOutlineOfAFileThatHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"net/": "", "a.go": goFile("A")})
		control.Mount(t, filepath.Join(dir, "net"), map[string]string{"away/d.go": goFile("D")})
		w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
		scanAll(t, w)
		control.Hang(t, "away")
		path := filepath.Join(dir, "net/away/d.go")
		for i := range 3 {
			began := time.Now()
			_, err := w.Engine().Source(t.Context(), path)
			if !errors.Is(err, hanging.ErrHangs) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v", err)
			}
			if took := time.Since(began); i > 0 && took > time.Second {
				t.Errorf("the error takes %v though the directory is known to hang", took)
			}
		}
		w.Changed(path, filepath.Join(dir, "net/away/.gitignore"), filepath.Join(dir, "net/away"))
		if source, err := w.Engine().Source(t.Context(), filepath.Join(dir, "a.go")); err != nil || len(source.Summary.Symbols) != 1 {
			t.Errorf("another file: %+v, %v", source, err)
		}
		control.Hang(t, "")
		eventually(t, func() bool {
			source, err := w.Engine().Source(t.Context(), path)
			return err == nil && len(source.Summary.Symbols) == 1
		})
	})
}

// A link to a disk that hangs takes nothing from the directory in which it is. Once the disk
// answers the link is followed.
func TestLinkToADiskThatHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := makeTree(t, map[string]string{"net/": "", "ws/a.go": goFile("A"), "ext/b.go": goFile("B")})
		control.Mount(t, filepath.Join(dir, "net"), map[string]string{"away/d.go": goFile("D")})
		ws := filepath.Join(dir, "ws")
		symlink(t, filepath.Join(dir, "net/away/deep"), filepath.Join(ws, "away"))
		symlink(t, filepath.Join(dir, "net/away"), filepath.Join(ws, "near"))
		symlink(t, filepath.Join(dir, "ext"), filepath.Join(ws, "ext"))
		control.Hang(t, "away")
		w := newFollowing(t, Config{}, ws)
		scanAll(t, w)
		if diff := cmp.Diff([]string{"ext/b.go B", "ws/a.go A"}, found(t, w, dir, "")); diff != "" {
			t.Errorf("while it hangs (-want +got):\n%s", diff)
		}
		if state := linkStates(w, dir)["ws/away"]; !strings.Contains(state, "does not answer") {
			t.Errorf("the link is %q", state)
		}
		run(t, w)
		control.Hang(t, "")
		eventually(t, func() bool {
			return cmp.Equal([]string{"ext/b.go B", "net/away/d.go D", "ws/a.go A"}, found(t, w, dir, "")) && linkStates(w, dir)["ws/away"] == "nothing is there"
		})
	})
}
