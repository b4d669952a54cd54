package lsp

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDocumentURI compares with encoding/json, where that finds the params valid.
func FuzzDocumentURI(f *testing.F) {
	for _, params := range []string{
		`{"textDocument":{"uri":"file:///a"}}`, `{"position":{"line":1},"textDocument":{"version":5,"uri":"a\u00e4\ud83d\ude00\n"}}`,
		`{"textDocument":{}}`, `{}`, `[]`, `null`, `5`, ``, `{"textDocument":null}`, `{"textDocument":{"uri":null}}`, `{"textDocument":{"uri":5}}`,
		` { "textDocument" : { "x" : [ { "uri" : "no" } ] , "uri" : "yes" } } `, `{"uri":"no","textDocument":{"uri":"yes"}}`, `{"textDocument":{"uri":"\ud800"}}`,
	} {
		f.Add([]byte(params))
	}
	f.Fuzz(func(t *testing.T, params []byte) {
		got := documentURI(params)
		var outer, inner map[string]json.RawMessage // not a struct: that takes names in any case
		var want *string
		if !json.Valid(params) || !utf8.Valid(params) || hasDuplicates(params) {
			return // it was enough not to panic
		}
		if json.Unmarshal(params, &outer) != nil || json.Unmarshal(outer["textDocument"], &inner) != nil ||
			json.Unmarshal(inner["uri"], &want) != nil || want == nil {
			want = new(string)
		}
		if got != *want {
			t.Errorf("%s: %q, want %q", params, got, *want)
		}
	})
}

// hasDuplicates reports whether params have a name twice that documentURI looks
// for, of which it takes the first and encoding/json the last.
func hasDuplicates(params []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(params)))
	seen := map[string]int{}
	for {
		token, err := d.Token()
		if err != nil {
			return seen["textDocument"] > 1 || seen["uri"] > 1
		}
		if s, ok := token.(string); ok {
			seen[s]++
		}
	}
}
