package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"go.lsp.dev/protocol"
)

// replay sends what a client was recorded to send (see testdata/lsp/record.sh): a
// message per line of a file, $ROOT and $DIR for the workspace's URI and path, $PID for
// the client's process. Each request is answered before the next message goes out, and
// prints its result, unless the client cancelled it: then either answer is right.
func (c *caseRun) replay(file string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		c.t.Fatal(err)
	}
	var messages []message
	cancelled := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		var m message
		if err := json.Unmarshal([]byte(c.placed(line)), &m); err != nil || m.Method == "" {
			c.t.Fatalf("%s: not a request or notification, %v: %s", file, err, line)
		}
		var params struct{ ID json.RawMessage }
		if m.Method == protocol.MethodCancelRequest && json.Unmarshal(m.Params, &params) == nil {
			cancelled[string(params.ID)] = true
		}
		messages = append(messages, m)
	}
	if c.e == nil {
		c.e = c.start(setup{Cache: c.t.TempDir()})
		for method, result := range c.answers {
			c.e.answer(method, result)
		}
	}
	for _, m := range messages {
		c.e.send(string(m.ID), m.Method, m.Params)
		switch {
		case m.Method == protocol.MethodInitialized:
			c.e.progress("end")
		case m.Method == protocol.MethodExit:
			c.exited = true
			if code := c.e.wait(); code != 0 {
				c.t.Errorf("exit code %d, want 0", code)
			}
		case m.ID != nil && !cancelled[string(m.ID)]:
			c.output.WriteString("> " + m.Method + " " + c.shown(m.Params) + "\n")
			c.result(c.e.reply(string(m.ID)))
		}
	}
	for id := range cancelled {
		if m := c.e.reply(id); m.Error != nil && m.code() != -32800 {
			c.t.Errorf("cancelled request: %v", m)
		}
	}
}

// shown are the params of a request as they are printed: those of initialize are in the
// file, at length.
func (c *caseRun) shown(params json.RawMessage) string {
	if len(params) > 400 {
		return "..."
	}
	return strings.ReplaceAll(string(params), fileURI(c.dir), "$ROOT")
}
