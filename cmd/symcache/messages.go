package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// messages is a handler of log records for people who run a command:
//
//	symcache: warning: cannot write to the cache; going on without it: /x/y: no space left on device
//
// The error stands last, since it may have several lines. The cause says the same in a word, for programs, and is left out.
type messages struct {
	mu    *sync.Mutex
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
}

func newMessages(out io.Writer, level slog.Level) *messages {
	return &messages{mu: new(sync.Mutex), out: out, level: level}
}

// Enabled is that of slog.Handler.
func (m *messages) Enabled(_ context.Context, level slog.Level) bool { return level >= m.level }

// WithAttrs is that of slog.Handler.
func (m *messages) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *m
	with.attrs = append(slices.Clone(m.attrs), attrs...)
	return &with
}

// WithGroup is that of slog.Handler. Messages have no groups.
func (m *messages) WithGroup(string) slog.Handler { return m }

// Handle is that of slog.Handler.
func (m *messages) Handle(_ context.Context, r slog.Record) error {
	var about []string
	problem := ""
	each := func(attr slog.Attr) bool {
		value := attr.Value.Resolve()
		err, isError := value.Any().(error)
		switch {
		case isError:
			problem = ": " + plainError(err)
		case attr.Key != "cause":
			about = append(about, fmt.Sprintf("%s %v", strings.ReplaceAll(attr.Key, "_", " "), value))
		}
		return true
	}
	for _, attr := range m.attrs {
		each(attr)
	}
	r.Attrs(each)
	text := r.Message
	if len(about) > 0 {
		text += " (" + strings.Join(about, ", ") + ")"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := fmt.Fprintf(m.out, "symcache: %s: %s%s\n", levelWord(r.Level), text, problem)
	return err
}

func levelWord(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warning"
	case level >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}
