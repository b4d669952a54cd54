package symbols

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/language"
)

func TestTextIsWhatAnEditorHolds(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"x":                        "x",
		"a\nb\n":                   "a\nb\n",
		"a\r\nb\r\n":               "a\nb\n",
		"a\r\nb\n":                 "a\nb\n",
		"\r\n":                     "\n",
		"a\r\nb\rc\r\n":            "a\r\nb\rc\r\n", // a lone CR
		"a\r\r\nb":                 "a\r\r\nb",
		"a\r\nb\r":                 "a\r\nb\r",
		"\xef\xbb\xbfx\r\n":        "x\n",
		"\xef\xbb":                 "\xef\xbb",
		"\xef\xbb\xbf\xef\xbb\xbf": "\xef\xbb\xbf",
		"a\xff\r\nb":               "a\xff\nb",

		"\xff\xfe":                             "",
		"\xff\xfea\x00\r\x00\n\x00b\x00":       "a\nb",
		"\xfe\xff\x00a\x00\r\x00\n\x00b":       "a\nb",
		"\xff\xfe\xff\xfea\x00":                "\ufeffa",
		"\xff\xfe\x3d\xd8\x00\xde":             "\U0001F600",
		"\xfe\xff\xd8\x3d\xde\x00":             "\U0001F600",
		"\xff\xfea":                            "\ufffd", // an odd byte
		"\xff\xfea\x00b":                       "a\ufffd",
		"\xff\xfe\x3d\xd8":                     "\ufffd",  // a lone surrogate at the end
		"\xff\xfe\x3d\xd8a\x00":                "\ufffda", // before something else
		"\xff\xfe\x00\xdea\x00":                "\ufffda", // the wrong half
		"\xff\xfe\x3d\xd8\x3d\xd8\x00\xde":     "\ufffd\U0001F600",
		"\xff\xfe\x3d\xd8\x00":                 "\ufffd\ufffd",
		"\xff\xfe\x16\x4e\r\x00\n\x00\x4c\x75": "世\n界",
	} {
		raw := []byte(in)
		if got, ok := Text(raw); !ok || string(got) != want {
			t.Errorf("%q: %q, %t, want %q", in, got, ok, want)
		}
		if string(raw) != in {
			t.Errorf("%q was changed to %q", in, raw)
		}
	}
}

func TestTextRejectsBinaryFiles(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"\x00", "a\x00", "\xef\xbb\xbf\x00", strings.Repeat("a", binaryWindow-1) + "\x00",
		"\xff\xfe\x00\x00a\x00\x00\x00", // UTF-32
		"\xff\xfea\x00\x00\x00",
		"\x00\x00\xfe\xff\x00\x00\x00a",
		"a\x00b\x00", // UTF-16 that does not say so
	} {
		if got, ok := Text([]byte(in)); ok || got != nil {
			t.Errorf("%.20q: %.20q, %t, want binary", in, got, ok)
		}
	}
	late := strings.Repeat("a", binaryWindow) + "\x00"
	if got, ok := Text([]byte(late)); !ok || string(got) != late {
		t.Error("a NUL behind the window made a file binary")
	}
}

// UnixLines is for a text that an editor holds: what looks like an encoding is text.
func TestUnixLinesChangesLineEndsOnly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\ufeffa\r\n": "\ufeffa\n", "\x00\r\n": "\x00\n", "a\rb\r\n": "a\rb\r\n", "": "",
	} {
		if got := UnixLines([]byte(in)); string(got) != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// The usual file costs no allocation, and one with "\r\n" costs one.
//
// It is not parallel: AllocsPerRun counts what others allocate as well.
func TestTextAllocatesNothingForTheUsualFile(t *testing.T) {
	lf := []byte(strings.Repeat("\tx := 世界(1)\n", 1000))
	for name, tc := range map[string]struct {
		raw  []byte
		want float64
	}{
		"LF":      {lf, 0},
		"BOM":     {append([]byte(utf8Mark), lf...), 0},
		"lone CR": {append([]byte("\r"), lf...), 0},
		"CRLF":    {bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")), 1},
	} {
		got := testing.AllocsPerRun(10, func() {
			if _, ok := Text(tc.raw); !ok {
				t.Error("binary")
			}
		})
		if got != tc.want {
			t.Errorf("%s: %g allocations, want %g", name, got, tc.want)
		}
	}
}

// encodings are the ways in which a text of "\n" lines comes from disks and editors.
func encodings(text string) map[string][]byte {
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	return map[string][]byte{
		"LF":            []byte(text),
		"LF, BOM":       []byte(utf8Mark + text),
		"CRLF":          []byte(crlf),
		"CRLF, BOM":     []byte(utf8Mark + crlf),
		"UTF-16LE":      encodeUTF16(text, utf16LEMark, binary.LittleEndian),
		"UTF-16BE":      encodeUTF16(text, utf16BEMark, binary.BigEndian),
		"UTF-16LE CRLF": encodeUTF16(crlf, utf16LEMark, binary.LittleEndian),
		"UTF-16BE CRLF": encodeUTF16(crlf, utf16BEMark, binary.BigEndian),
	}
}

func encodeUTF16(text, mark string, order binary.AppendByteOrder) []byte {
	out := []byte(mark)
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// One text has one outline in all encodings: that of the text with "\r\n", as an editor
// shows it, whose lines and columns a client would send.
func TestOutlinesAgreeBetweenEncodings(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	sources := map[string]string{
		"c":          "#define A \\\n\t1\n/* 😀 */ int f(int a,\n\tint b)\n{\n\treturn 1;\n}\nstruct s {\n\tint é; /* x\n */\n};\n#if A\nint 世;\n#endif\n",
		"go":         "package p\n\n// Deprecated: x\n// y\nfunc f(\n\ta int,\n) {\n\ts := `a\n\nb`\n}\n\ntype T struct {\n\t/* 😀 */ A, 世 int // c\n}\n",
		"python":     "class A:\n    \"\"\"doc\n\n    é\"\"\"\n\n    def m(self,\n          b='😀'):\n        self.x = 1\n\n\nB = \\\n    1\nif B:\n    def c(): pass\n",
		"javascript": "class A {\n  // 😀\n  m(a,\n    b) {\n  }\n}\nconst f = () => {\n  `a\n  b`;\n};\nexport function é() {}\n",
		"typescript": "/** x\n * @deprecated y\n */\nexport interface I {\n  a: string;\n  m(\n    a: number): void\n}\nnamespace N {\n  const 😀 = 1;\n}\n",
		"tsx":        "export function A() {\n  return <div>\n    é\n  </div>;\n}\nconst B = 1;\n",
	}
	for id, text := range sources {
		lang := languageByID(t, id)
		want := extractFrom(t, extractor, lang, strings.ReplaceAll(text, "\n", "\r\n"))
		if len(want.Symbols) == 0 {
			t.Fatalf("%s: no symbols", id)
		}
		for name, raw := range encodings(text) {
			content, ok := Text(raw)
			if !ok || string(content) != text {
				t.Fatalf("%s in %s: %q, %t", id, name, content, ok)
			}
			if diff := cmp.Diff(want, extractFrom(t, extractor, lang, string(content))); diff != "" {
				t.Errorf("%s in %s (-as an editor has it +got):\n%s", id, name, diff)
			}
		}
	}
}

func languageByID(t *testing.T, id string) *language.Language {
	t.Helper()
	i := slices.IndexFunc(languages, func(l *language.Language) bool { return l.ID == id })
	if i < 0 {
		t.Fatalf("no language %s", id)
	}
	return languages[i]
}

func extractFrom(t *testing.T, extractor *Extractor, lang *language.Language, text string) *Summary {
	t.Helper()
	s, err := extractor.Extract(t.Context(), lang, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func FuzzText(f *testing.F) {
	for _, raw := range encodings("a\n\U0001F600\n") {
		f.Add(raw)
	}
	f.Add([]byte("\xff\xfe\x3d\xd8a"))
	f.Add([]byte("a\r\nb\rc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		text, ok := Text(raw)
		if !bytes.Equal(raw, before) {
			t.Fatal("raw was changed")
		}
		if !ok {
			return
		}
		if again := UnixLines(text); !bytes.Equal(again, text) {
			t.Fatalf("line ends of %q change again: %q", text, again)
		}
		if strings.Contains(string(text), "\r\n") &&
			!strings.Contains(strings.ReplaceAll(string(text), "\r\n", ""), "\r") {
			t.Fatalf("%q has no lone CR and CRLF", text)
		}
		if len(text) > len(raw)/2*3+3 && len(text) > len(raw) {
			t.Fatalf("%d bytes became %d", len(raw), len(text))
		}
		// As the plainest implementation has it.
		if want := plainText(raw); string(text) != want {
			t.Fatalf("%q, want %q", text, want)
		}
	})
}

func plainText(raw []byte) string {
	text := strings.TrimPrefix(string(raw), utf8Mark)
	for mark, order := range map[string]binary.ByteOrder{utf16LEMark: binary.LittleEndian, utf16BEMark: binary.BigEndian} {
		rest, ok := strings.CutPrefix(string(raw), mark)
		if !ok {
			continue
		}
		var units []uint16
		for ; len(rest) > 1; rest = rest[2:] {
			units = append(units, order.Uint16([]byte(rest)))
		}
		text = string(utf16.Decode(units)) + strings.Repeat("\ufffd", len(rest))
	}
	unix := strings.ReplaceAll(text, "\r\n", "\n")
	if strings.Contains(unix, "\r") {
		return text
	}
	return unix
}

// BenchmarkText measures what Text adds to hashing a content.
func BenchmarkText(b *testing.B) {
	text := strings.Repeat("\tif err := f.Close(); err != nil {\n\t\treturn err\n\t}\n", 1000)
	for name, raw := range encodings(text) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				Text(raw)
			}
		})
	}
}
