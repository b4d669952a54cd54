package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// source is a document with its text and symbols, both of one moment.
type source struct {
	uri     string // as the client spells it
	path    string // canonical; empty where the URI names no file
	lang    *language.Language
	text    []byte
	summary *symbols.Summary
}

// source returns an open document as it is in memory, else the file as it is on
// disk; nil where there are no symbols to have.
func (s *Server) source(ctx context.Context, docs snapshot, rawURI string) (*source, error) {
	if doc, ok := docs.byURI[rawURI]; ok {
		summary, err := doc.summary(ctx, s.engine)
		if errors.Is(err, errTooLarge) || err == nil && summary == nil {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		src := &source{uri: rawURI, lang: doc.lang, text: doc.text, summary: summary}
		if doc.path != "" {
			src.path = doc.canonical()
		}
		return src, nil
	}
	if rawURI == "" {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, errNoURI.Error())
	}
	path, ok := filePath(rawURI)
	if !ok {
		return nil, fmt.Errorf("document %q is not open and not a file", rawURI)
	}
	return s.fileSource(ctx, s.canonical(path), rawURI)
}

// fileSource reads a file; nil where it is none of ours, or gone.
func (s *Server) fileSource(ctx context.Context, path, uri string) (*source, error) {
	text, err := readFile(path, s.engine.MaxFileSize())
	if errors.Is(err, os.ErrNotExist) || err == nil && text == nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a source: %w", err)
	}
	lang := symbols.Detect(filepath.Base(path), text)
	if lang == nil {
		return nil, nil
	}
	summary, err := s.engine.Summarize(ctx, lang, text)
	if err != nil {
		return nil, err
	}
	return &source{uri: uri, path: path, lang: lang, text: text, summary: summary}, nil
}

// readFile returns the text of a regular file of at most limit bytes, as symbols.Text
// has it. It is nil for a larger file, a binary one and all that is no regular file.
// readFile does not wait for a pipe.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1)) // one more tells that it has grown
	if err != nil || int64(len(text)) > limit {
		return nil, err
	}
	text, ok := symbols.Text(text)
	if !ok {
		return nil, nil
	}
	return text, nil
}
