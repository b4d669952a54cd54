package lsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// FuzzStreamRead feeds arbitrary bytes, then two blank lines, then a valid
// message. Reading ends, never panics, and finds the message, unless the bytes
// announce it as part of their own.
func FuzzStreamRead(f *testing.F) {
	const ping = `{"jsonrpc":"2.0","id":"the last","method":"ping"}`
	for _, seed := range []string{
		"", "garbage", "\r\n", "Content-Length: 5\r\n\r\nhello", "Content-Length: 5\r\n\r\n{}", "Content-Length: 1000\r\n\r\n{}",
		"Content-Length: 1073741824\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 3\r\nContent-Length: 2\r\n\r\n{}",
		"Content-Type: x\r\n\r\n", "content-length:2\n\n{}", "Content-Length", "Content-Length: 2\r\n\r\n[]", "Content-Length: 4\r\n\r\n\"\\\"\"",
		frame(ping), frame(strings.Repeat("[", 2000)), strings.Repeat("x", maxHeaderLine-5), "Content-Length: 2\r\n", "\xff\xfe\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, garbage []byte) {
		input := string(garbage) + "\n\n" + frame(ping)
		var answers bytes.Buffer
		ended := false
		s := newStream(strings.NewReader(input), &answers, io.NopCloser(nil), slog.New(slog.DiscardHandler), func() { ended = true })
		found := false
		for {
			message, length, err := s.Read(context.Background())
			if err != nil {
				break
			}
			if length < 1 || length > int64(len(input)) {
				t.Fatalf("a message of %d bytes in %d", length, len(input))
			}
			if call, ok := message.(*jsonrpc2.Call); ok {
				id, _ := call.ID().StringValue()
				found = id == "the last"
			}
		}
		if !ended {
			t.Error("the end was not reported")
		}
		if s.body.Cap() > 4*(len(input)+bytes.MinRead) {
			t.Errorf("%d bytes of memory for %d of input", s.body.Cap(), len(input))
		}
		// Only a length in the garbage may keep the message from being read as one.
		if announces := bytes.Contains(bytes.ToLower(garbage), []byte("content-length")); !found && !announces {
			t.Errorf("the message after %q was not found", garbage)
		}
	})
}

// TestStreamResync: garbage without a line end may be of any length before a
// header: where the reader cuts it must not matter.
func TestStreamResync(t *testing.T) {
	t.Parallel()
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for n := maxHeaderLine - 40; n < maxHeaderLine+5; n++ {
		s := newStream(strings.NewReader(strings.Repeat("x", n)+frame(ping)), io.Discard, io.NopCloser(nil), slog.New(slog.DiscardHandler), func() {})
		if message, _, err := s.Read(context.Background()); err != nil {
			t.Errorf("after %d bytes: %v, %v", n, message, err)
		}
	}
}

// TestStreamEnd: the end between messages is an end, within one it is an error.
func TestStreamEnd(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]error{
		"": io.EOF, "\r\n": io.EOF, "garbage\n": io.EOF, "garbage": io.ErrUnexpectedEOF, "Content-Length: 5\r\n": io.ErrUnexpectedEOF,
		"Content-Length: 5\r\n\r\n": io.ErrUnexpectedEOF, "Content-Length: 5\r\n\r\n{": io.ErrUnexpectedEOF,
		"Content-Length: 999999999999\r\n\r\n{": io.ErrUnexpectedEOF, strings.Repeat("x", 2*maxHeaderLine): io.ErrUnexpectedEOF,
	} {
		s := newStream(strings.NewReader(input), io.Discard, io.NopCloser(nil), slog.New(slog.DiscardHandler), func() {})
		if _, _, err := s.Read(context.Background()); !errors.Is(err, want) || err == nil {
			t.Errorf("%.40q: %v, want %v", input, err, want)
		}
	}
}

// TestStreamLogsOnce: a flood of garbage is one line in the log.
func TestStreamLogsOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newStream(strings.NewReader(strings.Repeat("garbage\n", 100_000)), io.Discard, io.NopCloser(nil),
		slog.New(slog.NewTextHandler(&log, nil)), func() {})
	if _, _, err := s.Read(context.Background()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log, want 1", n)
	}
}

// TestStreamForgets: a large message does not keep its memory for the next ones.
func TestStreamForgets(t *testing.T) {
	t.Parallel()
	large := fmt.Sprintf(`{"jsonrpc":"2.0","method":"x","params":%q}`, strings.Repeat("x", 2*keptBuffer))
	s := newStream(strings.NewReader(frame(large)+frame(`{"jsonrpc":"2.0","method":"y"}`)), io.Discard, io.NopCloser(nil),
		slog.New(slog.DiscardHandler), func() {})
	for range 2 {
		if _, _, err := s.Read(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if s.body.Cap() > keptBuffer {
		t.Errorf("%d bytes are kept, want at most %d", s.body.Cap(), keptBuffer)
	}
}
