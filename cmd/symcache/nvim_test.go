//go:build editors

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/symcache/symcache/lsp/answers"
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
// edits without saving and sees the edit, saves, and finds the new symbol. So they do where
// nothing marks the root of a project.
func TestNeovim(t *testing.T) {
	t.Parallel()
	for _, marker := range []string{".git", ""} {
		t.Run("marker "+marker, func(t *testing.T) {
			t.Parallel()
			testNeovim(t, marker)
		})
	}
}

func testNeovim(t *testing.T, marker string) {
	nvim := findNvim(t)
	dir := t.TempDir()
	// Neovim does not wait for its server, which may be at its last write.
	t.Cleanup(func() {
		deadline := time.Now().Add(patience)
		err := os.RemoveAll(filepath.Join(dir, "cache"))
		for err != nil && time.Now().Before(deadline) { // then the removal of dir says why
			err = os.RemoveAll(filepath.Join(dir, "cache"))
		}
	})
	workspace := filepath.Join(dir, "work space")
	if err := os.CopyFS(workspace, os.DirFS("../../testdata/workspaces/polyglot")); err != nil {
		t.Fatal(err)
	}
	if marker != "" {
		if err := os.Mkdir(filepath.Join(workspace, marker), 0o755); err != nil {
			t.Fatal(err)
		}
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
		Seen   []nvimSeen     `json:"seen"`
		Status answers.Status `json:"status"`
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

// nvimSession is what testdata/nvim/companion.lua prints.
type nvimSession struct {
	Error string
	Seen  struct {
		Opened, Edited, Saved, Renamed, Added, Removed, Restarted []string
		Definition, Popped, Tag                                   string
	}
}

// startCompanion begins companion.lua in a workspace of its own. Each server writes its
// exit code to a line of the file codes when it has ended, which it does by itself:
// Neovim may terminate only the shell around it.
func startCompanion(t *testing.T, nvim, start string, env ...string) (cmd *exec.Cmd, out, codes string) {
	t.Helper()
	dir := newDir(t)
	work := filepath.Join(dir, "work space")
	for name, text := range map[string]string{
		"work space/.git/HEAD":  "",
		"work space/main.go":    "package main; import \"example.org/lib\"\n\nfunc main() {\n\tlib.Greet(\"é\")\n}\n",
		"work space/lib/lib.go": "package lib\n\ntype Greeter int\n\n// Greet greets.\nfunc Greet(name string) {}\n",
		"more/more.go":          "package more\n\nfunc InMore() {}\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	out, codes = filepath.Join(dir, "out"), filepath.Join(dir, "codes")
	bin := filepath.Join(dir, "bin", "symcache")
	write(t, bin, fmt.Sprintf("#!/bin/sh\ntrap : TERM\n%s \"$@\"\necho $? >> %s\n", os.Getenv(binaryEnv), codes))
	if err := os.Chmod(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("../../testdata/nvim/companion.lua")
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(nvim, "--clean", "--headless", "-c", "luafile "+script)
	cmd.Dir = work
	cmd.Env = append(os.Environ(),
		"PATH="+filepath.Dir(bin)+string(os.PathListSeparator)+os.Getenv("PATH"), "SYMCACHE_DIR="+filepath.Join(dir, "cache"),
		"HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+dir,
		"START="+start, "OUT="+out)
	cmd.Env = append(cmd.Env, env...)
	return cmd, out, codes
}

// wantCodes waits for the servers to end, with one of these lists of exit codes.
func wantCodes(t *testing.T, file string, want ...string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(patience); !slices.Contains(want, got); {
		text, err := os.ReadFile(file)
		if got = string(text); time.Now().After(deadline) {
			t.Fatalf("exit codes of the servers %q, want %q (%v)", got, want, err)
		}
	}
}

// Neovims as old as Debian 12's work through a day: outline, definition by tags, edits
// with characters of any length, files that move, folders that come and go, a restart;
// and at the end no server is left.
func TestNeovimVersions(t *testing.T) {
	t.Parallel()
	for dir, start := range map[string]string{"nvim": "enable", "nvim10": "start", "nvim07": "client"} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			nvim, err := filepath.Abs(filepath.Join("../../.cache", dir, "nvim"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(nvim); err != nil {
				t.Fatalf("%v; install it: make .cache/%s/nvim", err, dir)
			}
			cmd, out, codes := startCompanion(t, nvim, start)
			output, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("nvim: %v\n%s", err, output)
			}
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			var got, want nvimSession
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			want.Seen.Opened = []string{"main"}
			want.Seen.Definition, want.Seen.Popped, want.Seen.Tag = "lib/lib.go:6:6", "main.go:4:6", "lib/lib.go:3:6"
			want.Seen.Edited = []string{"Ä", "Näh", "B", "main", "Änd"}
			want.Seen.Saved, want.Seen.Renamed = []string{"main.go"}, []string{"moved.go"}
			want.Seen.Added, want.Seen.Removed = []string{"more.go"}, []string{}
			want.Seen.Restarted = want.Seen.Edited
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("want -, seen +:\n%s\n%s", diff, output)
			}
			// Neovim's own exit does not wait for a server on a machine that is busy.
			wantCodes(t, codes, "0\n0\n", "0\n1\n")
		})
	}
}

// P7: a Neovim that is killed leaves no server behind.
func TestKilledNeovimLeavesNoServer(t *testing.T) {
	t.Parallel()
	cmd, out, codes := startCompanion(t, findNvim(t), "enable", "STAY=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		if text, err := os.ReadFile(out); err == nil && bytes.HasSuffix(text, []byte("}")) {
			var got nvimSession
			if err := json.Unmarshal(text, &got); err == nil && got.Error != "" {
				t.Fatal(got.Error)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the session has not begun")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	wantCodes(t, codes, "0\n1\n")
}

// The README shows the files that the tests use.
func TestReadmeShowsLua(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"start.lua", "yield.lua"} {
		text, err := os.ReadFile(filepath.Join("../../testdata/nvim", name))
		if err != nil {
			t.Fatal(err)
		}
		code := string(text[bytes.Index(text, []byte("vim.api")):])
		if !strings.Contains(string(readme), "```lua\n"+code+"```") {
			t.Errorf("README.md does not show %s", name)
		}
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
