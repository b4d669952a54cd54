package lspclient

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeServer plays a server's half: answers get what was asked, in the order it arrives.
func fakeServer(t *testing.T, serve func(method string, send func(body string))) *Client {
	t.Helper()
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	c := connect(toServer, fromServer)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer toClient.Close()
		r := bufio.NewReader(fromClient)
		for {
			body, err := readFrame(r)
			if err != nil {
				return
			}
			var m message
			if err := json.Unmarshal(body, &m); err != nil {
				t.Error(err)
				return
			}
			method := m.Method
			if method == "" {
				method = "answer " + string(m.ID) + " " + string(body)
			}
			serve(method, func(body string) {
				body = strings.ReplaceAll(body, "ID", string(m.ID))
				fmt.Fprintf(toClient, "Content-Length: %d\r\n\r\n%s", len(body), body)
			})
		}
	}()
	t.Cleanup(func() {
		toServer.Close()
		<-ended
	})
	return c
}

func TestCall(t *testing.T) {
	t.Parallel()
	c := fakeServer(t, func(method string, send func(string)) {
		switch method {
		case "workspace/symbol":
			send(`{"jsonrpc":"2.0","method":"window/logMessage","params":{}}`)
			send(`{"jsonrpc":"2.0","id":ID,"result":[{"name":"p.Name","location":{"uri":"file:///a%20b/c.go"}},
				{"name":"x","location":{"uri":"untitled:1"}}]}`)
		case "fails":
			send(`{"jsonrpc":"2.0","id":ID,"error":{"code":-32601,"message":"unknown"}}`)
		case "shutdown":
			send(`{"jsonrpc":"2.0","id":ID,"result":null}`)
		}
	})
	got, err := c.WorkspaceSymbols(t.Context(), "Name")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Symbol{{"p.Name", "/a b/c.go"}, {"x", ""}}, got); diff != "" {
		t.Errorf("WorkspaceSymbols (-want +got):\n%s", diff)
	}
	var refused *ResponseError
	if err := c.Call(t.Context(), "fails", nil, nil); !errors.As(err, &refused) || refused.Code != -32601 {
		t.Errorf("error of a refused request: %v", err)
	}
	if err := c.Call(t.Context(), "shutdown", nil, nil); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Call(ended, "never answered", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error of a cancelled request: %v", err)
	}
}

// A server's own requests are answered, each by its id: with a null for each setting, else null.
func TestAnswers(t *testing.T) {
	t.Parallel()
	answers := make(chan string, 2)
	c := fakeServer(t, func(method string, send func(string)) {
		if text, ok := strings.CutPrefix(method, "answer "); ok {
			answers <- text
			return
		}
		send(`{"jsonrpc":"2.0","id":"s1","method":"workspace/configuration","params":{"items":[{},{}]}}`)
		send(`{"jsonrpc":"2.0","id":2,"method":"client/registerCapability","params":{}}`)
	})
	if err := c.Notify("initialized", struct{}{}); err != nil {
		t.Fatal(err)
	}
	got := []string{<-answers, <-answers}
	slices.Sort(got) // they are sent at once
	want := []string{
		`"s1" {"jsonrpc":"2.0","id":"s1","result":[null,null]}`,
		`2 {"jsonrpc":"2.0","id":2,"result":null}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// Whoever waits for a server that ends is told.
func TestServerGone(t *testing.T) {
	t.Parallel()
	fromServer, toClient := io.Pipe()
	c := connect(discard{}, fromServer)
	failed := make(chan error)
	go func() { failed <- c.Call(context.Background(), "x", nil, nil) }()
	toClient.Close()
	if err := <-failed; !errors.Is(err, io.EOF) {
		t.Errorf("error when the server is gone: %v", err)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) Close() error                { return nil }

func TestSymbolNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Name": true, "pkg.Name": true, "k8s.io/x.Name": true, "Name()": true, "ns::Name": true, "Name(a.b)": true,
		"Names": false, "name": false, "Name.Field": false, "": false,
	} {
		if got := (&Symbol{Name: name}).Names("Name"); got != want {
			t.Errorf("%q names Name: %v, want %v", name, got, want)
		}
	}
}

func TestURIs(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a/b.go", "/with space/#1/ü%.go"} {
		if got := filePath(fileURI(path)); got != path {
			t.Errorf("%q became %q", path, got)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}Content-Length: 4\r\nContent-Type: x\r\n\r\nnull"))
	f.Add([]byte("content-length:0\n\n"))
	f.Add([]byte("Content-Length: 999999999999\r\n\r\n"))
	f.Add([]byte("X: y\r\n\r\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bufio.NewReader(bytes.NewReader(stream))
		read := 0
		for {
			body, err := readFrame(r)
			if err != nil {
				break
			}
			read += len(body)
		}
		if read > len(stream) {
			t.Errorf("%d bytes of bodies in a stream of %d", read, len(stream))
		}
	})
}
