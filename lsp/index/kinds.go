package index

import (
	"context"

	"github.com/symcache/symcache/lsp/symbols"
)

// KindCounts are numbers of symbols by kind.
type KindCounts [symbols.TypeParameter + 1]int

// CountKinds counts the symbols that match a query, whose Limit means nothing here. The
// layers and the error are those of Search. It looks at every symbol that matches: some
// milliseconds for a million of them.
func CountKinds(ctx context.Context, q Query, layers ...Layer) (counts KindCounts, err error) {
	if !q.Exact && len(q.Text) > MaxQuery {
		return counts, ctx.Err()
	}
	for range 2 { // as in scoredSearch
		err = protect(func() error {
			s := newSearch(q, layers)
			s.counting = true
			return whileMapped(s.layers, func() error {
				_, _, err := s.run(ctx)
				counts = s.counts
				return err
			})
		})
		if !isPassing(err) {
			break
		}
	}
	if err != nil {
		return KindCounts{}, err
	}
	return counts, nil
}

// add notes a symbol.
func (c *KindCounts) add(k symbols.Kind) {
	if int(k) < len(c) {
		c[k]++
	}
}
