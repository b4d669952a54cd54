package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// noteUse notes that the indexes are in use.
func (w *Workspace) noteUse() {
	for _, t := range w.now().trees {
		if t.stored == nil {
			continue
		}
		if err := t.stored.Touch(); err != nil {
			w.engine.Log().Debug("cannot note the use of an index", "err", err) // who may only read keeps no cache
		}
	}
}

// upkeep notes that the indexes are in use, and collects garbage when that is due, where
// this workspace is to.
func (w *Workspace) upkeep(ctx context.Context) {
	w.noteUse()
	store := w.engine.Store()
	if store == nil || w.config.GC == nil || !store.GCDue() {
		return
	}
	options := *w.config.GC
	options.Marks = IndexKeys
	report, err := store.GC(ctx, options)
	if err != nil && ctx.Err() == nil {
		w.engine.Complain(contents.CauseGC, "collect the garbage of", err)
		return
	}
	w.engine.Log().Debug("collected garbage", "entries", report.Entries, "packs", report.Packs, "bytes", report.Bytes)
}

// IndexKeys calls name for each summary that the index of a workspace names. It
// closes the file. The error matches cachestore.ErrForeign where the index is of
// another version.
func IndexKeys(file *os.File, name func(cachestore.Key)) error {
	base, err := index.Open(file, nil)
	if err != nil {
		return verdict(err)
	}
	defer base.Close()
	return verdict(eachKey(base, name))
}

// CheckIndex is IndexKeys, but reads all of the index and checks it. The error
// matches cachestore.ErrDamaged, too, where the index is.
func CheckIndex(file *os.File, name func(cachestore.Key)) error {
	base, _, err := openIndex(file, nil)
	if err != nil {
		return verdict(err)
	}
	defer base.Close()
	if err := base.Check(); err != nil {
		return verdict(err)
	}
	return verdict(eachKey(base, name))
}

// verdict says in the store's terms what is wrong with an index.
func verdict(err error) error {
	switch {
	case errors.Is(err, index.ErrForeign):
		return fmt.Errorf("%w: %w", cachestore.ErrForeign, err)
	case errors.Is(err, index.ErrDamaged):
		return fmt.Errorf("%w: %w", cachestore.ErrDamaged, err)
	}
	return err
}

func eachKey(base *index.File, name func(cachestore.Key)) error {
	return base.Each(func(_ string, b index.Binding) bool {
		if b.Class == index.ClassSource {
			name(summaryKey(b))
		}
		return true
	})
}

// summaryKey returns the key of the summary that the binding of a source names.
func summaryKey(b index.Binding) cachestore.Key {
	return cachestore.Key{Part: cachestore.PartSymbols, Language: b.Language.ID, Revision: b.Language.Revision, Hash: b.Hash}
}
