package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that must come; it only ever
// passes when a test fails. The whole run takes a fraction of it on an idle machine.
const patience = 2 * time.Minute

// message is any JSON-RPC message.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func (m message) String() string {
	text, _ := json.Marshal(m) // what was decoded can be encoded
	return string(text)
}

func (m message) code() int {
	if m.Error == nil {
		return 0
	}
	return m.Error.Code
}

// editor is a scripted client. It frames and reads messages by itself, so that
// it does not share the mistakes of the library that the server uses.
type editor struct {
	t      *testing.T
	stdin  io.WriteCloser
	exit   func() int    // waits for the exit code of the server
	server *Server       // nil where it is another process
	read   chan struct{} // closed when all that the server wrote is in the inbox

	mu      sync.Mutex
	silent  bool              // see mute
	answers map[string]string // results by method of the server's requests; null where there is none
	lastID  int
	inbox   []message
	arrived chan struct{} // closed, and replaced, by each arrival
	ended   error         // why there will be no more messages
}

// newEditor reads the server's messages from stdout until it ends.
func newEditor(t *testing.T, stdin io.WriteCloser, stdout io.Reader, exit func() int) *editor {
	e := &editor{t: t, stdin: stdin, exit: exit, read: make(chan struct{}), arrived: make(chan struct{})}
	go e.readAll(bufio.NewReader(stdout))
	return e
}

func (e *editor) readAll(stdout *bufio.Reader) {
	defer close(e.read)
	for {
		m, err := readMessage(stdout)
		isRequest := err == nil && m.Method != "" && m.ID != nil
		e.mu.Lock()
		if err != nil {
			e.ended = err
		} else {
			e.inbox = append(e.inbox, m)
		}
		close(e.arrived)
		e.arrived = make(chan struct{})
		reply := isRequest && !e.silent
		answer, ok := e.answers[m.Method]
		if !ok {
			answer = "null"
		}
		e.mu.Unlock()
		if err != nil {
			return
		}
		if reply {
			// Off the reading: a server that writes does not read at the same time.
			go e.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, answer))
		}
	}
}

// readMessage takes nothing but frames exactly as LSP describes them.
func readMessage(r *bufio.Reader) (m message, err error) {
	header, err := r.ReadString('\n')
	if err != nil {
		if header != "" {
			return m, fmt.Errorf("stdout ended in %q", header)
		}
		return m, err
	}
	digits, ok := strings.CutPrefix(header, "Content-Length: ")
	length, err := strconv.Atoi(strings.TrimSuffix(digits, "\r\n"))
	if !ok || err != nil {
		return m, fmt.Errorf("not a header on stdout: %q", header)
	}
	if blank, err := r.ReadString('\n'); err != nil || blank != "\r\n" {
		return m, fmt.Errorf("not the end of a header: %q, %w", blank, err)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return m, fmt.Errorf("body of %d bytes: %w", length, err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("body %q: %w", body, err)
	}
	return m, nil
}

// write sends one frame, and writeRaw bytes.
func (e *editor) write(body string) {
	e.writeRaw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (e *editor) writeRaw(bytes string) {
	_, _ = io.WriteString(e.stdin, bytes) // a server that has gone is found out by what is awaited
}

// await returns the first message that matches, and takes it out of the inbox.
func (e *editor) await(what string, matches func(message) bool) message {
	e.t.Helper()
	m, err := e.find(what, matches)
	if err != nil {
		e.t.Fatal(err)
	}
	return m
}

func (e *editor) find(what string, matches func(message) bool) (message, error) {
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		for i, m := range e.inbox {
			if matches(m) {
				e.inbox = append(e.inbox[:i:i], e.inbox[i+1:]...)
				e.mu.Unlock()
				return m, nil
			}
		}
		inbox, arrived, ended := e.inbox, e.arrived, e.ended
		e.mu.Unlock()
		if ended != nil {
			return message{}, fmt.Errorf("waited for %s: stdout ended: %w; received: %v", what, ended, inbox)
		}
		select {
		case <-arrived:
		case <-deadline:
			return message{}, fmt.Errorf("waited %v for %s; received: %v", patience, what, inbox)
		}
	}
}

// mute keeps the editor from answering the server's requests.
func (e *editor) mute() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.silent = true
}

// answer gives the server's requests of a method a result, in JSON.
func (e *editor) answer(method, result string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.answers == nil {
		e.answers = make(map[string]string)
	}
	e.answers[method] = result
}

// received returns what has come and was not awaited, the log aside.
func (e *editor) received() []message {
	return e.matching(func(m message) bool { return m.Method != "window/logMessage" })
}

// matching returns what has come and was not awaited, as far as it matches.
func (e *editor) matching(matches func(message) bool) []message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(e.inbox), func(m message) bool { return !matches(m) })
}

// call sends a request and returns its id.
func (e *editor) call(method string, params any) (id string) {
	e.mu.Lock()
	e.lastID++
	id = strconv.Itoa(e.lastID)
	e.mu.Unlock()
	e.send(id, method, params)
	return id
}

// send sends a request, or with an empty id a notification.
func (e *editor) send(id, method string, params any) {
	m := message{ID: json.RawMessage(id), Method: method}
	if params != nil {
		encoded, err := json.Marshal(params)
		if err != nil {
			e.t.Errorf("encode params of %s: %v", method, err)
		}
		m.Params = encoded
	}
	body := m.String()
	e.write(`{"jsonrpc":"2.0",` + body[1:])
}

func (e *editor) notify(method string, params any) { e.send("", method, params) }

// reply waits for the response to a request.
func (e *editor) reply(id string) message {
	e.t.Helper()
	return e.await("the response to "+id, isReply(id))
}

func isReply(id string) func(message) bool {
	return func(m message) bool { return m.Method == "" && string(m.ID) == id }
}

// request sends a request and waits for its response.
func (e *editor) request(method string, params any) message {
	e.t.Helper()
	return e.reply(e.call(method, params))
}

// ask sends a request that must succeed, and decodes its result.
func ask[R any](e *editor, method string, params any) (result R) {
	e.t.Helper()
	m := e.request(method, params)
	if m.Error != nil {
		e.t.Fatalf("%s: %v", method, m)
	}
	if err := json.Unmarshal(m.Result, &result); err != nil {
		e.t.Fatalf("%s: %v: %v", method, err, m)
	}
	return result
}

// progress waits for the begin, a report or the end of the scan's progress.
func (e *editor) progress(kind string) progressValue {
	e.t.Helper()
	var p struct{ Value progressValue }
	e.await("progress "+kind, func(m message) bool {
		p.Value = progressValue{}
		return m.Method == "$/progress" && json.Unmarshal(m.Params, &p) == nil && p.Value.Kind == kind
	})
	return p.Value
}

type progressValue struct {
	Kind, Title, Message string
	Percentage           *int
}

// leave ends the session in order, and checks that the server exits with 0.
func (e *editor) leave() {
	e.t.Helper()
	if m := e.request("shutdown", nil); m.Error != nil || string(m.Result) != "null" {
		e.t.Errorf("shutdown: %v", m)
	}
	e.notify("exit", nil)
	if code := e.wait(); code != 0 {
		e.t.Errorf("exit code %d after shutdown and exit, want 0", code)
	}
}

// wait waits until the server has ended and all that it wrote is read, and returns
// its exit code.
func (e *editor) wait() int {
	code := e.exit()
	select {
	case <-e.read:
	case <-time.After(patience):
		e.t.Errorf("the server's stdout has not ended within %v", patience)
	}
	return code
}

// hangUp closes the server's input.
func (e *editor) hangUp() {
	if err := e.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		e.t.Logf("close stdin: %v", err)
	}
}
