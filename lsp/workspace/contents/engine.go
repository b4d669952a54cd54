package contents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// Engine makes summaries of contents: it looks them up in the store and parses the
// others. It is safe for concurrent use.
type Engine struct {
	config    Config       // complete
	largest   atomic.Int64 // see MaxFileSize
	extractor *symbols.Extractor
	pace      *pace // of scans
	hangs     *hanging.Dirs
	parsed    atomic.Int64
	warned    warnings
}

// NewEngine returns an engine.
func NewEngine(config Config) *Engine {
	config = config.complete()
	extractor := symbols.NewExtractor(config.Jobs, config.Macros...)
	e := &Engine{config: config, extractor: extractor, pace: newPace(config.Quiet, extractor), hangs: hanging.New()}
	e.largest.Store(config.MaxFileSize)
	return e
}

// Check returns the reason why no symbols can be extracted, or nil. A program that was
// built without cgo extracts none of any language, so Check asks for one language only:
// it runs at each start.
func (e *Engine) Check() error {
	if _, err := e.extractor.Revision(symbols.Languages()[0], symbols.PartSymbols); err != nil {
		return fmt.Errorf("cannot extract symbols: %w", err)
	}
	return nil
}

// Store is where summaries are kept, or nil.
func (e *Engine) Store() *cachestore.Store { return e.config.Store }

// Jobs is how many files are worked on at once.
func (e *Engine) Jobs() int { return e.config.Jobs }

// MaxFileSize is the size in bytes above which a content is not parsed.
func (e *Engine) MaxFileSize() int64 { return e.largest.Load() }

// SetMaxFileSize changes it, within the bounds of Config. It reports whether it was another one.
func (e *Engine) SetMaxFileSize(size int64) (changed bool) {
	size = Config{MaxFileSize: size}.complete().MaxFileSize
	return e.largest.Swap(size) != size
}

// Log is the logger of the config.
func (e *Engine) Log() *slog.Logger { return e.config.Logger }

// Now is the time.
func (e *Engine) Now() time.Time { return e.config.Now() }

// Hangs knows the directories that do not answer.
func (e *Engine) Hangs() *hanging.Dirs { return e.hangs }

// Parsed counts the contents that were parsed until now.
func (e *Engine) Parsed() int { return int(e.parsed.Load()) }

// Key returns the key of the summary of a content. The error is that of Check.
func (e *Engine) Key(lang *language.Language, hash cachestore.Hash) (cachestore.Key, error) {
	revision, err := e.extractor.Revision(lang, symbols.PartSymbols)
	if err != nil {
		return cachestore.Key{}, err
	}
	return cachestore.Key{Part: cachestore.PartSymbols, Language: lang.ID, Revision: revision, Hash: hash}, nil
}

// Uses reports whether this program uses the symbols that a revision of a language has
// extracted.
func (e *Engine) Uses(lang index.Language) bool {
	for _, known := range symbols.Languages() {
		if known.ID == lang.ID {
			key, err := e.Key(known, cachestore.Hash{})
			return err == nil && key.Revision == lang.Revision
		}
	}
	return false
}

// Lookup returns the summary that the store has under a key, or nil. A value that does
// not decode counts as missing. It is overwritten when the content is parsed.
func (e *Engine) Lookup(key cachestore.Key) *symbols.Summary {
	if e.config.Store == nil {
		return nil
	}
	value, err := e.config.Store.Get(key)
	if err != nil {
		if !errors.Is(err, cachestore.ErrMiss) {
			e.Complain(CauseRead, "read from", err)
		}
		return nil
	}
	return e.decode(key, value)
}

func (e *Engine) decode(key cachestore.Key, value []byte) *symbols.Summary {
	summary, err := symbols.Decode(value)
	if err != nil {
		e.Log().Debug("cached summary does not decode", "key", key, "err", err)
		return nil
	}
	return summary
}

// Put stores records: many as one pack, a single one as a loose entry. It returns how
// many could not be stored and the last reason, which has been logged.
func (e *Engine) Put(records ...cachestore.Record) (notStored int, err error) {
	store := e.config.Store
	switch {
	case store == nil || len(records) == 0:
	case len(records) == 1:
		_, err = store.Put(records[0].Key, records[0].Value)
	default:
		_, err = store.PutPack(records)
		if errors.Is(err, cachestore.ErrTooLarge) {
			// One summary that is too large must not keep the others out.
			for _, r := range records {
				n, putErr := e.Put(r)
				if notStored += n; putErr != nil {
					err = putErr
				}
			}
			return notStored, err
		}
	}
	if err != nil {
		e.Complain(CauseWrite, "write to", err)
		return len(records), err
	}
	return 0, nil
}

// MergePacks merges small packs of the store. A large scan calls it between its parts,
// since each later lookup asks all packs.
func (e *Engine) MergePacks(ctx context.Context) {
	if e.config.Store == nil {
		return
	}
	if _, err := e.config.Store.Merge(ctx); err != nil {
		e.Log().Debug("cannot merge packs", "err", err)
	}
}

// ParseFunc extracts the summary of a content, which is a text as symbols.Text returns it.
type ParseFunc func(ctx context.Context, lang *language.Language, text []byte) (*symbols.Summary, error)

// Parse extracts a summary for a request.
func (e *Engine) Parse(ctx context.Context, lang *language.Language, text []byte) (*symbols.Summary, error) {
	return e.parseBy(ctx, e.extractor.Extract, lang, text)
}

// ParseScanned extracts a summary for a scan, which may be quiet, see Config.Quiet.
func (e *Engine) ParseScanned(ctx context.Context, lang *language.Language, text []byte) (*symbols.Summary, error) {
	return e.parseBy(ctx, e.pace.extract, lang, text)
}

func (e *Engine) parseBy(ctx context.Context, by ParseFunc, lang *language.Language, text []byte) (*symbols.Summary, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // the extractor would finish a short text before it looks at ctx
	}
	summary, err := by(ctx, lang, text)
	if err != nil {
		return nil, fmt.Errorf("extract symbols: %w", err)
	}
	e.parsed.Add(1)
	return summary, nil
}

// Nested returns what is declared inside of functions, see symbols.Extractor.Nested.
func (e *Engine) Nested(lang *language.Language, text []byte, tree *syntax.Tree) (*symbols.Summary, error) {
	return e.extractor.Nested(lang, text, tree)
}

// Tree returns the syntax tree of an open document, see symbols.Extractor.Tree. Nothing of it is
// stored.
func (e *Engine) Tree(ctx context.Context, lang *language.Language, text []byte) (*syntax.Tree, error) {
	return e.extractor.Tree(ctx, lang, text)
}

// Names returns what the names in a tree of a language mean.
func (e *Engine) Names(lang *language.Language, tree *syntax.Tree) *language.Names {
	return e.extractor.Names(lang, tree)
}
