package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A log file is for its user alone, and has no more than twice its limit on disk, whatever is logged.
func TestLogFileIsPrivateAndBounded(t *testing.T) {
	t.Parallel()
	const limit = 1000
	path := filepath.Join(t.TempDir(), logsName, "serve-1.log")
	file := newLogFile(limit, func(err error) { t.Error(err) })
	file.open(path)
	line := []byte(strings.Repeat("x", 99) + "\n")
	for range 100 {
		if _, err := file.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	file.Close()
	<-file.ended
	for name, mode := range map[string]os.FileMode{path: 0o600, path + oldLog: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if !info.IsDir() && info.Size() > limit {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(text, line) {
		t.Errorf("the last line is not the last: %q, %v", text, err)
	}
}

// Lines that are logged before the place of the file is known are in it. Without a place, no file is made.
func TestLogFileWithoutPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	for _, place := range []string{"", path} {
		file := newLogFile(maxLogBytes, func(err error) { t.Error(err) })
		if _, err := file.Write([]byte("early\n")); err != nil {
			t.Fatal(err)
		}
		file.open(place)
		file.Close()
		<-file.ended
		if text, _ := os.ReadFile(path); (string(text) == "early\n") != (place == path) {
			t.Errorf("with the place %q the file has %q", place, text)
		}
	}
}

// A log that cannot be written is told once, and ends nothing.
func TestLogFileThatCannotBeMade(t *testing.T) {
	t.Parallel()
	blocked := filepath.Join(t.TempDir(), "file")
	write(t, blocked, "")
	var failures []error
	file := newLogFile(maxLogBytes, func(err error) { failures = append(failures, err) })
	file.open(filepath.Join(blocked, logsName, "log"))
	for range 10 {
		if _, err := file.Write([]byte("line\n")); err != nil {
			t.Error(err)
		}
	}
	file.Close()
	<-file.ended
	if len(failures) != 1 {
		t.Errorf("failures: %v", failures)
	}
}

// Of the log files of servers the newest stay, and none that is old. Other files stay in any case.
func TestOldLogFilesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	age := func(name string, d time.Duration) {
		path := filepath.Join(dir, name)
		write(t, path, "x")
		if err := os.Chtimes(path, now.Add(-d), now.Add(-d)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range keptLogs + 5 {
		age(fmt.Sprintf("serve-%02d.log", i), time.Duration(i)*time.Minute)
	}
	age("notes.txt", 2*keptLogAge)
	pruneLogs(dir, now)
	logs, err := serverLogs(dir)
	if err != nil || len(logs) != keptLogs-1 || filepath.Base(logs[0].path) != "serve-00.log" {
		t.Errorf("left: %v, %v", logs, err)
	}
	pruneLogs(dir, now.Add(keptLogAge+time.Minute))
	if logs, err = serverLogs(dir); err != nil || len(logs) != 0 {
		t.Errorf("left when all are old: %v, %v", logs, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Error(err)
	}
}
