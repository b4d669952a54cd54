package index

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols"
)

// named returns a document with functions of these names; "A.b" is b in A.
func named(names ...string) Document {
	s := new(symbols.Summary)
	for _, name := range names {
		sym := symbols.Symbol{Name: name, Kind: symbols.Function, Parent: -1}
		if container, last, ok := strings.Cut(name, "."); ok && container != "" {
			sym.Container, sym.Name = container, last
		}
		s.Symbols = append(s.Symbols, sym)
	}
	return Document{Summary: s, Language: "go"}
}

// Each table line is a query and the names it finds, best first.
func TestRanking(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ query, hits, want string }{
		{"run", "Return Prune RegisterUserName KubeletRun RunPod Run Other", "Run RunPod KubeletRun RegisterUserName Prune Return"},
		{"kube", "kubelet kube Kubelet_kube mykube tokube1", "kube kubelet Kubelet_kube mykube tokube1"},
		{"npe", "NullPointerException OpenPeer", "NullPointerException OpenPeer"},
		{"hs", "httpServe HTTPServer ths", "httpServe HTTPServer ths"},
		{"gc", "get_config getConfig gchat magic", "gchat getConfig get_config magic"},
		{"u8", "utf8 u8 unit18 utf8decode", "u8 utf8 utf8decode unit18"},
		{"beta", "v1beta1 alphabeta Beta", "Beta v1beta1 alphabeta"},
		// An upper-case letter asks for itself, but does not insist.
		{"Run", "run Run RUN", "RUN Run run"},
		{"aB", "xab xaB xAb", "xAb xaB xab"},
		{"RB", "rb rB Rb RB", "RB Rb rB rb"},
		// Shorter first, then by name.
		{"get", "getBb getB getAb getA", "getA getB getAb getBb"},
		// White space means nothing, and what is no subsequence is no match.
		{" r u\tn\u00a0", "run rnu nur", "run"},
		{"runner", "run", ""},
		{"aa", "a ba aa", "aa"},
		// Case folding beyond ASCII.
		{"ÉCOLE", "école Ecole", "école"},
		{"istanbul", "İstanbul ISTANBUL ıstanbul", "ISTANBUL İstanbul ıstanbul"},
		{"STRASSE", "straße strasse", "strasse"},
		{"straẞe", "STRAßE", "STRAßE"},
		{"σας", "ΣΑΣ", "ΣΑΣ"},
		{"kelvin", "\u212aelvin", "\u212aelvin"},
		{"𐐀", "x𐐨 𐐨y", "𐐨y x𐐨"},
		{"字", "漢字 _字", "_字 漢字"},
		// Combining marks: they can be left out, they start no word, and they do
		// not hide where one starts.
		{"cafe", "cafe\u0301", "cafe\u0301"},
		{"cafe\u0301", "cafe cafe\u0301", "cafe\u0301"},
		{"eb", "xe\u0301Bc xe\u0301bc", "xe\u0301Bc xe\u0301bc"},
		{"\xff", "a\xffb ab", "a\xffb"},
	} {
		ix := NewMemory()
		ix.Set("/a", named(strings.Fields(test.hits)...))
		var got []string
		for _, m := range find(t, Query{Text: test.query}, ix) {
			got = append(got, m.Name)
		}
		if d := cmp.Diff(test.want, strings.Join(got, " ")); d != "" {
			t.Errorf("query %q (-want +got):\n%s", test.query, d)
		}
	}
}

// The worked example above the scoring is what the scoring does.
func TestScoreExample(t *testing.T) {
	t.Parallel()
	p := newPattern("run")
	for name, want := range map[string]int32{
		"Run": 48, "RunPod": 36, "KubeletRun": 22, "RegisterUserName": 20, "Prune": 14, "Return": 4,
	} {
		if got, ok := new(scorer).score(&p, []byte(name), true, -1000); !ok || got != want {
			t.Errorf("score of %s = %d, %v, want %d", name, got, ok, want)
		}
	}
}

// The worked example above the traits is what the bounds are: each is at least the score.
func TestBoundExample(t *testing.T) {
	t.Parallel()
	p := newPattern("run")
	for name, want := range map[string]struct{ bound, score int32 }{"Return": {4, 4}, "PruneNode": {15, 14}, "RunPod": {48, 36}} {
		found := traitsOf([]byte(name))
		score, ok := new(scorer).score(&p, []byte(name), true, -1000)
		if bound := p.bound(&found); bound != want.bound || score != want.score || !ok {
			t.Errorf("%s: bound %d, score %d, %v; want %v", name, bound, score, ok, want)
		}
		if !p.admits(&found, want.bound) || p.admits(&found, want.bound+1) {
			t.Errorf("%s is not admitted up to its bound", name)
		}
	}
	if absent := traitsOf([]byte("Kubelet")); p.admits(&absent, -1000) {
		t.Error("a name without the characters is admitted")
	}
}

func TestQualifiedQueries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ query, want string }{
		{"Kubelet.Run", "Kubelet.Run Kubelet.RunOnce"},
		{"kube::run", "Kubelet.Run Kubelet.RunOnce"},
		{"k/r", "Kubelet.Run Kubelet.RunOnce"},
		{"Kubelet#once", "Kubelet.RunOnce"},
		{"Kubelet.", "Kubelet.Run Kubelet.RunOnce"},
		{"ns.in.f", "ns::inner.f"},
		{"Pod.Run", ""},
		// Names may have separators themselves.
		{"module.exports", ".module.exports"},
		{".btn", ".btn"},
		{"operator/", ".operator/"},
	} {
		ix := NewMemory()
		ix.Set("/a", named("Run", "RunOnce", "Kubelet.Run", "Kubelet.RunOnce", "ns::inner.f"))
		dotted := named("", "", "")
		for i, name := range []string{"module.exports", ".btn", "operator/"} {
			dotted.Summary.Symbols[i].Name = name
		}
		ix.Set("/b", dotted)
		var got []string
		for _, m := range find(t, Query{Text: test.query}, ix) {
			if name := m.Container + "." + m.Name; test.query == ".btn" {
				got = append(got, m.Name)
			} else {
				got = append(got, name)
			}
		}
		if d := cmp.Diff(test.want, strings.Join(got, " ")); d != "" {
			t.Errorf("query %q (-want +got):\n%s", test.query, d)
		}
	}
}

// What the order says beyond the name.
func TestOrderOfEquals(t *testing.T) {
	t.Parallel()
	sym := func(k symbols.Kind, v symbols.Visibility) symbols.Symbol {
		return symbols.Symbol{Name: "thing", Kind: k, Visibility: v, Parent: -1}
	}
	doc := Document{Summary: &symbols.Summary{Symbols: []symbols.Symbol{
		sym(symbols.Field, symbols.Public), sym(symbols.Function, symbols.Private),
		sym(symbols.Function, symbols.Public), sym(symbols.Struct, symbols.Unknown), sym(symbols.Constant, symbols.Public),
	}}}
	secondary := doc
	secondary.Importance = Secondary
	ix := NewMemory()
	ix.Set("/b", doc)
	ix.Set("/a", secondary)
	ix.Set("/c", named("thingummy"))
	var got []string
	for _, m := range find(t, Query{Text: "thing"}, ix) {
		got = append(got, m.Path[1:]+string(rune('A'+m.Kind)))
	}
	order := []symbols.Kind{symbols.Struct, symbols.Function, symbols.Function, symbols.Constant, symbols.Field}
	var want []string
	for _, k := range order {
		want = append(want, "b"+string(rune('A'+k)))
	}
	want = append(want, "c"+string(rune('A'+symbols.Function))) // a prefix here before the same name there
	for _, k := range order {
		want = append(want, "a"+string(rune('A'+k)))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A match has all that an answer needs.
func TestMatch(t *testing.T) {
	t.Parallel()
	at := func(line, col, utf16 uint32) symbols.Position {
		return symbols.Position{Line: line, Byte: col, UTF16: utf16}
	}
	ix := NewMemory()
	ix.Set("/a.go", Document{Language: "go", Summary: &symbols.Summary{Symbols: []symbols.Symbol{
		{Name: "outer", Kind: symbols.Namespace, Parent: -1},
		{Name: "inner", Kind: symbols.Namespace, Parent: 0},
		{
			Name: "Run", Kind: symbols.Method, Flags: symbols.Async | symbols.Deprecated, Parent: 1,
			Range:     symbols.Range{Start: at(70_000, 4, 3), End: at(70_010, 1, 1)},
			Selection: symbols.Range{Start: at(70_001, 12, 10), End: at(70_001, 15, 13)},
		},
	}}})
	want := []Match{{
		Path: "/a.go", Name: "Run", Container: "outer.inner", Language: "go",
		Kind: symbols.Method, Flags: symbols.Async | symbols.Deprecated,
		Range:     symbols.Range{Start: at(70_000, 4, 3), End: at(70_010, 1, 1)},
		Selection: symbols.Range{Start: at(70_001, 12, 10), End: at(70_001, 15, 13)},
	}}
	if d := cmp.Diff(want, find(t, Query{Text: "run"}, ix)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A path of an earlier layer hides it in later ones, also if it has no symbols
// there, and comes back when it is deleted.
func TestLayersMask(t *testing.T) {
	t.Parallel()
	buffers, disk, base := NewMemory(), NewMemory(), NewMemory()
	base.Set("/a", named("base"))
	base.Set("/b", named("base"))
	base.Set("/c", named("base"))
	disk.Set("/a", named("disk"))
	disk.Set("/b", named("disk"))
	buffers.Set("/a", Document{})
	paths := func() (found string) {
		for _, m := range find(t, Query{}, buffers, disk, base) {
			found += m.Name + m.Path + " "
		}
		return found
	}
	if got, want := paths(), "disk/b base/c "; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	buffers.Delete("/a")
	disk.Delete("/b")
	if got, want := paths(), "disk/a base/b base/c "; got != want {
		t.Errorf("after deleting, found %q, want %q", got, want)
	}
}

func TestSearchCancelled(t *testing.T) {
	t.Parallel()
	ix := NewMemory()
	ix.Set("/a", named("a"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if matches, err := Search(ctx, Query{Text: "a"}, ix); !errors.Is(err, context.Canceled) || matches != nil {
		t.Errorf("Search = %v, %v, want no matches and context.Canceled", matches, err)
	}

	// A search under way stops after the chunks that its workers are at.
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	endless := &countingLayer{count: 1000, scanned: cancel}
	if _, err := Search(ctx, Query{Text: "a"}, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if got, most := int(endless.scans.Load()), runtime.GOMAXPROCS(0); got > most {
		t.Errorf("%d chunks scanned, want at most %d", got, most)
	}
}

// countingLayer has nothing but chunks.
type countingLayer struct {
	count   int
	scanned func()
	scans   atomic.Int32
}

func (l *countingLayer) now() layer                { return l }
func (l *countingLayer) empty() bool               { return true }
func (l *countingLayer) has(string) bool           { return false }
func (l *countingLayer) chunks(*search) []chunk    { return make([]chunk, l.count) }
func (l *countingLayer) containerCount() int       { return 0 }
func (l *countingLayer) containerAt(uint32) []byte { return nil }
func (l *countingLayer) match(*hit) Match          { return Match{} }
func (l *countingLayer) scan(w *worker, c chunk)   { l.scans.Add(1); l.scanned() }

// Names beyond the length that is searched can still be found by what they
// begin with, and not even their own full text makes them exact.
func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("字é", maxText)
	ix := NewMemory()
	ix.Set("/a", named(long, "字é"))
	got := find(t, Query{Text: "字é"}, ix)
	if len(got) != 2 || got[1].Name != long {
		t.Errorf("%d matches, want 2, the long one last and whole", len(got))
	}
	if got := find(t, Query{Text: long}, ix); len(got) != 0 {
		t.Errorf("a query longer than what is searched has %d matches", len(got))
	}
}

// An exact query finds the names that are its text, in memory and in a file: no
// other case, no parts, nothing qualified, and white space counts.
func TestExact(t *testing.T) {
	t.Parallel()
	ix, changes := NewMemory(), make(map[string]Change)
	for i := range 3 * blockNames {
		path := fmt.Sprintf("/%02d", i)
		doc := named("Run", "run", "RUN", fmt.Sprintf("run%d", i), "a:b", "a b", "é", fmt.Sprintf("z%d", i))
		ix.Set(path, doc)
		changes[path] = Change{Binding: bindingOf(i, doc)}
	}
	file := openFile(t, writeFile(t, Update{View: ix.View(), Changes: changes}))
	for name, layer := range map[string]Layer{"view": ix, "file": file} {
		for text, want := range map[string]int{
			"Run": 3 * blockNames, "run": 3 * blockNames, "RUN": 3 * blockNames, "a:b": 3 * blockNames, "a b": 3 * blockNames,
			"é": 3 * blockNames, "run7": 1, "z40": 1, "": 0, "ru": 0, "rUn": 0, "b": 0, "ab": 0, " run": 0, "\x00": 0, "zzz": 0,
		} {
			got := find(t, Query{Text: text, Exact: true}, layer)
			if len(got) != want || want > 0 && (got[0].Name != text || got[len(got)-1].Name != text) {
				t.Errorf("%s: %q: %d matches, want %d", name, text, len(got), want)
			}
		}
	}
	if got := find(t, Query{Text: "run", Exact: true}, NewMemory(), openFile(t, writeFile(t, Update{View: NewMemory().View()}))); len(got) != 0 {
		t.Errorf("in nothing: %+v", got)
	}
}

// A query costs no more than its symbols, however long it is and whatever it consists of. Pitfall T2: bytes are
// bounded, work is not.
func TestQueryWorkIsBounded(t *testing.T) {
	t.Parallel()
	ix := hostile()
	file := openFile(t, populatedFile(t, ix))
	const size = 64 << 10
	for what, text := range map[string]string{
		"one letter":  strings.Repeat("a", size),
		"words":       strings.Repeat("aa ", size/3),
		"white space": strings.Repeat(" ", size) + "a",
		"dots":        strings.Repeat(".", size) + "a",
		"words, dots": strings.Repeat("aa.", size/3) + "a",
		"not UTF-8":   strings.Repeat("\xff", size),
		"wide":        strings.Repeat("𝒜", size/4),
	} {
		for name, layer := range map[string]Layer{"view": ix, "file": file} {
			ctx := &countingContext{Context: t.Context()}
			got, err := Search(ctx, Query{Text: text}, layer)
			if err != nil || len(got) > 0 {
				t.Errorf("%s, %s: %d matches, %v", what, name, len(got), err)
			}
			if asked := ctx.asked.Load(); asked > 1 {
				t.Errorf("%s, %s: it is searched for", what, name)
			}
		}
	}
	// The longest that are searched for: these take long, and end when nobody wants them.
	for _, text := range []string{
		strings.Repeat("a", maxText/2), strings.Repeat("ab", maxText/8), strings.Repeat("a", maxText/2) + "." + strings.Repeat("a", maxText/2),
	} {
		for name, layer := range map[string]Layer{"view": ix, "file": file} {
			ctx := &countingContext{Context: t.Context()}
			if _, err := Search(ctx, Query{Text: text}, layer); err != nil {
				t.Fatal(err)
			}
			if asked := ctx.asked.Load(); asked < hostileNames*maxText*maxText/4/checkCells/2 {
				t.Errorf("%s, query %.10s...: asked only %d times whether it was cancelled", name, text, asked)
			}
			ctx = &countingContext{Context: t.Context(), most: 8}
			if _, err := Search(ctx, Query{Text: text}, layer); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, query %.10s...: error %v, want that it was cancelled", name, text, err)
			}
			if asked := int(ctx.asked.Load()); asked > 8+3*runtime.GOMAXPROCS(0) {
				t.Errorf("%s, query %.10s...: went on after it was cancelled: asked %d times", name, text, asked)
			}
		}
	}
}

// countingContext counts how often it is asked for its error; it is cancelled after most
// times, unless that is 0.
type countingContext struct {
	context.Context
	most  int64
	asked atomic.Int64
}

func (c *countingContext) Err() error {
	if n := c.asked.Add(1); c.most > 0 && n > c.most {
		return context.Canceled
	}
	return c.Context.Err()
}

// hostileNames is how many names hostile has.
const hostileNames = 1500

// hostile returns an index whose names and containers take the longest to align.
func hostile() *Memory {
	ix, s := NewMemory(), new(symbols.Summary)
	long := strings.Repeat("abaa", maxText/4)
	for i := range hostileNames {
		s.Symbols = append(s.Symbols, symbols.Symbol{
			Name: fmt.Sprintf("b%s%d", long[:maxText-6], i), Container: fmt.Sprintf("b%s%d", long[:maxText-6], i),
			Kind: symbols.Function, Parent: -1,
		})
	}
	ix.Set("/hostile", Document{Summary: s, Language: "c"})
	return ix
}

// Whatever the query, a search of hostile names ends, with as many results as it may
// have, before anybody loses patience.
func FuzzQuery(f *testing.F) {
	ix := hostile()
	file := openFile(f, populatedFile(f, ix))
	for _, text := range []string{"", "a", "abab", strings.Repeat("a", 200), strings.Repeat("a.", 500), "a b.c::d", strings.Repeat("é", 300), "\xff\x00"} {
		f.Add(text, false)
	}
	f.Add("b", true)
	f.Fuzz(func(t *testing.T, text string, exact bool) {
		const patience = 20 * time.Second // on two processors under the race detector, with others at work
		start := time.Now()
		for _, layer := range []Layer{ix, file} {
			got, err := Search(t.Context(), Query{Text: text, Exact: exact}, layer)
			if err != nil || len(got) > DefaultLimit {
				t.Fatalf("%d matches, %v", len(got), err)
			}
		}
		if took := time.Since(start); took > patience {
			t.Fatalf("%v", took)
		}
	})
}
