package lsp

import (
	"errors"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace/files"
)

var errNoURI = errors.New("textDocument.uri is missing")

// canonical returns the workspace's name of a file that the client names, links
// resolved.
func (s *Server) canonical(path string) string {
	if file, err := files.CanonicalPath(path); err == nil {
		return file // perhaps not saved yet
	}
	return s.roots.now().canonical(path)
}

// inTime returns a function that returns what find does. Find is called once, when it is
// first asked for; it may never return. While it takes longer than wait, what instead
// returns has to do.
func inTime[T any](find func() T, wait time.Duration, instead func() T) func() T {
	var found T
	done := make(chan struct{})
	begin := sync.OnceFunc(func() {
		go func() {
			found = find()
			close(done)
		}()
		timeout := time.NewTimer(wait)
		defer timeout.Stop()
		select {
		case <-done:
		case <-timeout.C:
		}
	})
	return func() T {
		begin()
		if isClosed(done) {
			return found
		}
		return instead()
	}
}

// didOpen puts a document over the file on disk.
func (s *Server) didOpen(raw jsonrpc2.RawMessage) error {
	var params protocol.DidOpenTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	uri := documentURI(raw)
	if uri == "" {
		return errNoURI
	}
	text := []byte(params.TextDocument.Text)
	doc := document{uri: uri, text: text, truncation: &truncation{log: s.log, uri: uri}}
	if path, ok := filePath(uri); ok {
		doc.path = path
		doc.canonical = inTime(func() string { return s.canonical(path) }, s.waits.Settle,
			func() string { return s.roots.now().canonical(path) })
	}
	doc.lang = detect(string(params.TextDocument.LanguageID), doc.path, text)
	s.documents.set(doc)
	return nil
}
