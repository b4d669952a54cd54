package symbols

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(line, column, utf16 uint32) Position { return Position{Line: line, Byte: column, UTF16: utf16} }

// sampleSummary has every feature of a summary once.
func sampleSummary() *Summary {
	return &Summary{Truncated: true, Symbols: []Symbol{
		{
			Name: "T", Signature: "type T struct", Kind: Struct, Visibility: Public, Parent: -1,
			Range:     Range{at(1, 5, 5), at(4, 1, 1)},
			Selection: Range{at(1, 5, 5), at(1, 6, 6)},
		},
		{
			Name: "世界", Signature: "世界 int", Kind: Field, Visibility: Private, Flags: Deprecated | Async, Parent: 0,
			Range:     Range{at(2, 1, 1), at(2, 11, 7)},
			Selection: Range{at(2, 1, 1), at(2, 7, 3)},
		},
		{
			Name: "\xff\n", Label: "(*T).x", Container: "elsewhere", Signature: "", Kind: Method,
			Visibility: Protected, Flags: Static, Parent: -1,
			Range:     Range{at(3, 0, 0), at(9, 300, 300)},
			Selection: Range{at(5, 7, 7), at(6, 0, 0)},
		},
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

func TestDecodeBelievesNoCount(t *testing.T) {
	t.Parallel()
	data := binary.AppendUvarint([]byte{encodingVersion}, 1<<40)
	data = binary.AppendUvarint(data, 1<<45)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Decode(data); err == nil {
		t.Error("decoded a count without symbols")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d bytes allocated for %d bytes of input", grown, len(data))
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
		if symbol.Parent >= i || symbol.Parent < -1 || !symbol.valid() {
			t.Fatalf("symbol %d is not valid: %+v", i, symbol)
		}
	}
	again, err := Decode(Encode(s))
	if err != nil {
		t.Fatalf("decode what was encoded: %v", err)
	}
	if diff := cmp.Diff(s, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("decode(encode(x)) (-x +got):\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(sampleSummary()))
	f.Add(Encode(&Summary{}))
	f.Add([]byte{})
	f.Add([]byte{encodingVersion, 2, 13, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(checkDecoded)
}
