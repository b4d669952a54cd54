package cachestore

import (
	"context"
	"errors"
	"slices"
)

// ErrReadOnly is returned by a tier to which nothing can be put.
var ErrReadOnly = errors.New("cachestore: tier is read-only")

// Tier is a place of values besides the own cache, such as a base cache or a remote. It is asked in bulk, by a scan
// that has many keys in hand, and never by a request, which would wait for it. Its methods may be called at once.
//
// What a tier gives is put into the own cache by its caller. Store.Get asks base caches itself: they are local and
// mapped, and take no longer than the own cache.
type Tier interface {
	// Get returns the values that the tier has, each once, in any order. A key without a usable value is left out.
	// An error says that the tier could not be asked for all of them; the records that are returned with it are good.
	Get(ctx context.Context, keys []Key) ([]Record, error)

	// Put stores values, and may store some of them when it fails. ErrReadOnly: it stores none, ever.
	Put(ctx context.Context, records []Record) error
}

// Outgoing returns a tier through which nothing leaves the machine but values of parts that may (see Part.MayLeave).
// Others are neither put nor asked for: already the question would tell of them. Every tier that is not on this
// machine is used through it.
func Outgoing(t Tier) Tier { return outgoing{t} }

type outgoing struct{ tier Tier }

func (o outgoing) Get(ctx context.Context, keys []Key) ([]Record, error) {
	public := slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return !k.Part.MayLeave() })
	if len(public) == 0 {
		return nil, ctx.Err()
	}
	return o.tier.Get(ctx, public)
}

func (o outgoing) Put(ctx context.Context, records []Record) error {
	public := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return !r.Key.Part.MayLeave() })
	if len(public) == 0 {
		return ctx.Err()
	}
	return o.tier.Put(ctx, public)
}

// Bases returns the base caches as tiers, in the order in which Store.Get asks them. They end with the store.
func (s *Store) Bases() []Tier {
	tiers := make([]Tier, len(s.bases))
	for i, f := range s.bases {
		tiers[i] = base{store: s, finder: f}
	}
	return tiers
}

// base is one namespace of a base cache.
type base struct {
	store  *Store
	finder *finder
}

func (b base) Get(ctx context.Context, keys []Key) ([]Record, error) {
	var records []Record
	seen := make(map[Key]bool, len(keys))
	for _, k := range keys {
		if err := errors.Join(ctx.Err(), b.store.ready(k)); err != nil {
			return records, err
		}
		if seen[k] || !k.Part.known() {
			continue
		}
		seen[k] = true
		value, err := b.finder.get(k)
		switch {
		case err == nil:
			records = append(records, Record{k, value})
		case !isFinding(err):
			return records, lookupError(k, err)
		}
	}
	return records, nil
}

func (base) Put(context.Context, []Record) error { return ErrReadOnly }
