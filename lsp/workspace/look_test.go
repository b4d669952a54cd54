package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// A look that has no time to read a file says nothing of it: the file stays known.
func TestLookWithoutTimeForgetsNothing(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	w := opened(t, newEngine(t, contents.Config{}), dir)
	scanAll(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(dir, "a.go")
	write(t, path, goFile("New"))
	if err := w.look(ctx, bindings.Reading{Path: path, Version: w.clock.Next()}, w.engine.Parse); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, ok := w.tree(path).Known(path); !ok {
		t.Error("the file is forgotten")
	}
}
