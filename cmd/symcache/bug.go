package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/timing"
)

const (
	// readLogs is how many log files bug reads, the newest ones: of one editor's last days, or of several editors.
	readLogs = 5

	// shownLogLines and shownSlow bound a report to what fits into an issue, some 20 KB.
	shownLogLines = 80
	shownSlow     = 20
)

func (a *app) bug() *cobra.Command {
	var walk walkFlags
	var limits limitFlags
	var logs logFlags
	var output string
	cmd := &cobra.Command{
		Use:   "bug",
		Short: "Write a report that can be shown to others",
		Long: `Bug writes a report in Markdown, for an issue: versions of the program, the grammars and the
operating system; what 'symcache doctor', 'stats' and 'config' say; and of the log files of the last
servers the slow requests, with what took their time, and the last lines.

Nothing in it names your code. Shown are numbers, times, the names of methods and languages, messages of
symcache's own, texts of system errors, and of a crash the functions of symcache with their lines. All
else is replaced by pseudonyms such as path-1.go, the same for the same thing: file names and paths,
names of symbols, queries, patterns, your user name and your home directory. No source text is read.

It changes nothing. Look through the report before you send it.`,
		Example: `  symcache bug
  symcache bug --output report.md
  symcache bug --log-file /tmp/symcache.log | less`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := a.settings(cmd, &walk, &limits, &logs)
			if err != nil {
				return err
			}
			text, err := a.bugReport(settings, &logs, limits.options().MaxSize)
			if err != nil {
				return err
			}
			if output == "" {
				_, err = io.WriteString(a.out, text)
				return err
			}
			if err := os.WriteFile(output, []byte(text), 0o600); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			fmt.Fprintf(a.err, "The report is in %s. Look through it before you send it.\n", output)
			return nil
		},
	}
	walk.add(cmd.Flags())
	limits.add(cmd.Flags())
	logs.add(cmd.Flags())
	cmd.Flags().StringVar(&output, "output", "", "write the report to `FILE`")
	mustComplete(cmd.MarkFlagFilename("output", "md"))
	return cmd
}

// bugWriter makes a report.
type bugWriter struct {
	strings.Builder
	*redactor
}

func (b *bugWriter) section(title string) { fmt.Fprintf(&b.Builder, "\n## %s\n\n", title) }

func (b *bugWriter) item(name, format string, args ...any) {
	fmt.Fprintf(&b.Builder, "- %s: %s\n", name, fmt.Sprintf(format, args...))
}

func (a *app) bugReport(settings []settingJSON, logs *logFlags, maxSize int64) (string, error) {
	b := &bugWriter{redactor: newRedactor()}
	b.WriteString("# Report of symcache\n\nMade by `symcache bug`. Paths and names are replaced: the same pseudonym is the same thing.\n")
	b.versions()
	b.system()
	root, err := a.root()
	if err != nil {
		b.section("Doctor")
		b.item("no cache directory", "%s", b.failure(err.Error()))
		return b.String(), nil
	}
	opts, err := a.storeOptions(a.logger())
	if err != nil {
		return "", err
	}
	d, err := cachestore.Diagnose(root, opts, maxSize)
	if err != nil {
		return "", fmt.Errorf("look at the cache: %w", err)
	}
	b.diagnosis(&d, a.bugDirectory(b.redactor, root))
	b.stats(&d.Stats)
	b.settings(settings)
	records, err := readRecords(logs, d.Dir)
	b.slow(records)
	b.log(records, err)
	return b.String(), nil
}

// bugDirectory shows where the cache is.
func (a *app) bugDirectory(r *redactor, root string) string {
	usual, err := cachestore.DefaultRoot()
	if err != nil {
		usual = ""
	}
	return r.place(root, usual, "where it is by default")
}

func (b *bugWriter) versions() {
	b.section("Version")
	b.item("symcache", "%s, commit %s, store format %d", programVersion, programCommit(), cachestore.FormatVersion)
	b.item("built with", "%s for %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	extractor := symbols.NewExtractor(1)
	for _, lang := range symbols.Languages() {
		revision, err := extractor.Revision(lang, symbols.PartSymbols)
		if err != nil {
			b.item(lang.ID, "%s", b.failure(err.Error()))
			continue
		}
		b.item(lang.ID, "grammar %s, revision %s", extractor.GrammarVersion(lang), cachestore.Revision(revision))
	}
}

// shownVariables are the variables of the environment that matter. Of those that are set the names are told.
func shownVariables() []string {
	return []string{
		"SYMCACHE_DIR", "SYMCACHE_BASE", "SYMCACHE_JOBS", "SYMCACHE_LOG_LEVEL", "SYMCACHE_LOG_FILE", "SYMCACHE_MAX_FILE_SIZE",
		"SYMCACHE_MAX_SIZE", "SYMCACHE_MAX_AGE", "XDG_CACHE_HOME", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG",
	}
}

func (b *bugWriter) system() {
	b.section("System")
	b.item("system", "%s", cmp.Or(systemVersion(), "not known"))
	b.item("processors", "%d, of which Go uses %d", runtime.NumCPU(), runtime.GOMAXPROCS(0))
	var set []string
	for _, name := range shownVariables() {
		if os.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	b.item("variables that are set", "%s", cmp.Or(strings.Join(set, ", "), "none of "+strings.Join(shownVariables()[:2], ", ")+" and the like"))
}

func (b *bugWriter) diagnosis(d *cachestore.Diagnosis, directory string) {
	b.section("Doctor")
	b.item("cache", "%s, made already: %t", directory, d.Exists)
	b.item("file system", "%s, on another machine: %t, locks: %t, free: %s", cmp.Or(d.FileSystem, "not known"), d.Network, d.Locks, formatBytes(d.Free))
	if n := watchLimit(); n >= 0 {
		b.item("watches", "%s", formatCount(n))
	}
	b.item("locks that are held", "%d", len(d.Holders))
	for _, base := range d.Bases {
		b.item("base cache", "%s: usable: %t, %s summaries, %s", b.path(base.Path), base.Usable, formatCount(base.Entries), formatBytes(base.Bytes))
	}
	for _, p := range d.Problems {
		cause := ""
		if p.Err != nil {
			cause = ": " + b.failure(p.Err.Error())
		}
		number := ""
		if p.Number != 0 {
			number = fmt.Sprintf(" (%d)", p.Number)
		}
		b.item(string(p.Severity), "%s%s%s", p.Code, number, cause)
	}
	if len(d.Problems) == 0 {
		b.item("problems", "none")
	}
}

func (b *bugWriter) stats(stats *cachestore.Stats) {
	b.section("Stats")
	lastGC := "never"
	if !stats.LastGC.IsZero() {
		lastGC = stats.LastGC.UTC().Format(time.RFC3339)
	}
	b.item("all", "%s summaries, %s packs, %s workspaces, %s", formatCount(stats.Entries), formatCount(stats.Packs),
		formatCount(stats.Workspaces), formatBytes(stats.Bytes))
	b.item("last gc", "%s", lastGC)
	for _, language := range slices.Sorted(maps.Keys(stats.ByLanguage)) {
		l := stats.ByLanguage[language]
		b.item(b.member("language", language), "%s summaries, %s", formatCount(l.Entries), formatBytes(l.Bytes))
	}
}

// settings shows the values of settings that name nothing, and how many the others have.
func (b *bugWriter) settings(settings []settingJSON) {
	b.section("Configuration")
	for _, s := range settings {
		value := "(hidden)"
		switch v := s.Value.(type) {
		case []string:
			value = fmt.Sprintf("(%d)", len(v))
		case map[string]bool:
			value = fmt.Sprintf("%d of %d on", countOn(v), len(v))
		case string:
			// The others of type string name a directory or a file.
			if slices.Contains([]string{"log", "maxSize", "maxAge", "logLevel"}, s.Name) || slices.Contains([]string{"", logFileOff}, v) {
				value = v
			}
		default:
			if text, err := json.Marshal(v); err == nil {
				value = string(text)
			}
		}
		b.item(s.Name, "%s, by %s", cmp.Or(value, "(in the cache)"), s.Source)
	}
}

func countOn(switches map[string]bool) (n int) {
	for _, on := range switches {
		if on {
			n++
		}
	}
	return n
}

// record is a line of a log.
type record map[string]any

func (r record) text(key string) string {
	text, _ := r[key].(string)
	return text
}

// readRecords returns the lines of the newest log files, oldest file first. Lines that are no JSON object with a time
// are left out. The error says why some could not be read.
func readRecords(logs *logFlags, dir string) (records []record, err error) {
	var paths []string
	switch {
	case logs.file == logFileOff:
	case logs.file != "":
		paths = []string{logs.file + oldLog, logs.file}
	case dir != "":
		found, findErr := serverLogs(filepath.Join(dir, logsName))
		err = findErr
		for _, log := range found[:min(len(found), readLogs)] {
			paths = append(paths, log.path)
		}
		slices.Reverse(paths)
	}
	for _, path := range paths {
		text, readErr := readEnd(path, maxLogBytes)
		if readErr != nil && !errors.Is(readErr, os.ErrNotExist) {
			err = errors.Join(err, readErr)
		}
		for line := range strings.Lines(text) {
			var r record
			if json.Unmarshal([]byte(line), &r) == nil && shapes().time.MatchString(r.text("time")) {
				records = append(records, r)
			}
		}
	}
	return records, err
}

// readEnd returns the end of a regular file, of at most limit bytes.
func readEnd(path string, limit int64) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return "", fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info.Size() > limit {
		if _, err := f.Seek(-limit, io.SeekEnd); err != nil {
			return "", err
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, limit))
	return string(text), err
}

// slow shows the last slow requests by phase, and how many requests of each method there were.
func (b *bugWriter) slow(records []record) {
	b.section("Slow requests")
	type total struct{ count, slow, longest float64 }
	totals := make(map[string]total)
	var slow []record
	for _, r := range records {
		switch r.text("msg") {
		case "slow request":
			slow = append(slow, r)
		case "requests":
			method := b.member("method", r.text("method"))
			t := totals[method]
			t.count += number(r["count"])
			t.slow += number(r["slow"])
			t.longest = max(t.longest, number(r["longest_ms"]))
			totals[method] = t
		}
	}
	if len(slow) == 0 {
		b.WriteString("None in the log files.\n")
	}
	for _, r := range slow[max(0, len(slow)-shownSlow):] {
		var phases []string
		for _, phase := range append(timing.Phases(), "other") {
			if ms := number(r[string(phase)+"_ms"]); ms > 0 {
				phases = append(phases, fmt.Sprintf("%s %.0f ms", phase, ms))
			}
		}
		failed := ""
		if r["failed"] == true {
			failed = ", not answered"
		}
		b.item(b.member("ended", r.text("ended")), "%s %.0f ms%s: %s", b.member("method", r.text("method")), number(r["ms"]), failed,
			strings.Join(phases, ", "))
	}
	for _, method := range slices.Sorted(maps.Keys(totals)) {
		t := totals[method]
		b.item("of servers that have ended", "%.0f %s, %.0f of them slow, the longest %.0f ms", t.count, method, t.slow, t.longest)
	}
}

// number is that of a member, 0 for none.
func number(value any) float64 {
	n, _ := value.(float64)
	return n
}

// log shows the last lines.
func (b *bugWriter) log(records []record, err error) {
	b.section("Log")
	if err != nil {
		b.item("not all log files could be read", "%s", b.failure(err.Error()))
	}
	if len(records) == 0 {
		b.WriteString("No lines.\n")
		return
	}
	b.WriteString("```\n")
	for _, r := range records[max(0, len(records)-shownLogLines):] {
		level := r.text("level")
		if !slices.Contains([]string{"DEBUG", "INFO", "WARN", "ERROR"}, level) {
			level = "?"
		}
		fmt.Fprintf(&b.Builder, "%s %s %s", r.text("time"), level, b.message(r.text("msg")))
		for _, key := range slices.Sorted(maps.Keys(r)) {
			if slices.Contains([]string{"time", "level", "msg"}, key) {
				continue
			}
			fmt.Fprintf(&b.Builder, " %s=%s", b.key(key), b.value(key, r[key]))
		}
		b.WriteByte('\n')
	}
	b.WriteString("```\n")
}
