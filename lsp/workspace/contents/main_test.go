package contents

import (
	"bytes"
	"sync"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// newEngine returns an engine with a new store.
func newEngine(t testing.TB, config Config) *Engine {
	t.Helper()
	if config.Store == nil {
		config.Store = testtree.NewStore(t)
	}
	if config.Jobs == 0 {
		config.Jobs = 4
	}
	return NewEngine(config)
}

func summaryOf(t testing.TB, e *Engine, text string) *symbols.Summary {
	t.Helper()
	summary, err := e.Summarize(t.Context(), testtree.Go(t), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func keyOf(t testing.TB, e *Engine, text string) cachestore.Key {
	t.Helper()
	key, err := e.Key(testtree.Go(t), cachestore.Sum([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func recordOf(t testing.TB, e *Engine, text string) cachestore.Record {
	t.Helper()
	return cachestore.Record{Key: keyOf(t, e, text), Value: symbols.Encode(summaryOf(t, e, text))}
}

func wantStored(t *testing.T, e *Engine, want int) {
	t.Helper()
	stats, err := e.Store().Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Entries != want {
		t.Errorf("the store has %d entries, want %d", stats.Entries, want)
	}
}

// syncBuffer is a buffer for many writers.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
