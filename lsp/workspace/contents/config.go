package contents

import (
	"log/slog"
	"runtime"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
)

// DefaultMaxFileSize is the size in bytes above which a file is not parsed.
// Hand-written sources end far below it: the largest C file of Linux has 1.3 MB, apart
// from register tables. Larger files are generated tables and bundles, whose symbols
// nobody looks for.
const DefaultMaxFileSize = 2 << 20

// Config says how an Engine works. The zero Config is valid.
type Config struct {
	// Store keeps the summaries. Nil: every content is parsed and nothing is kept.
	Store *cachestore.Store
	// Jobs is how many files are worked on at once. 0: one per processor.
	Jobs int
	// MaxFileSize in bytes. 0: DefaultMaxFileSize. At most symbols.MaxContent.
	MaxFileSize int64
	// Macros are shapes of C macros that define something, see symbols.NewExtractor.
	Macros []string
	// Quiet makes scans use the processor and the disk only while no other process wants
	// them. Work that a request waits for is not slowed down.
	Quiet bool
	// Now tells the time. Nil: time.Now.
	Now func() time.Time
	// Logger gets the failures that did not make an answer wrong. Nil: they are dropped.
	Logger *slog.Logger
}

// complete returns the config with its defaults filled in.
func (c Config) complete() Config {
	if c.Jobs <= 0 {
		c.Jobs = runtime.GOMAXPROCS(0) // the work is the processor's
	}
	if c.MaxFileSize <= 0 {
		c.MaxFileSize = DefaultMaxFileSize
	}
	c.MaxFileSize = min(c.MaxFileSize, symbols.MaxContent)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
