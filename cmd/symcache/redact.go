package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/timing"
)

// redactor makes texts fit for a public report. It knows what may be shown and hides everything else: a name that
// nobody thought of stays hidden. What is hidden gets a pseudonym, the same one throughout a report, such as
// "path-3.go", which says nothing about the name: it only counts.
type redactor struct {
	pseudonyms map[string]string
	counts     map[string]int // by kind of pseudonym
}

func newRedactor() *redactor {
	return &redactor{pseudonyms: make(map[string]string), counts: make(map[string]int)}
}

// hide returns the pseudonym of a text.
func (r *redactor) hide(kind, text string) string {
	key := kind + "\x00" + text
	if r.pseudonyms[key] == "" {
		r.counts[kind]++
		r.pseudonyms[key] = fmt.Sprintf("%s-%d", kind, r.counts[kind])
	}
	return r.pseudonyms[key]
}

// path hides a path but for the extension of a language that symcache knows.
func (r *redactor) path(path string) string {
	name := r.hide("path", path)
	if ext := filepath.Ext(path); slices.ContainsFunc(symbols.Languages(), func(l *language.Language) bool {
		return slices.Contains(l.Extensions, ext)
	}) {
		name += ext
	}
	return name
}

// place shows a directory of ours that is where it is by default, with "~" for what is above it, and hides others.
func (r *redactor) place(path, usual, shown string) string {
	if rest, ok := strings.CutPrefix(path, usual); ok && usual != "" && (rest == "" || rest[0] == filepath.Separator) {
		return shown
	}
	return r.path(path)
}

// shapes are those of values that say nothing of a tree. Only a report needs them: they are compiled when one does,
// since compiling them takes a quarter of a process's start.
var shapes = sync.OnceValue(func() (s struct {
	message, method, version, commit, time, panic *regexp.Regexp
	stackHead, stackFunction, stackPlace          *regexp.Regexp
}) {
	s.message = regexp.MustCompile(`^[A-Za-z][A-Za-z ,:;'()-]{0,150}$`)
	s.method = regexp.MustCompile(`^(initialized?|shutdown|exit|(\$|textDocument|workspace|workspaceSymbol|window|client|symcache|experimental)(/[A-Za-z]{1,40}){1,2})$`)
	s.version = regexp.MustCompile(`^(\(devel\)|v?\d+\.\d+\.\d+[-.+0-9A-Za-z]{0,60})$`)
	s.commit = regexp.MustCompile(`^(unknown|[0-9a-f]{40})( \(modified\))?$`)
	s.time = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	// A panic of Go itself names types and numbers and no contents.
	s.panic = regexp.MustCompile(`^runtime error: [a-z ]+(\[[-:0-9]*\])?( with (length|capacity) \d+)?$`)
	s.stackHead = regexp.MustCompile(`^goroutine \d+ \[[a-z ,0-9]+\]:$`)
	s.stackFunction = regexp.MustCompile(`^(?:created by )?([A-Za-z0-9_./~%*()\[\]·-]+?)(\(.*\))?( in goroutine \d+)?$`)
	s.stackPlace = regexp.MustCompile(`^\t.*?([A-Za-z0-9_.-]+\.(go|s):\d+)( \+0x[0-9a-f]+)?$`)
	return s
})

// words are values of a log's members that say nothing of a tree.
func words() map[string][]string {
	var languages []string
	for _, l := range symbols.Languages() {
		languages = append(languages, l.ID)
	}
	return map[string][]string{
		"state":    {"starting", "watching", "polling", "missing", "scanning", "ready"},
		"cause":    {"read", "write", "lock", "index", "gc"},
		"lock":     {"gc"},
		"language": languages,
	}
}

// value shows a member of a line of a log, or hides it.
func (r *redactor) value(key string, value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool, float64:
		return fmt.Sprint(v)
	case []any:
		return fmt.Sprintf("(%d)", len(v))
	case string:
		return r.member(key, v)
	}
	return "(hidden)"
}

func (r *redactor) member(key, text string) string {
	switch {
	case key == "method" && shapes().method.MatchString(text),
		key == "version" && shapes().version.MatchString(text),
		key == "commit" && shapes().commit.MatchString(text),
		key == "ended" && shapes().time.MatchString(text),
		slices.Contains(words()[key], text),
		text == "":
		return text
	case key == "stack":
		return stack(text)
	case key == "panic" && shapes().panic.MatchString(text):
		return text
	case slices.Contains([]string{"err", "error", "cause", "reason", "panic"}, key):
		return r.failure(text)
	case filepath.IsAbs(text) || strings.Contains(key, "path") || strings.Contains(key, "dir") || key == "root":
		return r.path(text)
	}
	return r.hide("text", text)
}

// keys are the names of members that symcache's own lines have, besides the phases of slow requests.
func keys() []string {
	return strings.Fields(`because bytes cause code commit count directories directory dropped ended entries err error failed file
		files interrupted key language lines lock longest_ms method ms other_ms packs panic parsed path pid polled reason reused root
		roots skipped slow stack state symbols syntax_errors took uri version waited watched`)
}

// key shows the name of a member.
func (r *redactor) key(name string) string {
	phase, ok := strings.CutSuffix(name, "_ms")
	if ok && slices.Contains(timing.Phases(), timing.Phase(phase)) || slices.Contains(keys(), name) {
		return name
	}
	return r.hide("text", name)
}

// message shows what a line of a log says. The program's own messages are constant texts, whose words are plain ones.
func (r *redactor) message(text string) string {
	if shapes().message.MatchString(text) {
		return text
	}
	return r.hide("text", text)
}

// knownFailures are the texts of errors that say nothing of a tree: those of the system, and some of our own.
var knownFailures = sync.OnceValue(func() map[string]bool {
	known := make(map[string]bool)
	for n := syscall.Errno(1); n < 200; n++ {
		known[n.Error()] = true
	}
	for _, text := range []string{
		"EOF", "unexpected EOF", "context canceled", "context deadline exceeded", "file already closed", "file does not exist",
		"file already exists", "permission denied", "i/o timeout", "use of closed network connection", "not a source file",
		"cachestore", "settings", "scan", "walk", "too large", "binary", "not a regular file", "gone", "no known language",
		"damaged", "foreign", "built without cgo", "read a source", "extract symbols", "invalid params",
	} {
		known[text] = true
	}
	return known
})

// failure shows the parts of an error's text that are known, and hides the others: where the middle of
// "open /home/me/x.go: permission denied" was, "path-1" or the like says no more than that something was.
func (r *redactor) failure(text string) string {
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\n", ": "), ": ") {
		if knownFailures()[part] {
			parts = append(parts, part)
			continue
		}
		hidden := r.hide("text", part)
		if n := len(parts); n == 0 || parts[n-1] != hidden {
			parts = append(parts, hidden)
		}
	}
	return strings.Join(parts, ": ")
}

// stack shows a stack's functions with the names and lines of their files: neither arguments nor directories. Other
// lines are left out.
func stack(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := shapes().stackPlace.FindStringSubmatch(line); m != nil {
			b.WriteString(" at " + m[1])
		} else if shapes().stackHead.MatchString(line) {
			b.WriteString("\n    " + line)
		} else if m := shapes().stackFunction.FindStringSubmatch(line); m != nil {
			b.WriteString("\n    " + m[1])
		}
	}
	return b.String()
}
