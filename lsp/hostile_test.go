package lsp

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

func frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

const statusBody = `{"jsonrpc":"2.0","id":"after","method":"symcache/status"}`

// P18: bytes that are no message cost themselves and no other message.
func TestGarbageIsSkipped(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		e := start(setup{})
		e.initialize(without("window"))
		for _, test := range []struct {
			name, bytes string
			code        int // of the answer without an id; 0: there is none
		}{
			{"text before a header", "hello\r\nworld\n" + frame(statusBody), 0},
			{"text on the line of a header", "hello" + frame(statusBody), 0},
			{"blank lines", "\r\n\n\r\n" + frame(statusBody), 0},
			{"lines end in LF", strings.ReplaceAll(frame(statusBody), "\r", ""), 0},
			{"header in lower case", strings.ReplaceAll(frame(statusBody), "Content-L", "content-l"), 0},
			{"other fields", "X-Y: z\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n" + frame(statusBody), 0},
			{"field after the length", strings.Replace(frame(statusBody), "\r\n", "\r\nContent-Type: x\r\n", 1), 0},
			{"two lengths", "Content-Length: 5\r\n" + frame(statusBody), 0},
			{"length is no number", "Content-Length: many\r\n\r\n" + frame(statusBody), 0},
			{"length 0", "Content-Length: 0\r\n\r\n" + frame(statusBody), 0},
			{"negative length", "Content-Length: -1\r\n\r\n" + frame(statusBody), 0},
			{"length above 64 bits", "Content-Length: 99999999999999999999\r\n\r\n" + frame(statusBody), 0},
			{"endless line", strings.Repeat("x", 10*maxHeaderLine+17) + frame(statusBody), 0},
			{"endless field", "Content-Type: " + strings.Repeat("x", 2*maxHeaderLine) + "\r\n" + frame(statusBody), 0},
			{"announced too little", "Content-Length: 10\r\n\r\n" + statusBody + frame(statusBody), -32700},
			{"announced too much", "Content-Length: 100\r\n\r\n" + statusBody + frame(statusBody) + frame(statusBody), -32700},
			{"no JSON", frame("hello") + frame(statusBody), -32700},
			{"half of JSON", frame(`{"jsonrpc":"2.0","id":5,"method":"symcache/sta`) + frame(statusBody), -32700},
			{"no object", frame("5") + frame(statusBody), -32700},
			{"a batch", frame("["+statusBody+"]") + frame(statusBody), -32600},
			{"no message", frame("{}") + frame(statusBody), -32600},
			{"method is no string", frame(`{"jsonrpc":"2.0","id":5,"method":5}`) + frame(statusBody), -32600},
			{"id is an object", frame(`{"jsonrpc":"2.0","id":{},"method":"x"}`) + frame(statusBody), -32600},
			{"no version", frame(`{"id":5,"method":"x"}`) + frame(statusBody), -32600},
			{"deep arrays", frame(`{"jsonrpc":"2.0","id":5,"method":"x","params":`+strings.Repeat("[", 100_000)) + frame(statusBody), -32600},
			{"deep objects", frame(`{"jsonrpc":"2.0","id":5,"method":"x","params":`+strings.Repeat(`{"a":`, 100_000)) + frame(statusBody), -32600},
			{"response to nothing", frame(`{"jsonrpc":"2.0","id":5,"result":null}`) + frame(statusBody), 0},
		} {
			e.writeRaw(test.bytes)
			if test.code != 0 {
				got := e.await(test.name+": an answer without id", func(m message) bool { return m.Method == "" && (m.ID == nil || string(m.ID) == "null") })
				if got.code() != test.code {
					t.Errorf("%s: %v, want code %d", test.name, got, test.code)
				}
			}
			if got := e.reply(`"after"`); got.Error != nil {
				t.Errorf("%s: the next message: %v", test.name, got)
			}
		}
		e.leave()
		if got := e.received(); len(got) != 0 {
			t.Errorf("unasked for: %v", got)
		}
	})
}

// TestBrokenUTF8: invalid bytes and lone surrogates are replaced, as they are in
// the editor, and positions after them stay right.
func TestBrokenUTF8(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	for name, text := range map[string]string{
		"bytes": "/*\xff*/ func f() {}", "cut off": "/*\xe2\x82*/func f() {}",
		"surrogate": `/*\ud83d*/ func f() {}`,
	} {
		uri := "untitled:" + name
		e.write(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"` + uri +
			`","languageId":"go","version":1,"text":"package a\n` + text + `\n"}}}`)
		e.wantOutline(uri, "f")
		e.change(uri, 2, insert(1, 11, "xx"))
		if got := e.outline(uri); len(got) != 1 || !strings.Contains(got[0].Name, "f") || !strings.Contains(got[0].Name, "x") {
			t.Errorf("%s: outline after an edit: %+v", name, got)
		}
	}
	e.leave()
}

// P18: memory follows what arrives, not what is announced; the
// client is told at once, and what it does send of such a message is passed over. It
// does not run in parallel: what is allocated is counted for the whole process.
func TestAnnouncedLengthCostsNoMemory(t *testing.T) {
	e := startHere(t, setup{})
	e.initialize(without("window"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const announced = 1 << 30
	e.writeRaw(fmt.Sprintf("Content-Length: %d\r\n\r\n", announced))
	got := e.await("an answer without id", func(m message) bool { return m.Method == "" && string(m.ID) == "null" })
	if got.code() != -32600 {
		t.Errorf("1 GB announced: %v, want -32600", got)
	}
	e.hangUp()
	if code := e.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	// Below the bound, nothing is said: it may come.
	patient := startHere(t, setup{})
	patient.initialize(without("window"))
	patient.writeRaw(fmt.Sprintf("Content-Length: %d\r\n\r\n{", maxFrame))
	patient.hangUp()
	if code := patient.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > maxFrame/2 {
		t.Errorf("%d MB allocated for messages that never came", grown>>20)
	}
}

// P18: what is not answered yet is bounded.
func TestRequestsInFlightAreBounded(t *testing.T) {
	t.Parallel()
	inFlight := newInFlight()
	for i := range int64(maxInFlight) {
		if err := inFlight.add(jsonrpc2.NewNumberID(i), func() {}); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	var refused *jsonrpc2.Error
	err := inFlight.add(jsonrpc2.NewStringID("one more"), func() {})
	if !errors.As(err, &refused) || refused.Code != codeRequestFailed {
		t.Errorf("one more: %v, want code %d", err, codeRequestFailed)
	}
	inFlight.remove(jsonrpc2.NewNumberID(7))
	if err := inFlight.add(jsonrpc2.NewStringID("one more"), func() {}); err != nil {
		t.Errorf("in the place of one that was answered: %v", err)
	}
}
