package symbols

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// signature returns text[start:end] on one line behind prefix: runs of white
// space and comments become one space, characters of trim are taken off its end,
// and it is cut to MaxSignature bytes. The comments are in source order and
// begin at or after start.
func signature(prefix string, text []byte, start, end uint32, comments []span, trim string) string {
	out := make([]byte, 0, MaxSignature+utf8.UTFMax)
	out = append(out, prefix...)
	space := false
	for i := start; i < end && len(out) <= MaxSignature; {
		if len(comments) > 0 && i >= comments[0].start {
			i = max(i, comments[0].end)
			comments = comments[1:]
			space = true
			continue
		}
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r', '\f', '\v':
			space = true
		default:
			if space && len(out) > len(prefix) {
				out = append(out, ' ')
			}
			space = false
			out = append(out, c)
		}
		i++
	}
	if len(out) > MaxSignature {
		return cut(string(out), MaxSignature-len(ellipsis)) + ellipsis
	}
	return strings.TrimRight(string(out), trim+" ")
}

// cut returns at most n bytes of s and does not divide a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	// A character has at most four bytes; what is longer is not UTF-8 anyway.
	for i := 0; i < utf8.UTFMax && n > 0 && !utf8.RuneStart(s[n]); i++ {
		n--
	}
	return s[:n]
}
