package lspclient

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// maxFrame bounds a message in bytes. The longest answers that were seen, to a query
	// of one letter from a server that sends all it has, are some 20 MB.
	maxFrame = 256 << 20

	// maxHeaders bounds the lines before a body; LSP has two kinds.
	maxHeaders = 16
)

// errFrame is a stream that is not in LSP's form.
var errFrame = errors.New("malformed frame")

// readFrame reads the body of one message. It returns io.EOF at the end of the stream.
func readFrame(r *bufio.Reader) ([]byte, error) {
	length := -1
	for n := 0; ; n++ {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && n == 0 && len(line) == 0:
			return nil, io.EOF
		case err != nil:
			return nil, fmt.Errorf("read a header: %w", err)
		case n == maxHeaders:
			return nil, fmt.Errorf("%w: over %d headers", errFrame, maxHeaders)
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			break
		}
		name, value, _ := strings.Cut(text, ":")
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		length, err = strconv.Atoi(strings.TrimSpace(value))
		if err != nil || length < 0 || length > maxFrame {
			return nil, fmt.Errorf("%w: length %q", errFrame, value)
		}
	}
	if length < 0 {
		return nil, fmt.Errorf("%w: no length", errFrame)
	}
	// Not allocated on the announcement: it grows as bytes arrive.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r, int64(length)); err != nil {
		return nil, fmt.Errorf("read a body of %d bytes: %w", length, err)
	}
	return body.Bytes(), nil
}
