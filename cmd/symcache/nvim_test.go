package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp"
)

// nvimEdit is one step of testdata/nvim/session.lua.
type nvimEdit struct {
	File   string `json:"file"`
	Append string `json:"append"`
	Symbol string `json:"symbol"`
}

// nvimSeen is what Neovim saw of a file.
type nvimSeen struct {
	File         string   `json:"file"`
	Encoding     string   `json:"encoding"`
	Opened       []string `json:"opened"`
	Edited       []string `json:"edited"`
	FoundUnsaved []string `json:"found_unsaved"`
	FoundSaved   []string `json:"found_saved"`
}

// A person in a real Neovim opens a file of each language, sees its symbols,
// edits without saving and sees the edit, saves, and finds the new symbol.
func TestNeovim(t *testing.T) {
	t.Parallel()
	nvim := findNvim(t)
	dir := t.TempDir()
	workspace := filepath.Join(dir, "work space")
	if err := os.CopyFS(workspace, os.DirFS("../../testdata/workspaces/polyglot")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(workspace, ".git"), 0o755); err != nil { // the root marker
		t.Fatal(err)
	}
	session, err := filepath.Abs("../../testdata/nvim/session.lua")
	if err != nil {
		t.Fatal(err)
	}

	want := []nvimSeen{
		{File: "ring.c", Opened: []string{"ring", "head", "tail", "ring_size"}},
		{File: "server.go", Opened: []string{"Server", "name", "(*Server).Greet"}},
		{File: "store.js", Opened: []string{"Store", "load"}},
		{File: "badge.jsx", Opened: []string{"Badge"}},
		{File: "greeter.py", Opened: []string{"Greeter", "polite", "greet"}},
		{File: "client.ts", Opened: []string{"Client", "send", "Mode", "Fast", "Safe"}},
		{File: "panel.tsx", Opened: []string{"Panel", "title", "render"}},
	}
	edits := []nvimEdit{
		{"ring.c", "int appended_c(void) { return 0; }", "appended_c"},
		{"server.go", "func appendedGo() {}", "appendedGo"},
		{"store.js", "// π 𝒳 é\nfunction appendedJs() {}", "appendedJs"},
		{"badge.jsx", "export function AppendedJsx() { return <b>{\"x\"}</b>; }", "AppendedJsx"},
		{"greeter.py", "\ndef appended_py(): pass", "appended_py"},
		{"client.ts", "export class AppendedTs {}", "AppendedTs"},
		{"panel.tsx", "export class AppendedTsx {}", "AppendedTsx"},
	}
	for i := range want {
		symbol := edits[i].Symbol
		want[i].Encoding = "utf-16"
		want[i].Edited = append(slices.Clone(want[i].Opened), symbol)
		want[i].FoundUnsaved = []string{symbol}
		want[i].FoundSaved = []string{symbol}
	}

	input, err := json.Marshal(edits)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(nvim, "--clean", "-l", session)
	cmd.Dir = workspace
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	cmd.Env = append(os.Environ(),
		"PATH="+filepath.Dir(buildProgram(t))+string(os.PathListSeparator)+os.Getenv("PATH"),
		"SYMCACHE_DIR="+filepath.Join(dir, "cache"),
		"HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	if err := cmd.Run(); err != nil {
		t.Fatalf("nvim: %v\n%s%s", err, &stderr, &stdout)
	}
	var got struct {
		Seen   []nvimSeen `json:"seen"`
		Status lsp.Status `json:"status"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatalf("%v in %q, %s", err, &stdout, &stderr)
	}
	if diff := cmp.Diff(want, got.Seen); diff != "" {
		t.Errorf("want -, seen +:\n%s", diff)
	}
	if got.Status.State != "ready" || got.Status.Files != len(want) {
		t.Errorf("status %+v, want it ready with %d files", got.Status, len(want))
	}
}

// findNvim returns the Neovim that make installs, or one that is new enough.
func findNvim(t *testing.T) string {
	t.Helper()
	local, err := filepath.Abs("../../.cache/nvim/nvim")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(local); err == nil {
		return local
	}
	path, err := exec.LookPath("nvim")
	if err == nil {
		err = exec.Command(path, "--clean", "--headless", "-c", "lua if not vim.lsp.enable then vim.cmd.cquit() end", "-c", "quit").Run()
	}
	if err != nil {
		t.Fatal(fmt.Errorf("this test needs Neovim 0.11 or later (%w): make .cache/nvim/nvim", err))
	}
	return path
}

// buildProgram builds the real program and returns its path.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "symcache")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
