package lsp

import "go.lsp.dev/jsonrpc2"

// Two requests, or notifications, that only we have; the params are yieldParams and the
// answer is null. With yield, a client that has another server for a language has us step
// aside: features are unregistered where the client can do that, and answer null elsewhere.
// Resume takes it back. Both hold for all later messages.
const (
	methodYield  = "symcache/yield"
	methodResume = "symcache/resume"
)

// yieldParams name services. An empty list, or none, means all.
type yieldParams struct {
	Languages []string `json:"languages"` // our IDs, or the languageIds of LSP
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
