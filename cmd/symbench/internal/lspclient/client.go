// Package lspclient is the client half of the Language Server Protocol, as far as it takes to
// ask a server for symbols: a process, frames, requests by id, and the answers that
// servers expect of an editor. Requests may be sent from any goroutine.
package lspclient

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/symcache/symcache/cmd/symbench/internal/system"
)

// exitWait is how long a server may take to shut down before it is killed. Some
// never end by themselves; nothing is measured of it.
const exitWait = 2 * time.Second

// Client is a connection to a server, and the server's process.
type Client struct {
	cmd     *exec.Cmd
	started time.Time

	writing sync.Mutex // one frame at a time
	stdin   io.WriteCloser

	mu      sync.Mutex
	lastID  int
	pending map[int]chan<- message
	done    chan struct{} // closed when nothing more can be read; cause says why
	cause   error
}

// message is a JSON-RPC request, notification or response.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *ResponseError  `json:"error,omitempty"`
}

// ResponseError is a server's refusal.
type ResponseError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *ResponseError) Error() string { return fmt.Sprintf("%s (code %d)", e.Message, e.Code) }

// Start starts a server. The command must not have been started.
func Start(cmd *exec.Cmd) (*Client, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	c := connect(stdin, stdout)
	c.cmd, c.started = cmd, started
	return c, nil
}

// connect talks to a server by a pair of streams.
func connect(stdin io.WriteCloser, stdout io.Reader) *Client {
	c := &Client{stdin: stdin, pending: map[int]chan<- message{}, done: make(chan struct{})}
	go c.read(stdout)
	return c
}

// Since returns the time since just before the process was started.
func (c *Client) Since() time.Duration { return time.Since(c.started) }

// Memory returns the memory of the server and of the processes it has started.
func (c *Client) Memory() (system.Memory, error) { return system.MemoryOf(c.cmd.Process.Pid) }

// Close asks the server to end, and kills it with all it has started if it does not soon.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), exitWait)
	defer cancel()
	// ignore errors: a server that does not take leave is killed.
	_ = c.Call(ctx, "shutdown", nil, nil)
	_ = c.Notify("exit", nil)
	_ = c.stdin.Close()
	select {
	case <-c.done:
	case <-ctx.Done():
	}
	err := system.Kill(c.cmd)
	_ = c.cmd.Wait() // ignore error: "signal: killed", mostly
	<-c.done         // at the latest since Wait has closed the pipe
	return err
}

// Call sends a request and decodes its result, which may be nil to drop it.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	answered := make(chan message, 1)
	c.mu.Lock()
	c.lastID++
	id := c.lastID
	c.pending[id] = answered
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
	}()

	if err := c.write(message{ID: fmt.Append(nil, id), Method: method, Params: params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case answer := <-answered:
		if answer.Error != nil {
			return fmt.Errorf("%s: %w", method, answer.Error)
		}
		if result == nil || len(answer.Result) == 0 {
			return nil
		}
		if err := json.Unmarshal(answer.Result, result); err != nil {
			return fmt.Errorf("%s: decode the result: %w", method, err)
		}
		return nil
	case <-c.done:
		return fmt.Errorf("%s: the server is gone: %w", method, c.cause)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// Notify sends a notification.
func (c *Client) Notify(method string, params any) error {
	if err := c.write(message{Method: method, Params: params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

func (c *Client) write(m message) error {
	m.Version = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = c.stdin.Write(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(body), body))
	return err
}

// read takes what the server sends until it ends.
func (c *Client) read(stdout io.Reader) {
	r := bufio.NewReader(stdout)
	for {
		body, err := readFrame(r)
		if err == nil {
			err = c.handle(body)
		}
		if err != nil {
			c.cause = err
			close(c.done)
			// A server that cannot be understood must not block on a full pipe.
			_, _ = io.Copy(io.Discard, stdout)
			return
		}
	}
}

func (c *Client) handle(body []byte) error {
	var m struct {
		message
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("decode a message: %w", err)
	}
	switch {
	case m.Method != "" && len(m.ID) > 0:
		// Beside the reading: a server that is busy sending may not take what we send.
		go func() {
			_ = c.write(message{ID: m.ID, Result: answer(m.Method, m.Params)}) // ignore error: reading fails too, and ends all
		}()
		return nil
	case m.Method != "":
		return nil // logs, progress and diagnostics
	}
	var id int
	if err := json.Unmarshal(m.ID, &id); err != nil {
		return fmt.Errorf("decode the id of a response: %w", err)
	}
	c.mu.Lock()
	answered := c.pending[id]
	delete(c.pending, id)
	c.mu.Unlock()
	if answered != nil { // nil when its caller has given up
		answered <- m.message
	}
	return nil
}

// answer is what an editor without settings of its own answers to a server's request.
func answer(method string, params json.RawMessage) json.RawMessage {
	null := json.RawMessage("null")
	if method != "workspace/configuration" {
		return null
	}
	var asked struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(params, &asked); err != nil {
		return null
	}
	list := make([]any, len(asked.Items)) // a null for each: the server's own default
	body, err := json.Marshal(list)
	if err != nil {
		return null
	}
	return body
}
