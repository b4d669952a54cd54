package workspace

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// writerEnv makes the test binary another process that changes the tree below the
// directory it names. It does what the lines of its input say and answers each with
// one line.
const writerEnv = "WORKSPACE_TEST_WRITE"

// beWriter is such a process. The commands are a verb, a seed and a number:
//
//	change SEED N   do N random things to files and directories, at once
//	edit SEED N     do them at the pace of tools rather, so that much is asked meanwhile
//	git SEED N      do N random things with git
//	storm PID N     have a process stand still while N events and some changes happen
func beWriter(root string, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var verb string
		var seed uint64
		var n int
		if _, err := fmt.Sscan(lines.Text(), &verb, &seed, &n); err != nil {
			return fmt.Errorf("understand %q: %w", lines.Text(), err)
		}
		c := changer{root: root, rng: rand.New(rand.NewPCG(seed, 3))}
		for i := range n {
			switch verb {
			case "change":
				c.change(i)
			case "edit":
				c.change(i)
				time.Sleep(time.Duration(c.rng.IntN(int(5 * time.Millisecond))))
			case "git":
				c.git()
			}
		}
		if verb == "storm" {
			if err := c.storm(int(seed), n); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(out, "done"); err != nil {
			return err
		}
	}
	return lines.Err()
}

// writer is another process that changes the tree, from this one's side.
type writer struct {
	in  io.Writer
	out *bufio.Reader
}

func startWriter(t *testing.T, root string) *writer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+root)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("a writer: %v", err)
		}
	})
	return &writer{stdin, bufio.NewReader(stdout)}
}

// do returns when a command has been carried out.
func (w *writer) do(verb string, seed uint64, n int) error {
	if _, err := fmt.Fprintln(w.in, verb, seed, n); err != nil {
		return err
	}
	if line, err := w.out.ReadString('\n'); line != "done\n" {
		return fmt.Errorf("a writer says %q: %w", line, err)
	}
	return nil
}

// changer does random things to a tree. Others do so at the same time: errors mean
// that they were faster.
type changer struct {
	root string
	rng  *rand.Rand
}

// dir is a random directory below the root, which need not be there.
func (c *changer) dir() string {
	path := filepath.Join(c.root, fmt.Sprintf("d%02d", c.rng.IntN(10)))
	if c.rng.IntN(5) == 0 {
		path = filepath.Join(c.root, "nested", filepath.Base(path))
	}
	for _, below := range []string{"e", "target"} {
		if c.rng.IntN(5) == 0 {
			path = filepath.Join(path, below)
		}
	}
	return path
}

func (c *changer) file() string {
	if c.rng.IntN(12) == 0 {
		return filepath.Join(c.dir(), fmt.Sprintf("script%d", c.rng.IntN(3)))
	}
	return filepath.Join(c.dir(), fmt.Sprintf("f%d.go", c.rng.IntN(20)))
}

// outside is where trees are moved to, and from.
func (c *changer) outside() string {
	return filepath.Join(c.root, "../outside", fmt.Sprint(c.rng.IntN(4)))
}

// text is a random source in the language that a file of that name has.
func (c *changer) text(path string) string {
	var b strings.Builder
	function := "func %s%d() {}\n"
	if filepath.Ext(path) == "" {
		b.WriteString("#!/usr/bin/env python3\n")
		function = "def %s%d(): pass\n"
	} else {
		if c.rng.IntN(10) == 0 {
			b.WriteString("\ufeff")
		}
		b.WriteString("package p\n")
	}
	b.WriteString(strings.Repeat("\n", c.rng.IntN(12))) // the same name stands elsewhere
	for range c.rng.IntN(4) {
		fmt.Fprintf(&b, function, string("FGH"[c.rng.IntN(3)]), c.rng.IntN(300))
	}
	switch c.rng.IntN(25) {
	case 0:
		b.WriteString("\x00") // no source
	case 1:
		b.WriteString(strings.Repeat(" ", freshMaxFileSize)) // too large
	}
	return b.String()
}

func (c *changer) write(path, text string) {
	if os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = os.WriteFile(path, []byte(text), 0o644)
	}
}

// change does one thing.
func (c *changer) change(i int) {
	path, other := c.file(), c.file()
	dir := filepath.Dir(path)
	switch c.rng.IntN(32) {
	case 0, 1:
		_ = os.Remove(path)
	case 2:
		_ = os.RemoveAll(dir)
	case 3, 4:
		_ = os.MkdirAll(filepath.Dir(other), 0o755)
		_ = os.Rename(path, other)
	case 5:
		_ = os.Rename(dir, c.dir())
	case 6:
		_ = os.RemoveAll(c.outside())
		_ = os.Rename(dir, c.outside())
	case 7:
		_ = os.Rename(c.outside(), dir)
	case 8:
		_ = os.Truncate(path, int64(c.rng.IntN(60)))
	case 9:
		_ = os.Chmod(path, []os.FileMode{0o600, 0o644, 0}[c.rng.IntN(3)])
	case 10:
		_ = os.Chmod(dir, []os.FileMode{0o700, 0o755}[c.rng.IntN(2)])
	case 11:
		old := time.Now().Add(time.Duration(c.rng.IntN(1000)-900) * time.Hour) // of the future, too
		_ = os.Chtimes(path, old, old)
	case 12:
		_ = os.Symlink(other, path)
	case 13:
		_ = os.Symlink(filepath.Dir(other), dir)
	case 14:
		c.rules(dir)
	case 15:
		if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, _ = fmt.Fprintf(f, "\nfunc Appended%d() {}\n", i)
			_ = f.Close()
		}
	case 16, 17:
		c.disguise(path)
	case 18, 19: // as editors save
		c.write(path+"~", c.text(path))
		_ = os.Rename(path+"~", path)
	default:
		c.write(path, c.text(path))
	}
}

// rules changes what belongs to the tree.
func (c *changer) rules(dir string) {
	switch c.rng.IntN(6) {
	case 0, 1:
		rule := []string{"d01/\n", "f1*.go\n", "f*.go\n!f12.go\n", "", "/d0*/\n", "e/\n"}[c.rng.IntN(6)]
		c.write(filepath.Join(c.root, ".gitignore"), rule)
	case 2:
		c.write(filepath.Join(dir, ".ignore"), "f2*.go\n")
	case 3:
		_ = os.Remove(filepath.Join(dir, []string{".ignore", ".gitignore"}[c.rng.IntN(2)]))
	case 4:
		c.mark(dir, "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
	case 5:
		c.mark(dir, "Cargo.toml", "[package]\n")
	}
}

// mark makes or removes a file that says something of what lies beside it.
func (c *changer) mark(dir, name, text string) {
	if path := filepath.Join(dir, name); os.Remove(path) != nil {
		c.write(path, text)
	}
}

// disguise replaces the content of a file by another one of the same size, and gives
// it the time that it had.
func (c *changer) disguise(path string) {
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return
	}
	text := []byte(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '8' {
			return r + 1
		}
		return r
	}, string(old)))
	_ = os.WriteFile(path, text, 0o644)
	_ = os.Chtimes(path, info.ModTime(), info.ModTime())
}

// branches are those of the repository that makeRepository makes.
const branches = 4

func makeRepository(t *testing.T, root string, rng *rand.Rand) {
	t.Helper()
	c := changer{root, rng}
	for i := range 5 {
		write(t, filepath.Join(root, fmt.Sprintf("stable/s%d.go", i)), goFile(fmt.Sprintf("Stable%d", i)))
	}
	write(t, filepath.Join(root, "nested/keep.txt"), "git removes directories that it has emptied, and this may be a root\n")
	mkdir(t, filepath.Join(root, "../outside"))
	for _, args := range [][]string{{"init", "-q"}, {"config", "gc.auto", "0"}, {"add", "."}, {"commit", "-q", "-m", "stable"}} {
		if out, err := c.runGit(args...); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	for i := range branches {
		for range 60 {
			path := c.file()
			c.write(path, c.text(path))
		}
		for _, args := range [][]string{{"checkout", "-q", "-b", fmt.Sprint("b", i)}, {"add", "."}, {"commit", "-q", "-m", "changes"}} {
			if out, err := c.runGit(args...); err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
		}
	}
}

func (c *changer) runGit(args ...string) (out []byte, err error) {
	cmd := exec.Command("git", append([]string{"-C", c.root, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	return cmd.CombinedOutput()
}

// git does one thing with git. What the other writers do may be in its way.
func (c *changer) git() {
	switch c.rng.IntN(8) {
	case 0:
		_, _ = c.runGit("commit", "-q", "-a", "-m", "changes")
	case 1:
		_, _ = c.runGit("stash", "-q", "-u")
	case 2:
		_, _ = c.runGit("stash", "pop", "-q")
	case 3:
		_, _ = c.runGit("clean", "-q", "-f", "-d")
	default:
		_, _ = c.runGit("checkout", "-q", "-f", fmt.Sprint("b", c.rng.IntN(branches)))
	}
}

// storm has a process stand still while so many events happen that the kernel has no
// room for them, and then some changes of which it cannot tell.
func (c *changer) storm(pid, events int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	resume, err := testtree.Suspend(process)
	if err != nil {
		return err
	}
	defer resume()
	files := [2]*os.File{}
	for i := range files { // in turn, since equal events that follow each other are one
		if files[i], err = os.Create(filepath.Join(c.root, fmt.Sprintf("stable/storm%d.go", i))); err != nil {
			return err
		}
		defer files[i].Close()
	}
	for i := range events {
		if _, err := files[i%2].WriteAt([]byte("package p\n"), 0); err != nil {
			return err
		}
	}
	for i := range 20 {
		c.change(i)
	}
	return nil
}
