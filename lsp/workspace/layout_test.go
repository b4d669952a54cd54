package workspace

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
)

// Each file of a cache has a place in the layout, and begins with the magic number and the version of its format. Locks,
// the manifest and the marks of the root are the exceptions: they are text, or nobody decodes them.
func TestFilesOfACacheSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	files := manyFiles(50)
	dir, cache := makeTree(t, files), filepath.Join(t.TempDir(), "cache")
	warmed := func() {
		t.Helper()
		if _, err := newWorkspace(t, cache, dir).Warm(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	warmed()
	write(t, filepath.Join(dir, "one.go"), goFile("One"))
	warmed() // a loose entry
	store := openStore(t, cache, cachestore.Options{})
	old := time.Now().Add(-72 * time.Hour)
	for _, pack := range filesBelow(t, cache, ".pack") {
		if err := os.Chtimes(pack, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.GC(t.Context(), cachestore.GCOptions{Marks: bindings.IndexKeys}); err != nil { // which notes that they are in use
		t.Fatal(err)
	}

	const hex = `[0-9a-f]`
	places := []struct {
		place, start string
		found        bool
	}{
		{place: `entries/symbols-go-` + hex + `{16}/` + hex + `{2}/` + hex + `{62}\.bin`, start: "SYME\x02\x00\x00\x00"},
		{place: `packs/` + hex + `{64}\.pack`, start: "SYMP\x02\x00\x00\x00"},
		{place: `packs/` + hex + `{64}\.used`, start: "SYMU\x02\x00\x00\x00"},
		{place: `workspaces/` + hex + `{32}/` + hex + `{16}\.index`, start: "SYMI\x03\x00\x00\x00"},
		{place: `locks/(` + hex + `{2}|gc|workspace-` + hex + `{32})`},
		{place: `manifest\.json`, start: "{"},
	}
	for _, path := range filesBelow(t, store.Dir(), "") {
		name, err := filepath.Rel(store.Dir(), path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		known := false
		for i := range places {
			p := &places[i]
			if !regexp.MustCompile(`^` + p.place + `$`).MatchString(filepath.ToSlash(name)) {
				continue
			}
			known, p.found = true, true
			if len(b) < len(p.start) || string(b[:len(p.start)]) != p.start {
				t.Errorf("%s begins with %q, want %q", name, b[:min(len(b), 8)], p.start)
			}
		}
		if !known {
			t.Errorf("%s has no place in the layout", name)
		}
	}
	for _, p := range places {
		if !p.found {
			t.Errorf("there is no %s", p.place)
		}
	}
}
