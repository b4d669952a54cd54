package workspace

import (
	"context"
	"time"

	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// upkeepEvery is how often, after the first scan, a workspace asks whether garbage is to be
// collected, which reads a small file.
const upkeepEvery = time.Hour

// keepUp does the upkeep when the first scan has ended, and every upkeepEvery, until ctx
// ends.
func (w *Workspace) keepUp(ctx context.Context) {
	select {
	case <-w.Scanned():
	case <-ctx.Done():
		return
	}
	ticker := time.NewTicker(upkeepEvery)
	defer ticker.Stop()
	for {
		w.upkeep(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// upkeep records that the index files are in use, and collects garbage where it is due, of
// the whole cache, if Config.GC says what to keep.
func (w *Workspace) upkeep(ctx context.Context) {
	w.recordUse()
	store := w.engine.Store()
	if store == nil || w.config.GC == nil || !store.GCDue() {
		return
	}
	options := *w.config.GC
	options.Marks = bindings.IndexKeys
	report, err := store.GC(ctx, options)
	if err != nil && ctx.Err() == nil {
		w.engine.Complain(contents.CauseGC, "collect the garbage of", err)
		return
	}
	w.engine.Log().Debug("collected garbage", "entries", report.Entries, "packs", report.Packs, "bytes", report.Bytes)
}

// recordUse records that the index files are in use: garbage collection keeps the summaries
// that they name.
func (w *Workspace) recordUse() {
	for _, t := range w.now().Trees() {
		if err := t.Touch(); err != nil {
			w.engine.Log().Debug("cannot record the use of an index", "err", err) // a cache may be read-only
		}
	}
}
