package lsp

import (
	"slices"

	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/symbols"
)

// Requests, or notifications, of ours with YieldParams; the answer is null. A client
// that has another server for a language tells so, and we step aside, or back.
// They hold for all messages that come later.
const (
	methodYield  = "symcache/yield"
	methodResume = "symcache/resume"
)

// YieldParams names services. What is left out or empty means all.
type YieldParams struct {
	Languages []string `json:"languages"` // ours, or languageIds of LSP
	Features  []string `json:"features"`
}

// Yield gives services to another server: where the client can, they are
// unregistered; else they answer null.
func (s *Server) Yield(params YieldParams) error { return s.yield(params, true) }

// Resume takes services back.
func (s *Server) Resume(params YieldParams) error { return s.yield(params, false) }

func (s *Server) yield(params YieldParams, away bool) error {
	langs, features := params.Languages, params.Features
	if len(langs) == 0 {
		langs = languageNames()
	}
	if len(features) == 0 {
		features = featureNames()
	}
	var services []service
	for _, name := range langs {
		lang := name
		if l := symbols.ByID(name); l != nil {
			lang = l.ID
		}
		if !slices.Contains(languageNames(), lang) {
			continue // one of which we serve nothing by that name
		}
		for _, f := range features {
			if !slices.Contains(featureNames(), f) {
				return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "no feature %q", f)
			}
			services = append(services, service{f, lang})
		}
	}
	s.switches.yield(services, away)
	return nil
}

// yieldMessage handles both messages, on the read loop.
func (s *Server) yieldMessage(method string, raw jsonrpc2.RawMessage) error {
	var params YieldParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	return s.yield(params, method == methodYield)
}
