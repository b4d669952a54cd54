package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/files/hangfs"
)

// Each command that reads a tree ends at SIGTERM while a disk in it does not answer.
func TestTerminateWhileADiskHangs(t *testing.T) {
	hangfs.Apart(t, func(t *testing.T, control *hangfs.Control) {
		dir := newDir(t)
		write(t, filepath.Join(dir, "a.go"), "package p\n\nfunc F() {}\n")
		net := filepath.Join(dir, "net")
		if err := os.Mkdir(net, 0o755); err != nil {
			t.Fatal(err)
		}
		control.Mount(t, net, map[string]string{"away/d.go": "package p\n\nfunc D() {}\n"})
		for _, args := range []string{"warm TREE", "query D TREE", "verify --recompute TREE", "symbols TREE/net/away/d.go"} {
			control.Hang(t, "away")
			p := startTerminated(t, command(t, newDir(t), strings.Fields(strings.ReplaceAll(args, "TREE", dir))...))
			p.await(t, "ask the disk", func(proc string) bool {
				waits, err := filepath.Glob(proc + "/task/*/wchan")
				if err != nil {
					t.Fatal(err)
				}
				for _, wait := range waits {
					if where, err := os.ReadFile(wait); err == nil && strings.Contains(string(where), "request_wait_answer") {
						return true
					}
				}
				return false
			})
			p.terminate(t)
			control.Hang(t, "")
		}
	})
}
