//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// What the command line and all kinds of clients know of a tree is one index, as long as their settings are the
// same: the first server after a warm answers from what that has left.
func TestIndexIsShared(t *testing.T) {
	t.Parallel()
	cache, dir := t.TempDir(), sourceTree(t, 20, 1000)
	want := func(after string, n int) {
		t.Helper()
		workspaces, err := filepath.Glob(filepath.Join(cache, "v*", "*", "workspaces", "*"))
		if err != nil || len(workspaces) != n {
			t.Errorf("after %s: indexes of %d workspaces, want %d (%v)", after, len(workspaces), n, err)
		}
	}
	mustRun(t, command(t, cache, "warm", dir))
	want("warm", 1)
	mustRun(t, command(t, cache, "query", "", dir))
	want("query", 1)
	for _, options := range []string{
		`null`, `{}`, `{"exclude":[]}`, `{"exclude":null}`, `{"maxFileSize":2097152,"limit":5}`,
	} {
		serve(t, cache, dir, options)
		want("serve with "+options, 1)
	}
	serve(t, cache, dir, `{"exclude":["*.py"]}`)
	want("serve with a setting that chooses other files", 2)
}

// serve has a client with these initializationOptions wait for a first scan.
func serve(t *testing.T, cache, dir, options string) {
	t.Helper()
	params := fmt.Sprintf(`{"capabilities":{},"initializationOptions":%s,"workspaceFolders":[{"uri":"file://%s","name":""}]}`, options, dir)
	socket := socketPath(t)
	serveEditor(t, cache, socket, params, `"method":"workspace/executeCommand","params":{"command":"symcache.warm"}`)
}
