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
// hanging.ErrHangs where its disk does not answer.
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

// Kept is what Keep knows of a file.
type Kept struct {
	*symbols.Summary
	Language *language.Language
	Size     int  // of the text, in bytes
	Parsed   bool // by this call
}

// Keep returns the summary of Source, for a caller that may wait. Of the processes that
// want a new content one parses and stores it while the others wait. The Summary is nil
// only with an error.
func (e *Engine) Keep(ctx context.Context, path string) (Kept, error) {
	f, err := e.readWithin(ctx, scanWait, filepath.Dir(path), path, atOnce)
	if err != nil {
		return Kept{Language: f.Language}, err
	}
	return e.keep(ctx, f.Key, f.Language, f.Text)
}

// Unnamed is Keep for a text that is in no file, such as what another program prints. It stores nothing. The name is that
// of the file that the text stands for; without one its first line decides about the language.
func (e *Engine) Unnamed(ctx context.Context, name string, raw []byte) (Kept, error) {
	lang := symbols.Detect(name, raw[:min(len(raw), headSize)])
	if lang == nil {
		return Kept{}, &SkipError{SkipNoLanguage}
	}
	text, ok := symbols.Text(raw)
	switch {
	case int64(len(raw)) > e.MaxFileSize() || int64(len(text)) > e.MaxFileSize():
		return Kept{Language: lang}, &SkipError{SkipTooLarge}
	case !ok:
		return Kept{Language: lang}, &SkipError{SkipBinary}
	}
	summary, err := e.Summarize(ctx, lang, text)
	return Kept{Summary: summary, Language: lang, Size: len(text)}, err
}

func (e *Engine) keep(ctx context.Context, key cachestore.Key, lang *language.Language, text []byte) (Kept, error) {
	kept := Kept{Language: lang, Size: len(text)}
	if kept.Summary = e.Lookup(key); kept.Summary != nil {
		return kept, nil
	}
	parse := func(ctx context.Context) (err error) {
		kept.Summary, err = e.Parse(ctx, lang, text)
		kept.Parsed = err == nil
		return err
	}
	if e.config.Store == nil {
		return kept, parse(ctx)
	}
	var parseErr error
	value, _, err := e.config.Store.Compute(ctx, key, func(ctx context.Context) ([]byte, error) {
		if parseErr = parse(ctx); parseErr != nil {
			return nil, parseErr
		}
		return symbols.Encode(kept.Summary), nil
	})
	switch {
	case parseErr != nil:
		return kept, parseErr
	case kept.Parsed:
		if err != nil {
			e.Complain(CauseWrite, "write to", err)
		}
		return kept, nil
	case ctx.Err() != nil:
		return kept, ctx.Err()
	case err == nil:
		if kept.Summary = e.decode(key, value); kept.Summary != nil {
			return kept, nil
		}
	}
	// The stored value is of no use: replace it.
	if err := parse(ctx); err != nil {
		return kept, err
	}
	_, _ = e.Put(cachestore.Record{Key: key, Value: symbols.Encode(kept.Summary)}) // ignore error: Put has logged it
	return kept, nil
}
