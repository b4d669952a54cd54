// Package tiertest holds the tests that every implementation of cachestore.Tier passes.
package tiertest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/symcache/symcache/cachestore"
)

// Run tests the tiers that open returns. Each has the given records and no others, and is the test's alone.
func Run(t *testing.T, open func(t *testing.T, records []cachestore.Record) cachestore.Tier) {
	for name, test := range map[string]func(suite, *testing.T){
		"GetsWhatIsThere":       suite.getsWhatIsThere,
		"LeavesOutWhatIsAbsent": suite.leavesOutWhatIsAbsent,
		"PartsAreApart":         suite.partsAreApart,
		"ValuesAreTheCallers":   suite.valuesAreTheCallers,
		"EndsWithItsContext":    suite.endsWithItsContext,
		"PutsOrSaysReadOnly":    suite.putsOrSaysReadOnly,
		"ManyAtOnce":            suite.manyAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(open, t)
		})
	}
}

type suite func(t *testing.T, records []cachestore.Record) cachestore.Tier

// record returns the nth test record. Its value has 0 to 64 KiB.
func record(part cachestore.Part, n int) cachestore.Record {
	hash := cachestore.Sum(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	size := n % 3 * n % (64 << 10)
	return cachestore.Record{
		Key:   cachestore.Key{Part: part, Language: "go", Revision: cachestore.Revision{1}, Hash: hash},
		Value: bytes.Repeat([]byte{byte(n)}, size),
	}
}

func records(part cachestore.Part, from, to int) (rs []cachestore.Record) {
	for n := from; n < to; n++ {
		rs = append(rs, record(part, n))
	}
	return rs
}

func keys(rs []cachestore.Record) (keys []cachestore.Key) {
	for _, r := range rs {
		keys = append(keys, r.Key)
	}
	return keys
}

// check reports whether got is want, in any order, each record once.
func check(got, want []cachestore.Record) error {
	values := map[cachestore.Key][]byte{}
	for _, r := range got {
		if _, twice := values[r.Key]; twice {
			return fmt.Errorf("%s was returned twice", r.Key)
		}
		values[r.Key] = r.Value
	}
	for _, r := range want {
		value, ok := values[r.Key]
		if !ok || !bytes.Equal(value, r.Value) {
			return fmt.Errorf("%s: %d bytes, there: %v; want %d bytes", r.Key, len(value), ok, len(r.Value))
		}
	}
	if len(values) != len(want) {
		return fmt.Errorf("%d records were returned, want %d", len(values), len(want))
	}
	return nil
}

func wantRecords(t *testing.T, tier cachestore.Tier, asked []cachestore.Key, want []cachestore.Record) {
	t.Helper()
	got, err := tier.Get(t.Context(), asked)
	if err := errors.Join(err, check(got, want)); err != nil {
		t.Errorf("Get: %v", err)
	}
}

func (open suite) getsWhatIsThere(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 1000)
	tier := open(t, all)
	wantRecords(t, tier, keys(all), all)
	wantRecords(t, tier, keys(all[10:20]), all[10:20])
	wantRecords(t, tier, append(keys(all[:5]), keys(all[:5])...), all[:5])
}

func (open suite) leavesOutWhatIsAbsent(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 100)
	tier := open(t, all[:50])
	wantRecords(t, tier, keys(all), all[:50])
	wantRecords(t, tier, keys(all[50:]), nil)
	wantRecords(t, tier, nil, nil)
	wantRecords(t, open(t, nil), keys(all), nil)
}

func (open suite) partsAreApart(t *testing.T) {
	facts, words := records(cachestore.PartFacts, 0, 10), records(cachestore.PartWords, 5, 15)
	tier := open(t, append(facts, words...))
	wantRecords(t, tier, keys(records(cachestore.PartFacts, 0, 15)), facts)
	wantRecords(t, tier, keys(records(cachestore.PartWords, 0, 15)), words)
	wantRecords(t, tier, keys(records(cachestore.PartSymbols, 0, 15)), nil)
}

func (open suite) valuesAreTheCallers(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 10)
	tier := open(t, all)
	got, err := tier.Get(t.Context(), keys(all))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got {
		for i := range r.Value {
			r.Value[i]++
		}
	}
	wantRecords(t, tier, keys(all), records(cachestore.PartSymbols, 0, 10))
}

func (open suite) endsWithItsContext(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 10)
	tier := open(t, all)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tier.Get(ctx, keys(all)); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v, want %v", err, context.Canceled)
	}
	if err := tier.Put(ctx, all); !errors.Is(err, context.Canceled) && !errors.Is(err, cachestore.ErrReadOnly) {
		t.Errorf("Put: %v, want %v", err, context.Canceled)
	}
}

func (open suite) putsOrSaysReadOnly(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 100)
	tier := open(t, all[:50])
	for range 2 {
		err := tier.Put(t.Context(), all[25:])
		switch {
		case errors.Is(err, cachestore.ErrReadOnly):
			wantRecords(t, tier, keys(all), all[:50])
		case err != nil:
			t.Fatalf("Put: %v", err)
		default:
			wantRecords(t, tier, keys(all), all)
		}
	}
}

func (open suite) manyAtOnce(t *testing.T) {
	all := records(cachestore.PartSymbols, 0, 400)
	tier := open(t, all)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			part := all[40*i : 40*i+80]
			got, err := tier.Get(t.Context(), keys(part))
			if err := errors.Join(err, check(got, part)); err != nil {
				t.Errorf("Get: %v", err)
			}
			if err := tier.Put(t.Context(), part); err != nil && !errors.Is(err, cachestore.ErrReadOnly) {
				t.Errorf("Put: %v", err)
			}
		})
	}
	wg.Wait()
	wantRecords(t, tier, keys(all), all)
}
