//go:build unix

package main

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recipe returns what README.md shows in the first block of a kind after a heading.
func recipe(t *testing.T, heading, kind string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(readme), heading)
	_, text, begins := strings.Cut(text, "```"+kind+"\n")
	text, _, ends := strings.Cut(text, "```")
	if !found || !begins || !ends {
		t.Fatalf("README.md has no recipe in %s after %q", kind, heading)
	}
	return text
}

// after returns what follows a word in a recipe, up to the end of the line or the characters given.
func after(t *testing.T, recipe, word, end string) string {
	t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(word) + `([^\n` + end + `]+)`).FindStringSubmatch(recipe)
	if found == nil {
		t.Fatalf("%q is not in\n%s", word, recipe)
	}
	return found[1]
}

// shell is a command line with the program on its PATH and a home of its own.
func shell(home, dir, line string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, ".cache"),
		"PATH="+filepath.Dir(os.Getenv(binaryEnv))+":"+os.Getenv("PATH"),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=n@example.org", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=n@example.org")
	return cmd
}

// The hooks warm what a checkout, a merge and a rewritten commit bring.
func TestReadmeHooks(t *testing.T) {
	t.Parallel()
	home, repo, bin := newDir(t), newDir(t), newDir(t)
	pipe := filepath.Join(bin, "done")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ends, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer ends.Close()
	lines := bufio.NewReader(ends)
	wrapper := filepath.Join(bin, "symcache")
	write(t, wrapper, "#!/bin/sh\n'"+os.Getenv(binaryEnv)+"' \"$@\"\necho $? >'"+pipe+"'\n")
	if err := os.Chmod(wrapper, 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(line string) {
		t.Helper()
		cmd := shell(home, repo, line)
		cmd.Env = append(cmd.Env, "PATH="+bin+":"+os.Getenv("PATH"))
		mustRun(t, cmd)
	}
	wantHook := func(line, parsed string) { // runs a hook, after which a warm would parse so many files
		t.Helper()
		run(line)
		if err := ends.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if code, err := lines.ReadString('\n'); err != nil || code != "0\n" {
			t.Fatalf("%s: the hook's warm: exit code %q, %v", line, code, err)
		}
		out := mustRun(t, shell(home, repo, "symcache stats --json"))
		if !strings.Contains(out, `"entries": `+parsed+",") {
			t.Errorf("%s: want %s summaries, have %s", line, parsed, out)
		}
	}
	commit := func(name, text string) {
		t.Helper()
		write(t, filepath.Join(repo, name), text)
		run("git add . && git commit -q -m " + name)
	}
	run("git init -q -b main")
	commit("a.go", "package a")
	run(recipe(t, "**Git hooks.**", "sh"))
	wantHook("git checkout -q -b topic", "1")
	commit("b.go", "package b")
	wantHook("git checkout -q main", "1")
	commit("c.go", "package c")
	wantHook("git merge -q -m merged topic", "3")
	write(t, filepath.Join(repo, "d.go"), "package d")
	wantHook("git add . && git commit -q --amend -m rewritten", "4")
}

// The hooks stand where git looks for them, and replace none.
func TestReadmeHooksStandWhereGitLooks(t *testing.T) {
	t.Parallel()
	home, repo := newDir(t), newDir(t)
	run := func(line string) string {
		t.Helper()
		return mustRun(t, shell(home, repo, line))
	}
	run("git init -q -b main && git commit -q --allow-empty -m first && git worktree add -q linked")
	text := recipe(t, "**Git hooks.**", "sh")
	run("cd linked && " + text)
	run("test -x .git/hooks/post-merge && rm .git/hooks/post-*")
	run("git config core.hooksPath .husky && mkdir .husky && echo mine >.husky/post-merge")
	if out := run(text); !strings.Contains(out, "add a line to .husky/post-merge yourself") {
		t.Errorf("a hook that was there is not told: %s", out)
	}
	run("test -x .husky/post-checkout && test ! -e .git/hooks/post-checkout && grep -q mine .husky/post-merge")
}

// A cache that is saved and restored knows a checkout elsewhere, of another time.
func TestReadmeCI(t *testing.T) {
	t.Parallel()
	text := recipe(t, "**CI.**", "yaml")
	path, line := after(t, text, "path: ", ","), "symcache"+after(t, text, "run: symcache", "")
	machine := newDir(t)
	home := filepath.Join(machine, "home")
	path = strings.Replace(path, "~", home, 1)
	job := func(n string) result {
		checkout := filepath.Join(machine, "work"+n, "project")
		write(t, filepath.Join(checkout, "a.go"), "package a\n\nfunc A() {}\n")
		write(t, filepath.Join(checkout, "b.py"), "def b(): pass\n")
		return runCommand(t, shell(home, checkout, line))
	}
	archive := filepath.Join(machine, "cache.tar")
	if r := job("1"); r.code != exitOK || !strings.Contains(r.stdout, "2 files: 2 parsed") {
		t.Fatalf("first job: %+v", r)
	}
	mustRun(t, exec.Command("tar", "--posix", "-P", "-cf", archive, path))
	if err := os.RemoveAll(home); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exec.Command("tar", "-P", "-xf", archive))
	if r := job("2"); r.code != exitOK || !strings.Contains(r.stdout, "2 files: 0 parsed") {
		t.Fatalf("second job: %+v", r)
	}
}

// What the image's builder has warmed serves another user, from where he can write nothing.
func TestReadmeImage(t *testing.T) {
	t.Parallel()
	text := recipe(t, "**Images.**", "dockerfile")
	image, home := newDir(t), newDir(t)
	inImage := strings.NewReplacer("/opt/", image+"/opt/", "/src", image+"/src")
	write(t, filepath.Join(image, "src", "a.go"), "package a\n\nfunc A() {}\n")
	write(t, filepath.Join(image, "opt", "other"), "")
	mustRun(t, shell(filepath.Join(image, "root"), image, "symcache"+inImage.Replace(after(t, text, "RUN symcache", ""))))

	write(t, filepath.Join(home, "clone", "a.go"), "package a\n\nfunc A() {}\n")
	write(t, filepath.Join(home, "clone", "mine.go"), "package a\n\nfunc B() {}\n")
	cmd := shell(home, home, "symcache warm clone && symcache doctor && symcache stats")
	cmd.Env = append(cmd.Env, inImage.Replace(after(t, text, "ENV ", "")))
	if os.Getuid() == 0 {
		const user = 12345
		err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, user, user)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	before := mustRun(t, exec.Command("ls", "-lR", image))
	out := mustRun(t, cmd)
	for _, want := range []string{"2 files: 1 parsed, 1 reused", "1 summary of 1 tree"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "base cache") {
		t.Errorf("doctor does not like the base:\n%s", out)
	}
	if now := mustRun(t, exec.Command("ls", "-lR", image)); now != before {
		t.Errorf("the image was changed:\n%s\n%s", before, now)
	}
}
