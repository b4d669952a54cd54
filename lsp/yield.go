package lsp

import "go.lsp.dev/jsonrpc2"

// Requests, or notifications, of ours with yieldParams; the answer is null. A client that has
// another server for a language says so, and we step aside, or back: where the client can,
// features are unregistered, and they answer null elsewhere. Both hold for all messages that
// come later.
const (
	methodYield  = "symcache/yield"
	methodResume = "symcache/resume"
)

// yieldParams name services. An empty list, or none, means all.
type yieldParams struct {
	Languages []string `json:"languages"` // ours, or languageIds of LSP
	Features  []string `json:"features"`
}

// yield gives services to another server.
func (s *Server) yield(raw jsonrpc2.RawMessage) error {
	var params yieldParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	return s.session.Yield(params.Features, params.Languages)
}

// resume takes services back.
func (s *Server) resume(raw jsonrpc2.RawMessage) error {
	var params yieldParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	return s.session.Resume(params.Features, params.Languages)
}
