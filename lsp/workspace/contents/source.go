package contents

import (
	"context"
	"path/filepath"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// Source is a text with its symbols, both of one moment.
type Source struct {
	Language *language.Language
	Text     []byte // as symbols.Text returns it
	Summary  *symbols.Summary
}

// Source reads the file at a canonical path. A new content is parsed and not stored, and
// no lock is waited for. The error matches ErrSkipped where the file is no source, and
// files.ErrHangs where its disk does not answer.
func (e *Engine) Source(ctx context.Context, path string) (Source, error) {
	f, err := e.readWithin(ctx, sourceWait, filepath.Dir(path), path, atOnce)
	if err != nil {
		return Source{}, err
	}
	summary, err := e.summary(ctx, f.Key, f.Language, f.Text)
	return Source{Language: f.Language, Text: f.Text, Summary: summary}, err
}

// Summarize returns the summary of a text that may exist in memory only: it is looked up
// and never stored. The text is as symbols.Text returns that of a file, or as
// symbols.UnixLines returns that of a buffer.
func (e *Engine) Summarize(ctx context.Context, lang *language.Language, text []byte) (*symbols.Summary, error) {
	key, err := e.Key(lang, cachestore.Sum(text))
	if err != nil {
		return nil, err
	}
	return e.summary(ctx, key, lang, text)
}

// summary looks a content up and parses it if it is missing.
func (e *Engine) summary(ctx context.Context, key cachestore.Key, lang *language.Language, text []byte) (*symbols.Summary, error) {
	if summary := e.Lookup(key); summary != nil {
		return summary, nil
	}
	return e.Parse(ctx, lang, text)
}

// Keep returns the summary of Source, for a caller that may wait. Of the processes that
// want a new content one parses and stores it while the others wait.
func (e *Engine) Keep(ctx context.Context, path string) (*symbols.Summary, error) {
	f, err := e.readWithin(ctx, scanWait, filepath.Dir(path), path, atOnce)
	if err != nil {
		return nil, err
	}
	if e.config.Store == nil {
		return e.Parse(ctx, f.Language, f.Text)
	}
	if summary := e.Lookup(f.Key); summary != nil {
		return summary, nil
	}
	var parsed *symbols.Summary
	var parseErr error
	value, _, err := e.config.Store.Compute(ctx, f.Key, func(ctx context.Context) ([]byte, error) {
		if parsed, parseErr = e.Parse(ctx, f.Language, f.Text); parseErr != nil {
			return nil, parseErr
		}
		return symbols.Encode(parsed), nil
	})
	switch {
	case parseErr != nil:
		return nil, parseErr
	case parsed != nil:
		if err != nil {
			e.Complain(CauseWrite, "write to", err)
		}
		return parsed, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		if summary := e.decode(f.Key, value); summary != nil {
			return summary, nil
		}
	}
	// The stored value is of no use: replace it.
	if parsed, err = e.Parse(ctx, f.Language, f.Text); err == nil {
		_, _ = e.Put(cachestore.Record{Key: f.Key, Value: symbols.Encode(parsed)}) // ignore error: Put has logged it
	}
	return parsed, err
}
