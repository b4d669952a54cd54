package workspace

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
)

// What a workspace names that is in use stays, what another one named goes when
// nobody has opened it for long.
func TestUpkeep(t *testing.T) { // S24
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	used, forgotten := makeTree(t, manyFiles(30)), makeTree(t, map[string]string{"old.go": goFile("Old"), "older.go": goFile("Older")})
	for _, dir := range []string{used, forgotten} {
		scanAll(t, newWorkspace(t, cache, dir))
	}
	inTwoMonths := func() time.Time { return time.Now().Add(60 * 24 * time.Hour) }
	e := NewEngine(Config{Store: openStore(t, cache, cachestore.Options{Now: inTwoMonths}), Now: inTwoMonths})
	w, err := New(e, []string{used})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	scanAll(t, w)
	w.upkeep(t.Context())
	if n := len(indexFiles(t, cache)); n != 1 {
		t.Errorf("%d indexes are left, want that in use", n)
	}
	stats, err := e.config.Store.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Entries != 30 {
		t.Errorf("%d summaries are left, want the 30 in use", stats.Entries)
	}
	if e.config.Store.GCDue() {
		t.Error("garbage is to be collected again")
	}
}
