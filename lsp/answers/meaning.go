package answers

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/resolve"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/timing"
)

// meaning returns what the tree of a source tells of the name that a word is, see
// resolve.Names.At. It is not known without a tree. The caller has no turn.
func (s *Session) meaning(ctx context.Context, src *source, word resolve.Span) (name resolve.Name, w wanted, known bool, err error) {
	done, err := s.turn(ctx)
	if err != nil {
		return name, w, false, err
	}
	defer done()
	names, err := s.names(ctx, src)
	if err != nil || names == nil {
		return name, w, false, err
	}
	name = names.At(word)
	return name, wantedFor(src, names, name), true, nil
}

// names returns what the names in a source mean, nil where there is no tree.
func (s *Session) names(ctx context.Context, src *source) (*resolve.Names, error) {
	defer timing.In(ctx, timing.Parse)()
	if src.open != nil {
		return s.documents.trees.namesOf(ctx, src.open)
	}
	return s.documents.trees.namesOfText(ctx, src.lang, src.text)
}

// wanted tells which symbols a name may mean: none without top and members.
type wanted struct {
	top     bool   // those at the top of a file
	members bool   // those in another one
	own     bool   // those of the text itself
	others  bool   // those of other files
	dir     string // not empty: only those of files in this directory
}

// wantedFor returns which symbols a name may mean.
func wantedFor(src *source, names *resolve.Names, name resolve.Name) wanted {
	shared := src.lang.Names.Shared
	switch name.Kind {
	case resolve.Top:
		return wanted{top: true, own: true, others: shared == language.SharedLinked}
	case resolve.Free, resolve.Prelude:
		w := wanted{top: true, own: true}
		switch {
		case shared == language.SharedDirectory:
			w.others, w.dir = true, filepath.Dir(src.path())
		case name.Kind == resolve.Free:
			w.others = shared == language.SharedLinked || names.Wildcard()
		}
		return w
	case resolve.Import:
		return wanted{top: true, others: true}
	case resolve.Member:
		switch names.Qualifier(name) {
		case resolve.OfPackage:
			return wanted{top: true, others: true}
		case resolve.OfImport:
			return wanted{top: true, members: true, others: true}
		}
		return wanted{members: true, own: true, others: true}
	case resolve.Key:
		return wanted{members: true, own: true, others: true}
	default:
		return wanted{}
	}
}

// is tells whether a symbol may be what is meant by a name in a text of some language.
func (w *wanted) is(m *index.Match, lang *language.Language) bool {
	if m.Container == "" && !w.top || m.Container != "" && !w.members {
		return false
	}
	return isOfFamily(lang, m.Language) && (w.dir == "" || filepath.Dir(m.Path) == w.dir)
}

// isOfFamily tells whether a text of one language sees the names of another.
func isOfFamily(lang *language.Language, id string) bool {
	if lang.ID == id {
		return true
	}
	return lang.Names.Family != "" && slices.ContainsFunc(symbols.Languages(), func(other *language.Language) bool {
		return other.ID == id && other.Names.Family == lang.Names.Family
	})
}
