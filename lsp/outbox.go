package lsp

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"

	"go.lsp.dev/protocol"
)

// maxOutbox bounds the messages that wait for a client that does not read, some 200 bytes
// each. Further ones are dropped.
const maxOutbox = 1024

// note is a notification that nobody waits for.
type note struct {
	method string
	params any
}

// post sends a notification soon, from the background: the read loop must not wait for a
// client that is writing and does not read.
func (s *Server) post(method string, params any) {
	select {
	case s.outbox <- note{method, params}:
	default:
	}
}

// sendNotes sends posted notifications until ctx ends. It does not log a failure: the log
// posts too, and the connection notices the failure itself.
func (s *Server) sendNotes(ctx context.Context) {
	for {
		select {
		case n := <-s.outbox:
			_ = s.conn.Notify(ctx, n.method, n.params)
		case <-ctx.Done():
			return
		}
	}
}

// logOff is a level above all others.
const logOff = slog.Level(math.MaxInt32)

// logLevels are the levels of the setting logLevel.
func logLevels() map[string]slog.Level {
	return map[string]slog.Level{
		"off": logOff, "error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
	}
}

// clientLog sends log lines to the client, and passes them on to another handler.
type clientLog struct {
	slog.Handler
	level *slog.LevelVar // for the client
	post  func(method string, params any)
	attrs string
	group string
}

func newClientLog(next slog.Handler, post func(method string, params any)) *clientLog {
	level := new(slog.LevelVar)
	level.Set(logOff) // until the client is known
	return &clientLog{Handler: next, level: level, post: post}
}

// Enabled implements slog.Handler.
func (c *clientLog) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= c.level.Level() || c.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (c *clientLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= c.level.Level() {
		text := r.Message + c.attrs
		r.Attrs(func(a slog.Attr) bool {
			text += c.format(a)
			return true
		})
		c.post(protocol.MethodWindowLogMessage, &protocol.LogMessageParams{Type: messageType(r.Level), Message: text})
	}
	if !c.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

func (c *clientLog) format(a slog.Attr) string {
	return fmt.Sprintf(" %s%s=%s", c.group, a.Key, strings.ToValidUTF8(a.Value.String(), "\ufffd"))
}

// WithAttrs implements slog.Handler.
func (c *clientLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *c
	next.Handler = c.Handler.WithAttrs(attrs)
	for _, a := range attrs {
		next.attrs += c.format(a)
	}
	return &next
}

// WithGroup implements slog.Handler.
func (c *clientLog) WithGroup(name string) slog.Handler {
	next := *c
	next.Handler = c.Handler.WithGroup(name)
	next.group += name + "."
	return &next
}

func messageType(level slog.Level) protocol.MessageType {
	switch {
	case level >= slog.LevelError:
		return protocol.MessageTypeError
	case level >= slog.LevelWarn:
		return protocol.MessageTypeWarning
	case level >= slog.LevelInfo:
		return protocol.MessageTypeInfo
	}
	return protocol.MessageTypeLog // the type for debugging is of LSP 3.18
}
