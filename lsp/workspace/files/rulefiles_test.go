package files

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// Our answer for every path of a random tree with random ignore files is git's.
func TestAgreesWithGit(t *testing.T) {
	t.Parallel()
	needGit(t)
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			r := rand.New(rand.NewPCG(seed, 1))
			git(t, root, "init", "-q")
			paths := randomTree(t, r, root)
			compareWithGit(t, root, paths)
		})
	}
}

// So it is for odd patterns and odd names.
func TestOddPatternsAgreeWithGit(t *testing.T) {
	t.Parallel()
	needGit(t)
	root := t.TempDir()
	git(t, root, "init", "-q")
	r := rand.New(rand.NewPCG(1, 1))
	names := []string{"a", "b", "ab", "x.go", "x.tab.go", "a b", "-", "]", "[a", "!a", "#a", "A", "é", "a-b", ".a", "..a", "a]b"}
	if runtime.GOOS == "linux" { // others have no such names
		names = append(names, "\xff", "a\\", "*", "a*b", "?", "a\nb", "a\r", "\ta", "a ")
	}
	var paths []string
	var fill func(dir string, depth int)
	fill = func(dir string, depth int) {
		for i, name := range names {
			path := filepath.Join(dir, name)
			rel, _ := filepath.Rel(root, path)
			paths = append(paths, rel)
			if depth < 3 && (i < 2 || r.IntN(8<<depth) == 0) {
				fill(path, depth+1)
			} else {
				write(t, path, "")
			}
		}
	}
	fill(root, 0)
	parts := []string{"a", "b", "ab", "*", "*", "**", "/", "/", "?", "[", "]", "[!a]", "[^b]", "[a-z]", "[z-a]", "[]-a]", "[[:alpha:]]",
		"[[:alpha:]-z]", "[[:punct:]]", "[:", `\`, `\*`, "-", "!", "#", " ", "\t", "\r", ".", "é", "\xff", "x.go", "a/", "/b", "**/", "/**",
		"A", "^", "x.*", "*.go", "[a-", `[\]]`, "[--a]", "[[:foo:]]", "[[:a]", "\xef\xbb\xbf"}
	for range 100 {
		for _, dir := range []string{"", "a", "b", "a/b"} {
			var text strings.Builder
			for range r.IntN(4) {
				text.WriteString([]string{"", "", "!", "**/", "/"}[r.IntN(5)]) // as many begin
				for range 1 + r.IntN(4) {
					text.WriteString(parts[r.IntN(len(parts))])
				}
				text.WriteString("\n")
			}
			write(t, filepath.Join(root, dir, ".gitignore"), text.String())
		}
		if compareWithGit(t, root, paths); t.Failed() {
			return
		}
	}
}

func TestLinkedWorktreeAndOverrides(t *testing.T) {
	t.Parallel()
	needGit(t)
	root := t.TempDir()
	main, linked := filepath.Join(root, "main"), filepath.Join(root, "linked")
	if err := os.Mkdir(main, 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, main, "init", "-q")
	git(t, main, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "x")
	git(t, main, "worktree", "add", "-q", linked)
	write(t, filepath.Join(main, ".git", "info", "exclude"), "secret\n")
	write(t, filepath.Join(linked, "sub", ".gitignore"), "*.gen\n")
	write(t, filepath.Join(linked, "sub", ".ignore"), "!keep.gen\n")

	d, err := rulesAt(filepath.Join(linked, "sub"), defaults(t, "node_modules/", "drop"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"secret": true, "a.gen": true, "keep.gen": false, "drop": true, "a.go": false,
	} {
		if got := d.Ignored(name, false); got != want {
			t.Errorf("Ignored(%q) = %v", name, got)
		}
	}
	if d.Ignored("node_modules", false) || !d.Ignored("node_modules", true) {
		t.Error("node_modules/ must speak of directories only")
	}
}

func TestIgnoreFileErrors(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, filepath.Join(root, ".gitignore"), strings.Repeat("x", maxIgnoreFile+1))
	write(t, filepath.Join(root, ".ignore"), "y\n")
	d, err := rulesAt(root, defaults(t))
	if err == nil || !strings.Contains(err.Error(), ".gitignore") {
		t.Errorf("error = %v, want one that names the file", err)
	}
	if !d.Ignored("y", false) {
		t.Error("the other ignore file must hold")
	}
}

// rulesAt returns the rules of a root.
func rulesAt(root string, defaults *ignore.Dir) (*ignore.Dir, error) {
	b := NewRules(Config{Settings: Settings{Defaults: defaults}}).base(root)
	return b.rules, b.err
}

// randomTree makes a small tree of few names, so that patterns hit, with ignore
// files in some directories, and returns its paths.
func randomTree(t *testing.T, r *rand.Rand, root string) []string {
	names := []string{"a", "b", "ab", "abc", "x.go", "y.go", "b.o", "c d", "A"}
	var paths []string
	var fill func(dir string, depth int)
	fill = func(dir string, depth int) {
		for _, name := range names {
			path := filepath.Join(dir, name)
			rel, _ := filepath.Rel(root, path)
			switch n := r.IntN(6); {
			case n < 2 && depth < 4:
				if err := os.Mkdir(path, 0o755); err != nil {
					t.Fatal(err)
				}
				paths = append(paths, rel)
				fill(path, depth+1)
			case n < 5:
				write(t, path, "")
				paths = append(paths, rel)
			}
		}
		if depth == 0 || r.IntN(3) == 0 {
			var text bytes.Buffer
			for range r.IntN(6) {
				fmt.Fprintln(&text, randomPattern(r, names))
			}
			write(t, filepath.Join(dir, ".gitignore"), text.String())
		}
	}
	fill(root, 0)
	var exclude bytes.Buffer
	for range r.IntN(3) {
		fmt.Fprintln(&exclude, randomPattern(r, names))
	}
	write(t, filepath.Join(root, ".git", "info", "exclude"), exclude.String())
	return paths
}

func randomPattern(r *rand.Rand, names []string) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	var segments []string
	for range 1 + r.IntN(3) {
		segments = append(segments, pick(pick(names...), pick(names...), "*", "**", "a*", "*b", "?", "[ab]*", "[!a]",
			"*.go", "*.[og]o", "***", `\a`, "[[:lower:]]", "a**", "#a"))
	}
	return pick("", "", "!") + pick("", "", "/") + strings.Join(segments, "/") + pick("", "", "/", " ", `\ `, "\r")
}

func compareWithGit(t *testing.T, root string, paths []string) {
	t.Helper()
	cmd := exec.Command("git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin")
	cmd.Dir = root
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("git check-ignore: %v", err)
	}
	var want []string
	for path := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if path != "" {
			want = append(want, path)
		}
	}

	var got []string
	var walk func(dir string, rules *ignore.Dir, ignored bool)
	walk = func(dir string, rules *ignore.Dir, ignored bool) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			rel, _ := filepath.Rel(root, path)
			if rel == ".git" || IsIgnoreFile(e.Name()) {
				continue
			}
			skip := ignored || rules.Ignored(e.Name(), e.IsDir())
			if skip {
				got = append(got, rel)
			}
			if e.IsDir() {
				child, err := WithFiles(rules.Enter(e.Name()), root, path)
				if err != nil {
					t.Fatal(err)
				}
				walk(path, child, skip)
			}
		}
	}
	rules, err := rulesAt(root, defaults(t))
	if err != nil {
		t.Fatal(err)
	}
	walk(root, rules, false)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, _ error) error {
			if e.Name() == ".gitignore" || e.Name() == "exclude" {
				text, _ := os.ReadFile(path)
				t.Logf("%s:\n%s", path, text)
			}
			return nil
		})
		t.Errorf("git -, ours +:\n%s", diff)
	}
}

// needGit skips a test where there is no git, which a Windows may lack.
func needGit(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("no git here")
		}
		t.Fatal("this test compares with git: apt-get install git")
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@t", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@t")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func defaults(t testing.TB, patterns ...string) *ignore.Dir {
	t.Helper()
	rules, err := ignore.Defaults(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
