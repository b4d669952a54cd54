package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
)

const (
	// maxLogBytes is the size of a log file, in bytes, from which a new one is begun. The last megabyte of a server's
	// log holds some 5,000 lines; a session without trouble writes ten.
	maxLogBytes = 1 << 20

	// keptLogs is how many log files of servers that have ended are left when another begins, of 2*maxLogBytes at
	// most each: enough to find yesterday's trouble with several editors open.
	keptLogs = 10

	// keptLogAge is how long a log file is kept: as long as what is not used in the cache.
	keptLogAge = 30 * 24 * time.Hour

	// logQueue is how many lines may wait for the disk, some 200 bytes each. Lines that come then are dropped and
	// counted: no request waits for its log.
	logQueue = 1024

	// logPatience is how long the end of a server waits for its last lines to be written. A client grants it about
	// 100 ms in all; a disk may hang.
	logPatience = 50 * time.Millisecond
)

const (
	logsName   = "logs" // the directory of log files, in the user's namespace
	logPrefix  = "serve-"
	logSuffix  = ".log"
	oldLog     = ".old" // behind the name of the file before
	logFileOff = "off"
)

// logFlags choose the log file.
type logFlags struct{ file string }

func (l *logFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&l.file, "log-file", "",
		"log to `FILE`, or \"off\" [$SYMCACHE_LOG_FILE] (default: a new one in the cache, see 'symcache serve --help')")
}

// path returns the log file of a server that begins, empty for none. dir is the user's namespace in the cache, empty
// where there is none.
func (l *logFlags) path(dir string, now time.Time) (path string, err error) {
	switch {
	case l.file == logFileOff:
		return "", nil
	case l.file != "":
		return filepath.Abs(l.file)
	case dir == "":
		return "", nil
	}
	name := fmt.Sprintf("%s%s-%d%s", logPrefix, now.UTC().Format("20060102T150405"), os.Getpid(), logSuffix)
	return filepath.Join(dir, logsName, name), nil
}

// logFile writes what a server logs to a file, in a goroutine of its own: a disk that is slow or full, or that hangs,
// delays no request. A file that has become large is renamed to NAME.old, over the one before, and a new one is begun.
type logFile struct {
	limit   int64       // maxLogBytes, but for tests
	failed  func(error) // called once, when a line cannot be written; no more are written then
	place   chan string // gets the path
	lines   chan []byte
	stop    chan struct{}
	stopped sync.Once
	ended   chan struct{}
	dropped atomic.Int64 // lines
}

// newLogFile returns a log file that has no place yet: its lines wait in memory.
func newLogFile(limit int64, failed func(error)) *logFile {
	l := &logFile{
		limit: limit, failed: failed, place: make(chan string, 1),
		lines: make(chan []byte, logQueue), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	go l.run()
	return l
}

// open says, once, where the file is; it is made for the first line. An empty path drops all lines.
func (l *logFile) open(path string) { l.place <- path }

// Write takes one line. It waits for nothing.
func (l *logFile) Write(line []byte) (int, error) {
	select {
	case l.lines <- slices.Clone(line):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// Close writes what is left, as far as that takes no longer than logPatience. What is logged later is lost.
func (l *logFile) Close() {
	l.stopped.Do(func() { close(l.stop) })
	select {
	case <-l.ended:
	case <-time.After(logPatience):
	}
}

func (l *logFile) run() {
	defer close(l.ended)
	w := logWriter{limit: l.limit}
	defer w.close()
	select {
	case w.path = <-l.place:
	case <-l.stop:
		select { // both may have come
		case w.path = <-l.place:
		default:
		}
	}
	write := func(line []byte) {
		if w.err != nil || w.path == "" {
			return
		}
		if dropped := l.dropped.Swap(0); dropped > 0 {
			w.write(fmt.Appendf(nil, `{"level":"WARN","msg":"lines of the log were dropped","lines":%d}`+"\n", dropped))
		}
		w.write(line)
		if w.err != nil {
			l.failed(w.err)
		}
	}
	for {
		select {
		case line := <-l.lines:
			write(line)
		case <-l.stop:
			for {
				select {
				case line := <-l.lines:
					write(line)
				default:
					return
				}
			}
		}
	}
}

// logWriter writes lines to a file that it opens and renames. After an error it does nothing.
type logWriter struct {
	path  string
	limit int64
	file  *os.File
	size  int64
	err   error
}

func (w *logWriter) write(line []byte) {
	if w.file != nil && w.size+int64(len(line)) > w.limit {
		w.close()
		_ = os.Rename(w.path, w.path+oldLog) // ignore error: then the file grows on
	}
	if w.err == nil && w.file == nil {
		w.open()
	}
	if w.err != nil {
		return
	}
	var n int
	n, w.err = w.file.Write(line)
	w.size += int64(n)
}

func (w *logWriter) open() {
	// Of other directories none is made: neither the user's, nor those of a cache that was removed meanwhile.
	if dir := filepath.Dir(w.path); filepath.Base(dir) == logsName {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			w.err = err
			return
		}
		pruneLogs(dir, time.Now())
	}
	if w.file, w.err = os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); w.err != nil {
		w.file = nil
		return
	}
	info, err := w.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		w.limit = 1 << 62 // a pipe or a terminal, which is not renamed
		return
	}
	if w.size = info.Size(); w.size > w.limit {
		w.size = 0 // it could not be renamed; try again after as much more
	}
}

func (w *logWriter) close() {
	if w.file == nil {
		return
	}
	if err := w.file.Close(); w.err == nil {
		w.err = err
	}
	w.file = nil
}

// serverLog is a log file with the time at which it was last written.
type serverLog struct {
	path     string
	modified time.Time
	size     int64
}

// serverLogs returns the log files of servers in a directory, the newest first; none where there is no directory.
func serverLogs(dir string) ([]serverLog, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var logs []serverLog
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), oldLog)
		if !strings.HasPrefix(name, logPrefix) || !strings.HasSuffix(name, logSuffix) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() { // else it has just been removed
			logs = append(logs, serverLog{filepath.Join(dir, e.Name()), info.ModTime(), info.Size()})
		}
	}
	slices.SortFunc(logs, func(a, b serverLog) int {
		return cmp.Or(b.modified.Compare(a.modified), cmp.Compare(b.path, a.path))
	})
	return logs, err
}

// pruneLogs removes log files that are too old or too many, before one more is made. That of a server that has been
// silent for long may go too: on Unix it writes on into a file without a name.
func pruneLogs(dir string, now time.Time) {
	logs, _ := serverLogs(dir) // ignore error: then there is nothing to remove
	for i, log := range logs {
		if i >= keptLogs-1 || now.Sub(log.modified) > keptLogAge {
			_ = os.Remove(log.path) // ignore error: Windows removes no file that is open, and the next server tries again
		}
	}
}

// serverLogger returns the logger of a server: to standard error, as the other commands', and to a log file, which gets
// the level info also where standard error does not. The lines of the file are JSON, for 'symcache bug' to read.
func (a *app) serverLogger() (*slog.Logger, *logFile) {
	plain := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: a.level()}))
	file := newLogFile(maxLogBytes, func(err error) { plain.Warn("cannot write the log file; going on without it", "err", err) })
	toFile := slog.NewJSONHandler(file, &slog.HandlerOptions{Level: min(slog.LevelInfo, a.level())})
	return slog.New(slog.NewMultiHandler(plain.Handler(), toFile)), file
}
