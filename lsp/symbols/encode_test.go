package symbols

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(line, column, utf16 uint32) Position { return Position{Line: line, Byte: column, UTF16: utf16} }

// sampleSummary has every feature of a summary once.
func sampleSummary() *Summary {
	return &Summary{Truncated: TruncatedSymbols | TruncatedWork, SyntaxErrors: 300, Symbols: []Symbol{
		{
			Name: "T", Signature: "type T struct", Kind: Struct, Visibility: Public, Parent: -1,
			Range:     Range{at(1, 5, 5), at(4, 1, 1)},
			Selection: Range{at(1, 5, 5), at(1, 6, 6)},
		},
		{
			Name: "世界", Signature: "世界 int", Kind: Field, Visibility: Private, Flags: Deprecated | Async | 1<<31, Parent: 0,
			Range:     Range{at(2, 1, 1), at(2, 11, 7)},
			Selection: Range{at(2, 1, 1), at(2, 7, 3)},
		},
		{
			Name: "\xff\n", Label: "(*T).x", Container: "elsewhere", Signature: "", Kind: Method,
			Visibility: Protected, Flags: Static, Parent: -1,
			Range:     Range{at(3, 0, 0), at(9, 300, 300)},
			Selection: Range{at(5, 7, 7), at(6, 0, 0)},
		},
	}, Defines: []Define{
		{"REG_A", Range{at(2, 0, 0), at(2, 16, 16)}, Range{at(2, 8, 8), at(2, 13, 13)}},
		{"REG_AB", Range{at(3, 1, 1), at(5, 2, 2)}, Range{at(4, 2, 2), at(4, 8, 8)}},
		{"\xffé", Range{at(900, 5, 4), at(900, 30, 20)}, Range{at(900, 13, 12), at(900, 16, 14)}},
	}}
}

func TestEncodeKeepsEverything(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*Summary{
		"sample": sampleSummary(),
		"empty":  {Symbols: []Symbol{}},
	} {
		got, err := Decode(Encode(want))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Positions that follow from something else are left out, each in its way.
func TestEncodeLeavesOut(t *testing.T) {
	t.Parallel()
	span := func(line, column, endLine, endColumn uint32) Range {
		return Range{at(line, column, column), at(endLine, endColumn, endColumn)}
	}
	for _, tc := range []struct {
		signature, name  string
		whole, selection Range
		start            startAt
		end              endAt
	}{
		{"self.x = 1", "x", span(7, 5, 7, 6), span(7, 5, 7, 6), startRange, endSelection},
		{"int x", "x", span(7, 0, 7, 5), span(7, 4, 7, 5), startName, endSelection},
		{"x int", "x", span(7, 1, 7, 6), span(7, 1, 7, 2), startName, endSignature},
		{"int x[3]", "x", span(7, 1, 7, 13), span(7, 8, 7, 9), startColumn, endSemicolon},
		{"const x = 1", "x", span(7, 6, 7, 30), span(7, 6, 7, 7), startRange, endColumn},
		{"func x()", "x", span(7, 0, 9, 1), span(7, 5, 7, 6), startName, endBrace},
		{"def x()", "x", span(7, 4, 9, 20), span(8, 8, 8, 9), startGiven, endGiven},
		{"default", "x", span(7, 4, 7, 20), span(7, 4, 7, 11), startGiven, endColumn},
		{"x", "x y", span(7, 4, 9, 5), span(8, 0, 9, 5), startGiven, endSelection},
	} {
		symbol := Symbol{
			Name: tc.name, Signature: tc.signature, Kind: Variable, Parent: -1,
			Range: tc.whole, Selection: tc.selection,
		}
		name := placeOf(tc.name, tc.signature)
		if start, end := startOf(&symbol, name), endOf(&symbol, name); start != tc.start || end != tc.end {
			t.Errorf("%q: start %d, end %d, want %d, %d", tc.signature, start, end, tc.start, tc.end)
		}
		want := &Summary{Symbols: []Symbol{symbol, symbol}}
		got, err := Decode(Encode(want))
		if err != nil {
			t.Fatalf("%q: %v", tc.signature, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.signature, diff)
		}
	}
}

// A later version may add sections, to the content of those of today, flags and reasons.
// The decoder of today skips the former and keeps the latter.
func TestDecodeReadsWhatLaterVersionsAdd(t *testing.T) {
	t.Parallel()
	want := sampleSummary()
	want.Truncated |= 1 << 20
	want.Defines = nil
	encoded := Encode(want)
	// version, count, length of numbers, of text, of sections: the sections begin at 5
	size := int(encoded[4])
	if encoded[0] != encodingVersion || size != len("\x01\x03***\x02\x02**") {
		t.Fatalf("% x", encoded[:20])
	}
	sections := encoded[5:][:size]
	grow := func(sections ...byte) []byte {
		return slices.Concat(encoded[:4], []byte{byte(len(sections))}, sections, encoded[5+size:])
	}
	for name, later := range map[string][]byte{
		"a new section":       grow(append(bytes.Clone(sections), 9, 3, 1, 2, 3)...),
		"an empty section":    grow(append(bytes.Clone(sections), 9, 0)...),
		"a longer known":      grow(append(bytes.Clone(sections[:5]), 2, 4, sections[7], sections[8], 77, 88)...),
		"the same":            grow(sections...),
		"a tag of more bytes": grow(append(bytes.Clone(sections), 0x80, 1, 0)...),
	} {
		got, err := Decode(later)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, damaged := range map[string][]byte{
		"the same twice":   grow(append(bytes.Clone(sections), 2, 1, 1)...),
		"not in order":     grow(2, 1, 1, 1, 1, 1),
		"no tag":           grow(0, 1, 1),
		"cut":              grow(sections[:len(sections)-1]...),
		"length too large": grow(9, 200),
		"no content":       grow(1, 0),
	} {
		if s, err := Decode(damaged); err == nil {
			t.Errorf("%s: decoded to %+v", name, s)
		}
	}
}

// TestEncodeRandom encodes summaries that keep the promises of the type and
// nothing else.
func TestEncodeRandom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want := randomSummary(random)
		encoded := Encode(want)
		got, err := Decode(encoded)
		if err != nil {
			t.Fatalf("%v: %+v", err, want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if !bytes.Equal(encoded, Encode(got)) {
			t.Fatalf("encodes in two ways: %+v", want)
		}
	}
}

// randomSummary prefers small numbers and few letters, so that things agree by
// chance as they do in sources.
func randomSummary(random *rand.Rand) *Summary {
	number := func() uint32 {
		if random.IntN(50) == 0 {
			return random.Uint32N(math.MaxUint32 / 4)
		}
		return random.Uint32N(4)
	}
	text := func(most int) string {
		if random.IntN(4) > 0 {
			most = 4
		}
		b := make([]byte, random.IntN(most+1))
		for i := range b {
			b[i] = "ab_$9 (;\x00\xe4"[random.IntN(10)]
		}
		return string(b)
	}
	after := func(p Position) Position {
		if random.IntN(2) == 0 {
			p = at(p.Line, p.Byte+number(), p.UTF16)
			p.UTF16 = max(p.UTF16, p.Byte-min(p.Byte, number()))
		} else {
			p = at(p.Line+1+number(), number(), number())
		}
		if random.IntN(8) > 0 {
			p.UTF16 = p.Byte
		}
		return p
	}
	s := &Summary{Symbols: make([]Symbol, random.IntN(20))}
	line := uint32(0)
	for range max(0, random.IntN(12)-6) {
		d := Define{Name: "R" + text(MaxName-1)}
		line += number()
		d.Range.Start = at(line, number(), 0)
		d.Range.Start.UTF16 = d.Range.Start.Byte
		d.Selection.Start = after(d.Range.Start)
		if random.IntN(3) == 0 {
			d.Range.Start, d.Selection.Start = at(line, 0, 0), at(line, defineColumn, defineColumn)
		}
		d.Selection.End = d.Selection.Start
		d.Selection.End.Byte += uint32(len(d.Name))
		d.Selection.End.UTF16 += uint32(len(d.Name))
		d.Range.End = after(d.Selection.End)
		if symbol := (Symbol{Range: d.Range, Selection: d.Selection}); symbol.valid() {
			s.Defines = append(s.Defines, d)
		}
	}
	if random.IntN(2) == 0 {
		s.Truncated = Truncation(number())
		s.SyntaxErrors = number()
	}
	for i := range s.Symbols {
		symbol := &s.Symbols[i]
		*symbol = Symbol{
			Name: text(MaxName), Label: text(MaxName), Container: text(MaxName), Signature: text(MaxSignature),
			Kind:       File + Kind(random.IntN(int(TypeParameter))),
			Visibility: Visibility(random.IntN(4)),
			Flags:      Flags(number()),
			Parent:     random.IntN(i+1) - 1,
		}
		symbol.Range.Start = at(number(), 0, 0)
		symbol.Selection.Start = after(symbol.Range.Start)
		symbol.Selection.End = after(symbol.Selection.Start)
		symbol.Range.End = after(symbol.Selection.End)
		if !symbol.valid() { // a column that shrinks in UTF-16 only
			symbol.Selection, symbol.Range.End = Range{symbol.Range.Start, symbol.Range.Start}, symbol.Range.Start
		}
	}
	return s
}

// A damaged summary must be an error, or at least keep the promises of its type;
// what it costs must follow from its own size. (That damage is noticed at all is
// the store's business: it has checksums.)
func TestDecodeDamaged(t *testing.T) {
	t.Parallel()
	good := Encode(sampleSummary())
	for i := range good {
		for bit := range 8 {
			damaged := bytes.Clone(good)
			damaged[i] ^= 1 << bit
			checkDecoded(t, damaged)
		}
		if _, err := Decode(good[:i]); err == nil {
			t.Errorf("the first %d bytes of %d decoded", i, len(good))
		}
	}
	if _, err := Decode(append(bytes.Clone(good), 0)); err == nil {
		t.Error("decoded with a byte too many")
	}
}

// What a header announces costs nothing that does not follow.
//
// It is not parallel: others allocate as well.
func TestDecodeBelievesNoHeader(t *testing.T) {
	const huge = 1 << 45
	for name, numbers := range map[string][]uint64{
		"symbols":             {huge, 0, 0},
		"symbols and numbers": {huge, 4 * huge, 0},
		"sections":            {3, minSymbolSize, 0, huge},
		"numbers":             {2, huge, 0},
		"text":                {2, minSymbolSize, huge},
		"all":                 {math.MaxUint64, math.MaxUint64, math.MaxUint64},
		"defines":             {1, 0, 0, 14, sectionDefines, 12, huge},
	} {
		data := []byte{encodingVersion}
		for _, n := range numbers {
			data = binary.AppendUvarint(data, n)
		}
		data = append(data, make([]byte, 100)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decode(data); err == nil {
			t.Errorf("%s: no error", name)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
			t.Errorf("%s: %d bytes allocated for %d bytes of input", name, grown, len(data))
		}
	}
}

// checkDecoded decodes arbitrary bytes: what comes out must be a valid summary
// and encode to the same.
func checkDecoded(t *testing.T, data []byte) {
	s, err := Decode(data)
	if err != nil {
		return
	}
	for i := range s.Symbols {
		symbol := &s.Symbols[i]
		if symbol.Parent >= i || symbol.Parent < -1 || !symbol.valid() || len(symbol.Signature) > MaxSignature {
			t.Fatalf("symbol %d is not valid: %+v", i, symbol)
		}
	}
	last := uint32(0)
	for _, d := range s.Defines {
		places := Symbol{Range: d.Range, Selection: d.Selection}
		if d.Name == "" || len(d.Name) > MaxName || d.Range.Start.Line < last || !places.valid() {
			t.Fatalf("define is not valid: %+v", d)
		}
		last = d.Range.Start.Line
	}
	again, err := Decode(Encode(s))
	if err != nil {
		t.Fatalf("decode what was encoded: %v", err)
	}
	if diff := cmp.Diff(s, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("decode(encode(x)) (-x +got):\n%s", diff)
	}
}

// BenchmarkEncode measures the summaries of a tree: go test -bench 'Encode|Decode' -tree DIR.
func BenchmarkEncode(b *testing.B) {
	forTreeSummaries(b, func(b *testing.B, summaries []*Summary) {
		encoded := 0
		for b.Loop() {
			encoded = 0
			for _, s := range summaries {
				encoded += len(Encode(s))
			}
		}
		symbols := 0
		for _, s := range summaries {
			symbols += len(s.Symbols)
		}
		b.ReportMetric(float64(encoded)/float64(symbols), "bytes/symbol")
	})
}

func BenchmarkDecode(b *testing.B) {
	forTreeSummaries(b, func(b *testing.B, summaries []*Summary) {
		encoded := make([][]byte, len(summaries))
		for i, s := range summaries {
			encoded[i] = Encode(s)
		}
		for b.Loop() {
			for _, data := range encoded {
				if _, err := Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// forTreeSummaries runs bench per language on the summaries of the tree flag.
func forTreeSummaries(b *testing.B, bench func(*testing.B, []*Summary)) {
	extractor := testExtractor(b)
	for _, lang := range Languages() {
		b.Run(lang.ID, func(b *testing.B) {
			var summaries []*Summary
			for _, extension := range lang.Extensions {
				for path, content := range treeFiles(b, extension, 100<<20) {
					s, err := extractor.Extract(b.Context(), lang, content)
					if err != nil {
						b.Fatalf("%s: %v", path, err)
					}
					summaries = append(summaries, s)
				}
			}
			if len(summaries) == 0 {
				b.Skipf("no %s files", lang.ID)
			}
			b.ReportAllocs()
			bench(b, summaries)
			perSummary := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(summaries))
			b.ReportMetric(perSummary, "ns/summary")
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(sampleSummary()))
	f.Add(Encode(&Summary{}))
	f.Add([]byte{})
	f.Add([]byte{encodingVersion, 2, 4, 0, 1, 0, 0, 0})
	f.Fuzz(checkDecoded)
}
