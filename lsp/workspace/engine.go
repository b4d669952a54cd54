package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// Config is what an Engine works with.
type Config struct {
	// Store keeps the summaries. Nil: everything is parsed, nothing kept.
	Store *cachestore.Store
	// Jobs is how many files are worked on at once. 0: one per processor.
	Jobs int
	// MaxFileSize in bytes. 0: DefaultMaxFileSize; at most symbols.MaxContent.
	MaxFileSize int64
	// Exclude are patterns of files not to walk, in gitignore syntax, relative to
	// the repository's top, above the default ones and below ignore files.
	Exclude []string
	// NoIgnore has ignore files not count, but for Exclude and the default excludes.
	NoIgnore bool
	// Quiet has scans use the processor and the disk only while nobody else wants them.
	// Nothing that a request waits for is slowed down.
	Quiet bool
	// AnswerBudget is how long a search may take to look at its files again, and to read
	// and parse those that have changed unnoticed. What takes longer is left out. 0: 20 ms,
	// for a person who types.
	AnswerBudget time.Duration
	// IndexHome allows the user's home directory as a root.
	IndexHome bool
	// GC says what is kept when a workspace that runs collects garbage, once a day.
	// Its Marks are not looked at. Nil: none is collected.
	GC *cachestore.GCOptions
	// Now tells the time. Nil: time.Now.
	Now func() time.Time
	// Logger gets what went wrong without an answer being wrong. Nil: nobody.
	Logger *slog.Logger
}

// Engine turns contents into summaries: it looks them up in the store and
// parses what is not there. It is safe for concurrent use.
type Engine struct {
	config    Config
	extractor *symbols.Extractor
	pace      *pace // of scans
	log       *slog.Logger
	ignored   *ignore.Dir // the rules below those of all ignore files
	hangs     *files.Hangs

	maxMissing int // contents that a scan gathers before it parses them

	// rebuildWait is how long an answer waits for an index that turned out to be
	// damaged to be built anew.
	rebuildWait time.Duration

	// answerBudget is the constant of that name. Tests that ask for complete answers raise it, so that a
	// busy machine leaves nothing out.
	answerBudget time.Duration

	// hasStat is the function of that name. Tests have it hang.
	hasStat func(path string, stat index.Stat) bool

	parsed atomic.Int64
	warned warnings
	bugs   sync.Once // the first panic of a search is told with its stack
}

// NewEngine returns an engine.
func NewEngine(config Config) *Engine {
	if config.Jobs <= 0 {
		config.Jobs = runtime.GOMAXPROCS(0) // all of it is work of the processor
	}
	if config.MaxFileSize <= 0 {
		config.MaxFileSize = DefaultMaxFileSize
	}
	config.MaxFileSize = min(config.MaxFileSize, symbols.MaxContent)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	ignored, err := ignoreDefaults(config)
	if err != nil {
		config.Logger.Warn("exclude patterns are partly ignored", "err", err)
	}
	extractor := symbols.NewExtractor(config.Jobs)
	return &Engine{
		config:    config,
		extractor: extractor,
		pace:      newPace(config.Quiet, extractor),
		log:       config.Logger,
		ignored:   ignored,
		hangs:     files.NewHangs(),

		maxMissing:   maxMissing,
		rebuildWait:  2 * time.Second,
		answerBudget: cmp.Or(config.AnswerBudget, answerBudget),
		hasStat:      hasStat,
	}
}

// Check returns why no symbols can be extracted, or nil. A program that was built without
// cgo extracts none, of no language: one is asked, since that costs a part of each start.
func (e *Engine) Check() error {
	if _, err := e.extractor.Revision(symbols.Languages()[0], symbols.PartSymbols); err != nil {
		return fmt.Errorf("cannot extract symbols: %w", err)
	}
	return nil
}

// Parsed counts the contents that were parsed until now.
func (e *Engine) Parsed() int { return int(e.parsed.Load()) }

// MaxFileSize is the size in bytes above which a content is not parsed.
func (e *Engine) MaxFileSize() int64 { return e.config.MaxFileSize }

// mergePacks brings the packs together that a part of a large scan has made: each
// content that is missing in the next one is looked for in all of them.
func (e *Engine) mergePacks(ctx context.Context) {
	if e.config.Store == nil {
		return
	}
	if _, err := e.config.Store.Merge(ctx); err != nil {
		e.log.Debug("cannot merge packs", "err", err)
	}
}

// Summarize returns the summary of a content that may exist in memory only: it is
// looked up but never kept. The content is what symbols.Text returns of a file, or
// symbols.UnixLines of a buffer.
func (e *Engine) Summarize(ctx context.Context, lang *language.Language, content []byte) (*symbols.Summary, error) {
	key, err := e.key(lang, cachestore.Sum(content))
	if err != nil {
		return nil, err
	}
	if summary := e.lookup(key); summary != nil {
		return summary, nil
	}
	return e.parse(ctx, lang, content)
}

// Outline reads a file, of which it gets the canonical path, and returns its summary. It neither waits for a lock nor
// writes: what is new is parsed and not kept. The error matches ErrSkipped where
// the file is no source.
func (e *Engine) Outline(ctx context.Context, path string) (*symbols.Summary, error) {
	src, err := e.reader().read(ctx, filepath.Dir(path), path)
	if err != nil {
		return nil, err
	}
	return e.Summarize(ctx, src.lang, src.content)
}

// Source is a file's text with its symbols, both of one moment.
type Source struct {
	Language *language.Language
	Text     []byte // as symbols.Text has it
	Summary  *symbols.Summary
}

// Source is Outline with the text.
func (e *Engine) Source(ctx context.Context, path string) (Source, error) {
	src, err := e.reader().read(ctx, filepath.Dir(path), path)
	if err != nil {
		return Source{}, err
	}
	summary, err := e.Summarize(ctx, src.lang, src.content)
	return Source{Language: src.lang, Text: src.content, Summary: summary}, err
}

// Keep is Outline for who can wait: what is new is parsed by one process while
// others that want it wait, and is stored.
func (e *Engine) Keep(ctx context.Context, path string) (*symbols.Summary, error) {
	src, err := e.reader().read(ctx, filepath.Dir(path), path)
	if err != nil {
		return nil, err
	}
	key, err := e.key(src.lang, src.hash)
	if err != nil {
		return nil, err
	}
	if summary := e.lookup(key); summary != nil || e.config.Store == nil {
		return e.Summarize(ctx, src.lang, src.content)
	}
	var parsed *symbols.Summary
	var parseErr error
	value, _, err := e.config.Store.Compute(ctx, key, func(ctx context.Context) ([]byte, error) {
		if parsed, parseErr = e.parse(ctx, src.lang, src.content); parseErr != nil {
			return nil, parseErr
		}
		return symbols.Encode(parsed), nil
	})
	switch {
	case parseErr != nil:
		return nil, parseErr
	case parsed != nil:
		if err != nil {
			e.complain(causeWrite, "write to", err)
		}
		return parsed, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		if summary := e.decode(key, value); summary != nil {
			return summary, nil
		}
	}
	// What the store has of it is of no use.
	if parsed, err = e.parse(ctx, src.lang, src.content); err == nil {
		_, _ = e.put(cachestore.Record{Key: key, Value: symbols.Encode(parsed)}) // ignore error: put has told it
	}
	return parsed, err
}

// ignoreDefaults returns the rules below those of all ignore files. The error says
// which patterns of the configuration are not used.
func ignoreDefaults(config Config) (*ignore.Dir, error) {
	patterns := append(files.DefaultExcludes(), config.Exclude...)
	if config.NoIgnore {
		return ignore.Only(patterns)
	}
	return ignore.Defaults(patterns)
}

// rules returns the rules of some roots. HasBelow is as in files.Config.
func (e *Engine) rules(roots []string, hasBelow func(path string) bool) *files.Rules {
	config := files.Config{Defaults: e.ignored, MayHold: mayHaveSymbols, HasBelow: hasBelow, Hangs: e.hangs, Now: e.config.Now}
	if store := e.config.Store; store != nil {
		config.Own = store.Dir()
	}
	rules := files.NewRules(config)
	rules.SetRoots(roots)
	return rules
}

// mayHaveSymbols reports whether a file may hold symbols, by its name alone: it is that of
// a known language, or has no extension, so that the first line decides.
func mayHaveSymbols(name string) bool {
	return symbols.Detect(name, nil) != nil || filepath.Ext(name) == ""
}

func (e *Engine) reader() *reader {
	return &reader{maxFileSize: e.config.MaxFileSize, now: e.config.Now}
}

func (e *Engine) key(lang *language.Language, hash cachestore.Hash) (cachestore.Key, error) {
	revision, err := e.extractor.Revision(lang, symbols.PartSymbols)
	if err != nil {
		return cachestore.Key{}, err
	}
	return cachestore.Key{Part: cachestore.PartSymbols, Language: lang.ID, Revision: revision, Hash: hash}, nil
}

// lookup returns the summary that the store has, or nil. What is there but does
// not decode is as good as not there, and is overwritten by whoever parses.
func (e *Engine) lookup(key cachestore.Key) *symbols.Summary {
	if e.config.Store == nil {
		return nil
	}
	value, err := e.config.Store.Get(key)
	if err != nil {
		if !errors.Is(err, cachestore.ErrMiss) {
			e.complain(causeRead, "read from", err)
		}
		return nil
	}
	return e.decode(key, value)
}

func (e *Engine) decode(key cachestore.Key, value []byte) *symbols.Summary {
	summary, err := symbols.Decode(value)
	if err != nil {
		e.log.Debug("cached summary does not decode", "key", key, "err", err)
		return nil
	}
	return summary
}

// put stores records, as one pack or, when it is but one, as a loose entry. It
// returns how many could not be stored, and why not.
func (e *Engine) put(records ...cachestore.Record) (notStored int, err error) {
	store := e.config.Store
	switch {
	case store == nil || len(records) == 0:
	case len(records) == 1:
		_, err = store.Put(records[0].Key, records[0].Value)
	default:
		_, err = store.PutPack(records)
		if errors.Is(err, cachestore.ErrTooLarge) {
			// One summary beyond bounds must not keep the others out.
			for _, r := range records {
				n, putErr := e.put(r)
				if notStored += n; putErr != nil {
					err = putErr
				}
			}
			return notStored, err
		}
	}
	if err != nil {
		e.complain(causeWrite, "write to", err)
		return len(records), err
	}
	return 0, nil
}

// parse extracts a summary for a request.
func (e *Engine) parse(ctx context.Context, lang *language.Language, content []byte) (*symbols.Summary, error) {
	return e.parseBy(ctx, e.extractor.Extract, lang, content)
}

// parseScanned extracts a summary for a scan.
func (e *Engine) parseScanned(ctx context.Context, lang *language.Language, content []byte) (*symbols.Summary, error) {
	return e.parseBy(ctx, e.pace.extract, lang, content)
}

// extract is one of the ways to extract a summary.
type extract func(ctx context.Context, lang *language.Language, content []byte) (*symbols.Summary, error)

func (e *Engine) parseBy(ctx context.Context, by extract, lang *language.Language, content []byte) (*symbols.Summary, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // a short content would be parsed before anyone looks
	}
	summary, err := by(ctx, lang, content)
	if err != nil {
		return nil, fmt.Errorf("extract symbols: %w", err)
	}
	e.parsed.Add(1)
	return summary, nil
}

// report logs a panic of a search, the first one with its stack.
func (e *Engine) report(bug *index.PanicError) {
	e.bugs.Do(func() {
		e.log.Error("a search has failed: this is a bug of symcache, please report it", "panic", bug.Value, "stack", string(bug.Stack))
	})
	e.log.Debug("a search has failed", "panic", bug.Value)
}
