package bindings

import (
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/index"
)

func TestWhatABuildMakesRanksBehindSources(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]index.Importance{
		"src/app.ts": index.Source, "dist/app.js": index.Secondary, "packages/a/dist/index.js": index.Secondary,
		"build/lib/pkg/mod.py": index.Secondary, "coverage/lcov-report/sorter.js": index.Secondary, "out/main.js": index.Secondary,
		"web/app.min.js": index.Secondary, "web/app-min.js": index.Secondary, "web/app.bundle.js": index.Secondary, "web/1.chunk.js": index.Secondary,
		"outer/distance/builder.js": index.Source, "src/dist.ts": index.Source,
		"src/go/build/build.go": index.Source, "src/cmd/dist/main.go": index.Source, "runtime/coverage/apis.go": index.Source, "build/x.c": index.Source,
	} {
		if got := ImportanceOf(string(filepath.Separator) + filepath.FromSlash(path)); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
