package lsp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

const (
	// maxFrame bounds a message, in bytes. VS Code syncs no document above 50 MB;
	// JSON may double that. A larger message is skipped, not read into memory.
	maxFrame = 128 << 20

	// maxHeaderLine bounds a line of a header, in bytes. The two that the protocol
	// knows have less than 100.
	maxHeaderLine = 4 << 10

	// maxField is the part of a longer line, in bytes, that may still end in a
	// field: "Content-Length: " and 20 digits, with room for blanks.
	maxField = 64

	// maxNesting bounds how deep the JSON of a message nests. The deepest message
	// of LSP, a selection range, nests once per syntactic level.
	maxNesting = 1000

	// keptBuffer is the largest read buffer, in bytes, that is kept for the next
	// message.
	keptBuffer = 1 << 20
)

// stream is the framing of the LSP base protocol. Unlike that of jsonrpc2 it does not trust
// the announced length: memory grows with the bytes that have arrived. Bytes that are no
// message are answered or logged and skipped, so that one mistake of a client does not end
// the connection.
type stream struct {
	in     *bufio.Reader
	out    io.Writer
	closer io.Closer
	log    *slog.Logger
	ended  func() // called when there is nothing more to read
	body   bytes.Buffer

	writing sync.Mutex
}

var _ jsonrpc2.Stream = (*stream)(nil)

func newStream(in io.Reader, out io.Writer, closer io.Closer, log *slog.Logger, ended func()) *stream {
	return &stream{in: bufio.NewReaderSize(in, maxHeaderLine), out: out, closer: closer, log: log, ended: ended}
}

// Read implements jsonrpc2.Stream. The message is valid until the next call.
func (s *stream) Read(ctx context.Context) (msg jsonrpc2.Message, length int64, err error) {
	defer func() {
		if err != nil {
			s.ended()
		}
	}()
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		length, err = s.header()
		if err != nil {
			return nil, 0, err
		}
		if length > maxFrame {
			// Said first: what was announced may never come.
			s.reject(ctx, jsonrpc2.InvalidRequest, fmt.Sprintf("message of %d bytes: more than %d", length, maxFrame))
			if _, err := io.CopyN(io.Discard, s.in, length); err != nil {
				return nil, 0, unexpectedEOF(err)
			}
			continue
		}
		if s.body.Reset(); s.body.Cap() > keptBuffer {
			s.body = bytes.Buffer{}
		}
		if _, err := io.CopyN(&s.body, s.in, length); err != nil {
			return nil, 0, unexpectedEOF(err)
		}
		if nestsDeeper(s.body.Bytes(), maxNesting) {
			s.reject(ctx, jsonrpc2.InvalidRequest, fmt.Sprintf("message nests more than %d deep", maxNesting))
			continue
		}
		msg, err = jsonrpc2.DecodeMessage(s.body.Bytes())
		if err != nil {
			code := jsonrpc2.ParseError
			if known := (*jsonrpc2.Error)(nil); errors.As(err, &known) {
				code = known.Code
			}
			s.reject(ctx, code, "undecodable message: "+err.Error())
			continue
		}
		return msg, length, nil
	}
}

// reject answers a message whose id could not be read.
func (s *stream) reject(ctx context.Context, code jsonrpc2.Code, reason string) {
	s.log.Warn("message rejected", "reason", reason)
	_, err := s.Write(ctx, jsonrpc2.NewResponse(jsonrpc2.ID{}, nil, jsonrpc2.NewError(code, reason)))
	if err != nil {
		s.log.Debug("cannot answer a rejected message", "err", err) // the connection will notice itself
	}
}

// header reads up to the next message's body and returns its length. Bytes that
// belong to no header are skipped, and logged once; a header may begin in the
// middle of a line, when the message before it announced less than it had.
func (s *stream) header() (length int64, err error) {
	length = -1
	skipped := 0
	defer func() {
		if skipped > 0 {
			s.log.Warn("bytes that are no LSP header were skipped", "bytes", skipped)
		}
	}()
	var tail []byte // end of the part of an overlong line that has been read
	for {
		line, err := s.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			tail = append(tail[:0], line[len(line)-maxField:]...)
			skipped += len(line)
			continue
		}
		if err != nil {
			if err == io.EOF && (len(line) > 0 || len(tail) > 0 || length >= 0) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if len(tail) > 0 {
			line, tail = append(tail, line...), nil
		} else if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			if length >= 0 {
				return length, nil
			}
			continue
		}
		if n, ok := contentLength(line); ok {
			length = n
		} else if name, _, ok := bytes.Cut(line, []byte(":")); !(ok && isContentType(name)) {
			skipped += len(line)
		}
	}
}

func isContentType(name []byte) bool { return bytes.EqualFold(name, []byte("Content-Type")) }

// contentLength finds the field in a line.
func contentLength(line []byte) (int64, bool) {
	const field = "content-length:"
	at := bytes.LastIndex(bytes.ToLower(line), []byte(field))
	if at < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line[at+len(field):])), 10, 64)
	return n, err == nil && n > 0
}

// nestsDeeper reports whether brackets outside of strings nest deeper than limit.
// The text may be no JSON at all.
func nestsDeeper(text []byte, limit int) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// Write implements jsonrpc2.Stream: one message, one write.
func (s *stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	body, err := jsonrpc2.EncodeMessage(msg)
	if err != nil {
		return 0, fmt.Errorf("encode a message: %w", err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	frame := append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body...)
	n, err := s.out.Write(frame)
	return int64(n), err
}

// Close implements jsonrpc2.Stream.
func (s *stream) Close() error { return s.closer.Close() }

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
