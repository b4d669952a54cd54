package lsp

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// documentURI returns textDocument.uri of a message's params as the client
// spells it; the protocol's types would spell it in their own way. It is empty
// when there is none.
func documentURI(params []byte) string { return memberString(params, "textDocument", "uri") }

// memberString returns the string at a path of members, or the empty string.
func memberString(params []byte, path ...string) string {
	d := jsontext.NewDecoder(bytes.NewReader(params), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for _, name := range path {
		if !enterMember(d, name) {
			return ""
		}
	}
	token, err := d.ReadToken()
	if err != nil || token.Kind() != '"' {
		return ""
	}
	return token.String()
}

// enterMember reads up to the value of a member of the object that comes next.
func enterMember(d *jsontext.Decoder, name string) bool {
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return false
	}
	for {
		token, err := d.ReadToken()
		if err != nil || token.Kind() != '"' {
			return false
		}
		if token.String() == name {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
}
