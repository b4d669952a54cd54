package answers

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// truncation says why the outline of an open document lacks symbols. All versions of the
// document share it, so that a cause is logged once and not with each keystroke.
type truncation struct {
	log   *slog.Logger
	uri   string
	cause atomic.Uint32 // symbols.Truncation of the outline that was worked out last
}

// note takes the cause of a new outline. It logs a cause that differs from the one before.
// A nil truncation does nothing.
func (t *truncation) note(cause symbols.Truncation) {
	if t == nil || symbols.Truncation(t.cause.Swap(uint32(cause))) == cause || cause == 0 {
		return
	}
	t.log.Info("the outline lacks symbols of the document",
		"uri", t.uri, "because", strings.Join(cause.Reasons(), "; "))
}

// TruncatedDocument is an open document whose outline lacks symbols.
type TruncatedDocument struct {
	URI     string   `json:"uri"`
	Reasons []string `json:"reasons"`
}

// truncated returns the open documents whose outlines lack symbols, by URI. It works out
// no outline.
func (s Snapshot) truncated() []TruncatedDocument {
	var list []TruncatedDocument
	for uri, doc := range s.byURI {
		if doc.truncation == nil {
			continue
		}
		if cause := symbols.Truncation(doc.truncation.cause.Load()); cause != 0 {
			list = append(list, TruncatedDocument{URI: uri, Reasons: cause.Reasons()})
		}
	}
	slices.SortFunc(list, func(a, b TruncatedDocument) int { return cmp.Compare(a.URI, b.URI) })
	return list
}
