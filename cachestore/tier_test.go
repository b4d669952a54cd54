package cachestore_test

import (
	"context"
	"slices"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/cachestore/internal/tiertest"
)

// openTier opens a cache in a new directory that has another one as its base.
func openTier(t *testing.T, records []cachestore.Record) cachestore.Tier {
	t.Helper()
	root := t.TempDir()
	builder, err := cachestore.Open(root, cachestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer builder.Close()
	// A directory is a base once something was stored in it.
	first := cachestore.Key{Part: cachestore.PartLearned, Language: "go"}
	if _, err := builder.Put(first, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := builder.Remove(t.Context(), []cachestore.Key{first}); err != nil {
		t.Fatal(err)
	}
	half := len(records) / 2
	if _, err := builder.PutPack(records[half:]); err != nil {
		t.Fatal(err)
	}
	for _, r := range records[:min(half, 20)] { // loose entries
		if _, err := builder.Put(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := builder.PutPack(records[min(half, 20):half]); err != nil {
		t.Fatal(err)
	}
	s, err := cachestore.Open(t.TempDir(), cachestore.Options{Base: []string{root}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if bases := s.Bases(); len(bases) == 1 {
		return bases[0]
	}
	t.Fatalf("%d bases", len(s.Bases()))
	return nil
}

// A base cache is a tier, and stays one behind the door to the outside.
func TestBaseIsATier(t *testing.T) {
	t.Parallel()
	tiertest.Run(t, openTier)
	t.Run("Outgoing", func(t *testing.T) {
		t.Parallel()
		tiertest.Run(t, func(t *testing.T, records []cachestore.Record) cachestore.Tier {
			return cachestore.Outgoing(openTier(t, records))
		})
	})
}

// witness notes what it is asked for and given.
type witness struct{ keys, put []cachestore.Key }

func (w *witness) Get(_ context.Context, keys []cachestore.Key) ([]cachestore.Record, error) {
	w.keys = append(w.keys, keys...)
	return nil, nil
}

func (w *witness) Put(_ context.Context, records []cachestore.Record) error {
	for _, r := range records {
		w.put = append(w.put, r.Key)
	}
	return nil
}

// Nothing of a part that must not leave the machine goes out, as a value or as a question.
func TestPrivatePartsDoNotGoOut(t *testing.T) {
	t.Parallel()
	var keys, public []cachestore.Key
	var records []cachestore.Record
	for n, part := range []cachestore.Part{
		cachestore.PartLearned, cachestore.PartSymbols, "future", cachestore.PartFacts, cachestore.PartWords, "",
	} {
		k := cachestore.Key{Part: part, Language: "go", Hash: cachestore.Hash{byte(n)}}
		keys, records = append(keys, k), append(records, cachestore.Record{Key: k})
		if part.MayLeave() {
			public = append(public, k)
		}
	}
	w := &witness{}
	tier := cachestore.Outgoing(w)
	if _, err := tier.Get(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if err := tier.Put(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if len(public) != 3 || !slices.Equal(w.keys, public) || !slices.Equal(w.put, public) {
		t.Errorf("asked for %v, given %v; want %v", w.keys, w.put, public)
	}
	if len(keys) != 6 || len(records) != 6 || keys[0].Part != cachestore.PartLearned {
		t.Error("the caller's keys were changed")
	}
}
