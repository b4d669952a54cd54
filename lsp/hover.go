package lsp

import (
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// hover answers textDocument/hover.
func (s *Server) hover(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.HoverParams) (*protocol.Hover, error) {
	h, err := s.session.Hover(ctx, docs, rawURI, params.Position)
	if err != nil || h == nil {
		return nil, err
	}
	return &protocol.Hover{Contents: hoverContents(h, s.client.markdown), Range: &h.Name}, nil
}

// hoverContents returns
//
//	```go
//	func (s *Server) Serve(ctx context.Context) (exitCode int)
//	```
//	method of `Server`, server.go:70, 2 more of this name
//
//	Serve answers the client ...
func hoverContents(h *answers.Hover, markdown bool) *protocol.MarkupContent {
	signature, container := h.Signature, h.Container
	if markdown {
		fence := "```"
		for strings.Contains(signature, fence) {
			fence += "`"
		}
		signature = fmt.Sprintf("%s%s\n%s\n%s", fence, h.Language, signature, fence)
		container = "`" + strings.ReplaceAll(container, "`", "") + "`"
	}
	facts := []string{"local"}
	if h.Kind != 0 {
		facts[0] = h.Kind.String()
	}
	if h.Macro {
		facts[0] = "macro"
	}
	if h.Container != "" {
		facts[0] += " of " + container
	}
	if h.Place != "" {
		facts = append(facts, h.Place)
	}
	switch {
	case h.Others >= answers.MaxDefinitions-1:
		facts = append(facts, "many more of this name")
	case h.Others > 0:
		facts = append(facts, fmt.Sprintf("%d more of this name", h.Others))
	}
	text := signature + "\n" + strings.Join(facts, ", ")
	if h.Doc != "" {
		text += "\n\n" + h.Doc
	}
	kind := protocol.MarkupKindPlainText
	if markdown {
		kind = protocol.MarkupKindMarkdown
	}
	return &protocol.MarkupContent{Kind: kind, Value: text}
}
