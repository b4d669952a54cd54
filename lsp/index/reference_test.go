package index

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/symcache/symcache/lsp/symbols"
)

// This is the search as it is defined, without any of the ways to do it fast:
// every alignment of every symbol of every document, then a sort.

// refScore tries all alignments of the pattern with the text.
func refScore(pattern, text string) (int32, bool) {
	p, t := []rune(pattern), []rune(text)
	if len(p) == 0 {
		return 0, true
	}
	var fp, ft []rune
	for _, r := range p {
		fp = append(fp, fold(r))
	}
	for _, r := range t {
		ft = append(ft, fold(r))
	}
	sameCase := func(i, j int) int32 {
		if (unicode.IsUpper(p[i]) || unicode.IsTitle(p[i])) && p[i] == t[j] {
			return scoreCase
		}
		return 0
	}
	if len(ft) >= len(fp) && slices.Equal(ft[:len(fp)], fp) {
		points := int32(scoreStart + (len(p)-1)*scoreStreak + scorePrefix)
		if len(ft) == len(fp) {
			points += scoreExact
		}
		for i := range p {
			points += sameCase(i, i)
		}
		return points, true
	}
	rest := fp
	for _, r := range ft {
		if len(rest) > 0 && r == rest[0] {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		return 0, false
	}
	starts := refStarts(t)
	type result struct {
		most int32
		ok   bool
	}
	known := make(map[[2]int]result)
	var best func(i, last int) (int32, bool)
	best = func(i, last int) (most int32, ok bool) {
		if i == len(fp) {
			return 0, true
		}
		if r, is := known[[2]int{i, last}]; is {
			return r.most, r.ok
		}
		defer func() { known[[2]int{i, last}] = result{most, ok} }()
		for j := last + 1; j < len(ft); j++ {
			if ft[j] != fp[i] {
				continue
			}
			rest, possible := best(i+1, j)
			if !possible {
				continue
			}
			points := int32(0)
			if j == 0 {
				points = scoreStart
			} else if starts[j] {
				points = scoreWord
			}
			switch {
			case i > 0 && j == last+1:
				points = max(points, scoreStreak)
			case i > 0:
				points -= scoreGap
			}
			if points += rest + sameCase(i, j); !ok || points > most {
				most, ok = points, true
			}
		}
		return most, ok
	}
	return best(0, -1)
}

// refStarts says where words start: it looks at the text without its marks.
func refStarts(text []rune) map[int]bool {
	starts := make(map[int]bool)
	var letters []rune
	var at []int
	for i, r := range text {
		if !unicode.IsMark(r) {
			letters, at = append(letters, r), append(at, i)
		}
	}
	isUpper := func(r rune) bool { return unicode.IsUpper(r) || unicode.IsTitle(r) }
	for i, r := range letters {
		prev := ' '
		if i > 0 {
			prev = letters[i-1]
		}
		separated := !unicode.IsLetter(prev) && !unicode.IsDigit(prev)
		switch {
		case isUpper(r):
			next := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			starts[at[i]] = !isUpper(prev) || next
		case unicode.IsLetter(r):
			starts[at[i]] = separated || unicode.IsDigit(prev)
		case unicode.IsDigit(r):
			starts[at[i]] = !unicode.IsDigit(prev)
		}
	}
	return starts
}

// refLayer is a layer: documents by path.
type refLayer map[string]Document

// refSearch is Search.
func refSearch(q Query, layers ...refLayer) []scored {
	text := strings.Join(strings.Fields(q.Text), "")
	last, qualifier := text, ""
	at := strings.LastIndexAny(text, separators)
	if at >= 0 {
		last, qualifier = text[at+1:], text[:at]
		for _, sep := range separators {
			qualifier = strings.ReplaceAll(qualifier, string(sep), "")
		}
	}
	type found struct {
		scored
		importance Importance
		rank       uint8
		at         int
	}
	var all []found
	seen := make(map[string]bool)
	for _, layer := range layers {
		for path, doc := range layer {
			if seen[path] || doc.Summary == nil || !refBelow(q.Below, path) {
				continue
			}
			for i, sym := range doc.Summary.Symbols {
				if sym.Name == "" || q.Kinds != 0 && !q.Kinds.Has(sym.Kind) {
					continue
				}
				container := refContainer(doc.Summary, i)
				points, ok := refScore(text, sym.Name)
				if q.Exact {
					points, ok = 0, sym.Name == q.Text
				} else if at >= 0 {
					outer, okOuter := refScore(qualifier, container)
					inner, okInner := refScore(last, sym.Name)
					if okOuter && okInner && (!ok || outer+inner > points) {
						points, ok = outer+inner, true
					}
				}
				if !ok {
					continue
				}
				if doc.Importance == Secondary {
					points -= scoreSecondary
				}
				all = append(all, found{scored{Match{
					Path: path, Name: sym.Name, Container: container, Kind: sym.Kind, Flags: sym.Flags,
					Language: doc.Language, Range: sym.Range, Selection: sym.Selection, Hash: doc.Hash,
				}, points}, doc.Importance, rankOf(sym.Kind, sym.Visibility), i})
			}
			for i := range doc.Summary.Defines {
				d := &doc.Summary.Defines[i]
				points, ok := int32(0), d.Name == q.Text
				if !q.Exact {
					points, ok = refScore(text, d.Name)
					ok = ok && text != "" && at < 0 && refHasPrefix(d.Name, text)
				}
				if !ok || q.Kinds != 0 && !q.Kinds.Has(symbols.Constant) {
					continue
				}
				importance := macro
				if points -= scoreSecondary; doc.Importance == Secondary {
					importance = secondaryMacro
					points -= scoreSecondary
				}
				at := d.Selection
				at.End = symbols.Position{Line: at.Start.Line, Byte: at.Start.Byte + uint32(len(d.Name))}
				at.End.UTF16 = at.Start.UTF16 + uint32(len(utf16.Encode([]rune(d.Name))))
				all = append(all, found{scored{Match{
					Path: path, Name: d.Name, Kind: symbols.Constant, Flags: symbols.Macro, Language: doc.Language,
					Range: at, Selection: at, Hash: doc.Hash,
				}, points}, importance, 0, i})
			}
		}
		for path := range layer {
			seen[path] = true
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		byName := 0
		if text != "" {
			byName = cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
		}
		return cmp.Or(-cmp.Compare(a.Score, b.Score), cmp.Compare(a.importance, b.importance), byName,
			cmp.Compare(a.rank, b.rank), cmp.Compare(a.Path, b.Path), cmp.Compare(a.at, b.at))
	})
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	var matches []scored
	for _, f := range all[:min(limit, len(all))] {
		matches = append(matches, f.scored)
	}
	return matches
}

// refHasPrefix reports whether a name begins with a text, case folded.
func refHasPrefix(name, text string) bool {
	n, t := []rune(name), []rune(text)
	return len(n) >= len(t) && slices.EqualFunc(n[:len(t)], t, func(a, b rune) bool { return fold(a) == fold(b) })
}

func refBelow(below []string, path string) bool {
	for _, dir := range below {
		rest, err := filepath.Rel(dir, path)
		if err == nil && filepath.IsLocal(rest) {
			return true
		}
	}
	return len(below) == 0
}

func refContainer(s *symbols.Summary, i int) string {
	var chain []string
	for {
		if s.Symbols[i].Container != "" {
			chain = append(chain, s.Symbols[i].Container)
			break
		}
		if i = s.Symbols[i].Parent; i < 0 {
			break
		}
		if name := s.Symbols[i].Name; name != "" {
			chain = append(chain, name)
		}
	}
	slices.Reverse(chain)
	return strings.Join(chain, ".")
}
