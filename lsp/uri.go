package lsp

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/uri"
)

// FileURI returns the URI of an absolute path. A path that is no UTF-8, which
// the library for URIs cannot express, is encoded byte by byte.
func FileURI(path string) uri.URI {
	if utf8.ValidString(path) {
		return uri.File(path)
	}
	var b strings.Builder
	b.WriteString("file://")
	for _, c := range []byte(filepath.ToSlash(path)) {
		if c == '/' || c < utf8.RuneSelf && url.PathEscape(string(rune(c))) == string(rune(c)) {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return uri.URI(b.String())
}

// filePath returns the path that a file URI names; ok is false for other URIs.
func filePath(raw string) (path string, ok bool) {
	if !strings.HasPrefix(raw, "file:") {
		return "", false
	}
	if rest, found := strings.CutPrefix(raw, "file:///"); found {
		rest, _, _ = strings.Cut(rest, "#")
		if decoded, err := url.PathUnescape(rest); err == nil && !utf8.ValidString(decoded) {
			return filepath.FromSlash("/" + decoded), true
		}
	}
	u, err := uri.Parse(raw)
	if err != nil {
		return "", false
	}
	path = u.FsPath()
	return filepath.Clean(path), filepath.IsAbs(path)
}

// documentURI returns textDocument.uri of a message's params as the client
// spells it; the protocol's types would spell it in their own way. It is empty
// when there is none.
func documentURI(params []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(params), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for _, name := range []string{"textDocument", "uri"} {
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
