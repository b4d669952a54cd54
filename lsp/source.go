package lsp

import (
	"context"
	"errors"
	"fmt"

	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace/contents"
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
		parsed := timing.In(ctx, timing.Parse)
		summary, err := doc.summary(ctx, s.engine)
		parsed()
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
	defer timing.In(ctx, timing.Read)()
	file, err := s.engine.Source(ctx, path)
	if errors.Is(err, contents.ErrSkipped) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a source: %w", err)
	}
	return &source{uri: uri, path: path, lang: file.Language, text: file.Text, summary: file.Summary}, nil
}
