package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The echo's results are as long as they are asked to be, other requests are answered too, and
// it ends with its input.
func TestEcho(t *testing.T) {
	t.Parallel()
	in, toEcho := io.Pipe()
	fromEcho, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- runEcho(context.Background(), in, out) }()
	const length = 300
	params, err := json.Marshal(echoParams{length, map[string]any{"query": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ request, result string }{
		{fmt.Sprintf(`"method":"echo","params":%s`, params), `"` + strings.Repeat("x", length-2) + `"`},
		{`"method":"shutdown"`, "null"},
	} {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,%s}`, test.request)
		if _, err := fmt.Fprintf(toEcho, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Fscanf(fromEcho, "Content-Length: %d\r\n\r\n", &n); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, n)
		if _, err := io.ReadFull(fromEcho, answer); err != nil {
			t.Fatal(err)
		}
		var decoded struct{ Result json.RawMessage }
		if err := json.Unmarshal(answer, &decoded); err != nil || string(decoded.Result) != test.result {
			t.Errorf("%s: %s, %v, want the result %s", test.request, answer, err, test.result)
		}
	}
	if err := toEcho.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
