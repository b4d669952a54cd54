//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tellTale is in every name that a report must not have.
const tellTale = "telltale"

// wantNothingTold checks that a report has no name of a tree in it.
func wantNothingTold(t *testing.T, report string) {
	t.Helper()
	for n, line := range strings.Split(report, "\n") {
		if strings.Contains(strings.ToLower(line), tellTale) {
			t.Errorf("line %d of the report has a name: %s", n+1, line)
		}
	}
}

// A server works on a tree in which everything has a tell-tale name, with all that can be logged. Its log names files
// of the tree, and the report that is made of the log names nothing.
func TestBugNamesNothingOfTheTree(t *testing.T) {
	t.Parallel()
	home := filepath.Join(newDir(t), "Telltale home")
	dir, cache := filepath.Join(home, "telltale-tree"), filepath.Join(home, "telltale-cache")
	write(t, filepath.Join(dir, "telltale.go"), "package telltale\n\n// Telltale says so.\nfunc TelltaleFunction() {}\n")
	write(t, filepath.Join(dir, "telltale_dir/telltale.py"), "class Telltale:\n    pass\n\ndef telltale(:\n")
	write(t, filepath.Join(dir, "telltale_large.go"), "package p // telltale"+strings.Repeat("\n", 4000))
	write(t, filepath.Join(dir, ".gitignore"), "telltale_ignored\n[telltale\n")
	if err := os.Symlink("telltale_nowhere", filepath.Join(dir, "telltale_link.go")); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "telltale_closed.go")
	write(t, closed, "package p\n")
	chmod(t, closed, 0)
	environment := []string{
		"HOME=" + home, "USER=telltale", "LOGNAME=telltale", "SYMCACHE_BASE=" + filepath.Join(home, "telltale-base"), "SYMCACHE_TELLTALE=telltale",
	}

	path := socketPath(t)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	server := command(t, cache, "serve", "--pipe", path, "--log-level", "debug", "--slow", "1ns", "--max-file-size", "2KiB",
		"--exclude", "telltale_excluded")
	server.Env = append(server.Env, environment...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	document := fmt.Sprintf(`{"textDocument":{"uri":"file://%s/telltale.go"},"position":{"line":3,"character":7}}`, strings.ReplaceAll(dir, " ", "%20"))
	session(t, conn, fmt.Sprintf(`{"capabilities":{},"rootUri":"file://%s","initializationOptions":{"exclude":["telltale_[a-"],"telltale":1,"languages":{"telltale":true},"limit":"telltale"}}`,
		strings.ReplaceAll(dir, " ", "%20")),
		`"method":"workspace/symbol","params":{"query":"Telltale"}`,
		`"method":"textDocument/documentSymbol","params":`+document,
		`"method":"textDocument/hover","params":`+document,
		`"method":"textDocument/definition","params":`+document,
	)
	if err := server.Wait(); err != nil {
		t.Fatal(err)
	}

	logs, err := serverLogs(filepath.Join(filesDir(t, cache), logsName))
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d log files, %v", len(logs), err)
	}
	text, err := os.ReadFile(logs[0].path)
	if err != nil || !strings.Contains(string(text), tellTale) {
		t.Fatalf("the log names nothing, so that a report of it proves nothing: %s, %v", text, err)
	}
	report := func(args ...string) string {
		cmd := command(t, cache, append([]string{"bug"}, args...)...)
		cmd.Env = append(cmd.Env, environment...)
		return mustRun(t, cmd)
	}
	for name, got := range map[string]string{
		"the log in the cache": report(),
		"a log file by name":   report("--log-file", logs[0].path, "--exclude", "telltale"),
	} {
		wantNothingTold(t, got)
		for _, want := range []string{"## Version", "## Doctor", "## Stats", "## Configuration", "workspace/symbol", "slow request", "serve begins", "serve ends"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the report lacks %q:\n%s", name, want, got)
			}
		}
	}
	output := filepath.Join(t.TempDir(), "report.md")
	if printed := report("--output", output); printed != "" {
		t.Errorf("bug --output prints %q", printed)
	}
	if info, err := os.Stat(output); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("report: %v, %v", info, err)
	}
}

// filesDir is the user's namespace in a cache.
func filesDir(t *testing.T, cache string) string {
	t.Helper()
	return filepath.Join(cache, "v2", fmt.Sprint(os.Getuid()))
}

// Whatever a log file has in it, a report shows what is known to say nothing, and hides the rest.
func TestBugHidesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	stack := `goroutine 7 [running]:\nmain.f({0xc000, 0x8})\n\t/home/telltale/src/symcache/lsp/x.go:12 +0x1d\ncreated by main.g in goroutine 1\n\t/telltale/y.go:3\ntelltale said this`
	write(t, log, strings.Join([]string{
		`{"time":"2026-01-02T03:04:05Z","level":"WARN","msg":"cannot read symbols","path":"/telltale/a.go","err":"open /telltale/a.go: permission denied"}`,
		`{"time":"2026-01-02T03:04:06Z","level":"WARN","msg":"cannot read symbols","path":"/telltale/a.go","err":"telltale: and: telltale"}`,
		`{"time":"2026-01-02T03:04:07Z","level":"ERROR","msg":"panic","method":"textDocument/hover","panic":"runtime error: index out of range [5] with length 3","stack":"` + stack + `"}`,
		`{"time":"2026-01-02T03:04:08Z","level":"ERROR","msg":"panic","method":"telltale/method","panic":"telltale panics","stack":{"telltale":["telltale"]}}`,
		`{"time":"2026-01-02T03:04:09Z","level":"telltale","msg":"telltale_1 = 5","telltale 1":"telltale","roots":["telltale"],"files":17,"failed":true,"none":null}`,
		`{"time":"telltale","msg":"telltale"}`,
		`{"time":"2026-01-02T03:04:10Z","msg":"slow request","method":"telltale","ms":"telltale","telltale_ms":1,"ended":"telltale","search_ms":300}`,
		`{"time":"2026-01-02T03:04:10Z","msg":"requests","method":"telltale","count":3,"longest_ms":400}`,
		`{"time":"2026-01-02T03:04:11Z","level":"INFO","msg":"serve begins","version":"telltale","commit":"telltale","state":"telltale","cause":"telltale","lock":"workspace-telltale"}`,
		`telltale`, `["telltale"]`, `{"telltale`, "",
	}, "\n"))
	report := mustRun(t, command(t, t.TempDir(), "bug", "--log-file", log))
	wantNothingTold(t, report)
	for _, want := range []string{
		"path=path-2.go", "permission denied", "index out of range [5] with length 3", "main.f at x.go:12", "main.g at y.go:3", "files=17", "failed=true",
		"roots=(1)", "search 300 ms", "textDocument/hover",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if n := strings.Count(report, "path=path-2.go"); n != 2 {
		t.Errorf("a path has one pseudonym in %d of 2 lines:\n%s", n, report)
	}
}
