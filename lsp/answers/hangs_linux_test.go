package answers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// The outline of a file that is not open, on a disk that does not answer, is soon an error
// that names the file. Other files are answered meanwhile.
func TestOutlineOfFileThatHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		c := prepare(t, map[string]string{"a.go": useGo}, Options{Waits: DefaultWaits()})
		net := filepath.Join(c.dir, "net")
		if err := os.Mkdir(net, 0o700); err != nil {
			t.Fatal(err)
		}
		control.Mount(t, net, map[string]string{"away/d.go": serverGo})
		c.run()
		<-c.Idle()
		control.Hang(t, "away")
		for i := range 3 {
			began := time.Now()
			_, err := c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri("net/away/d.go"))
			if !errors.Is(err, hanging.ErrHangs) || !strings.Contains(err.Error(), filepath.Join(net, "away/d.go")) {
				t.Errorf("error %v", err)
			}
			if took := time.Since(began); i > 0 && took > time.Second {
				t.Errorf("the error takes %v though the directory is known to hang", took)
			}
		}
		other := must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri("a.go"))).Summary
		if diff := cmp.Diff([]string{"server", "use"}, namesOf(other)); diff != "" {
			t.Error(diff)
		}
		control.Hang(t, "")
	})
}

// A status does not wait for each open document whose disk does not answer, but once for all.
func TestStatusWaitsOnceForADiskThatHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		c := prepare(t, map[string]string{"a.go": useGo, ".gitignore": "out.go\n", "out.go": useGo}, Options{Waits: DefaultWaits()})
		net := filepath.Join(c.dir, "net")
		if err := os.Mkdir(net, 0o700); err != nil {
			t.Fatal(err)
		}
		control.Mount(t, net, map[string]string{"away/d.go": serverGo})
		c.run()
		<-c.Idle()
		control.Hang(t, "away")
		for i := range 100 {
			if err := c.OpenDocument(c.uri(fmt.Sprintf("net/away/%d.go", i)), "go", []byte(serverGo)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.OpenDocument(c.uri("out.go"), "go", []byte(useGo)); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		status := c.Status()
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("a status takes %v", took)
		}
		if len(status.LeftOut) != 1 || status.LeftOut[0].URI != c.uri("out.go") || status.Open != 101 {
			t.Errorf("left out: %+v, open: %d", status.LeftOut, status.Open)
		}
		control.Hang(t, "")
	})
}
