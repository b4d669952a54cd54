package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"go.lsp.dev/jsonrpc2"
)

// echoCommand is the first argument of a run that is the floor of a language server: it reads
// and writes the same frames by the same library, and its answers are as long as it is told.
const echoCommand = "echo"

// echoParams are the params of a request to it. Params are those of the request whose cost is
// asked for, so that it is as long.
type echoParams struct {
	Length int `json:"length"` // of the result, in bytes
	Params any `json:"params"`
}

// runEcho answers until stdin ends.
func runEcho(ctx context.Context, stdin io.ReadCloser, stdout io.WriteCloser) error {
	stream := struct {
		io.Reader
		io.WriteCloser
	}{stdin, stdout}
	conn := jsonrpc2.NewConn(jsonrpc2.NewStream(stream), jsonrpc2.WithCodec(rawCodec{}))
	conn.Go(ctx, func(ctx context.Context, req *jsonrpc2.Request) (any, error) {
		if !req.IsCall() {
			return nil, nil
		}
		jsonrpc2.Async(ctx) // as a server does
		var params echoParams
		if err := json.Unmarshal(req.Params(), &params); err != nil {
			return nil, nil //nolint:nilerr // shutdown has none
		}
		return jsonrpc2.RawMessage(`"` + strings.Repeat("x", max(0, params.Length-2)) + `"`), nil
	})
	select {
	case <-conn.Done():
		return nil // the client has gone; how does not matter
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rawCodec sends results that are JSON already.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(jsonrpc2.RawMessage); ok {
		return raw, nil
	}
	return json.Marshal(v)
}

func (rawCodec) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

// selfPath is this program, to be run as something else.
func selfPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return self, nil
}
