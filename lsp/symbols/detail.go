package symbols

import "github.com/symcache/symcache/lsp/symbols/language"

// Detail is what an outline shows beside the name of a symbol: its type, mostly. It is what the server of its language
// shows there, made of the signature; empty where that server shows nothing, or only the name again. members says
// whether symbols are nested in this one.
func (s *Symbol) Detail(lang *language.Language, members bool) string {
	if lang.Detail == nil || s.Signature == "" {
		return ""
	}
	detail := lang.Detail(language.Declaration{Name: s.Name, Signature: s.Signature, Members: members})
	if detail == s.Name {
		return ""
	}
	return detail
}
