package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/symbols"
)

// registration is a method that the client was asked to send us.
type registration struct {
	id      string
	options any // compared by value
}

// selectorOptions name the documents of a feature by their language.
type selectorOptions struct {
	DocumentSelector []documentFilter `json:"documentSelector"`
	Label            string           `json:"label,omitempty"`
}

type documentFilter struct {
	Language string `json:"language"`
	Pattern  string `json:"pattern,omitempty"` // of paths; empty: all
}

// keepRegistered registers the features that we serve, for clients that want them registered
// while running, until ctx ends. It leaves a registration as it is that the client refuses or
// does not answer.
func (s *Server) keepRegistered(ctx context.Context) {
	known := make(map[string]registration) // by method
	for n := 0; ; {
		for method, options := range s.wanted() {
			old, is := known[method]
			if is && reflect.DeepEqual(old.options, options) || !is && options == nil {
				continue
			}
			if is {
				delete(known, method)
				s.unregister(ctx, method, old.id)
			}
			if options != nil {
				n++
				next := registration{id: fmt.Sprintf("%s#%d", method, n), options: options}
				if s.register(ctx, method, next) {
					known[method] = next
				}
			}
		}
		select {
		case <-s.session.ServicesChanged():
		case <-ctx.Done():
			return
		}
	}
}

// wanted returns the options of what is registered dynamically, by method; nil for a method
// that we do not serve now.
func (s *Server) wanted() map[string]any {
	wanted := make(map[string]any)
	for _, f := range features() {
		if !s.client.dynamic[f.name] {
			continue
		}
		langs := s.session.Served(f.name)
		wanted[f.method] = nil
		switch {
		case len(langs) == 0:
		case f.name == answers.FeatureWorkspaceSymbol:
			wanted[f.method] = protocol.WorkspaceSymbolOptions{ResolveProvider: s.client.resolves()}
		default:
			wanted[f.method] = optionsOf(f.name, langs)
		}
	}
	if s.client.dynamic[capabilityConfiguration] {
		wanted[protocol.MethodWorkspaceDidChangeConfiguration] = struct {
			Section string `json:"section"`
		}{settingsSection}
	}
	if s.client.dynamic[capabilityWatchedFiles] {
		wanted[protocol.MethodWorkspaceDidChangeWatchedFiles] = s.watchers()
	}
	return wanted
}

func optionsOf(feature string, langs []string) (options selectorOptions) {
	if feature == answers.FeatureDocumentSymbol {
		options.Label = "symcache"
	}
	for _, l := range symbols.Languages() {
		for _, name := range langs {
			if name != l.ID {
				continue
			}
			for _, id := range l.LanguageIDs {
				options.DocumentSelector = append(options.DocumentSelector, documentFilter{Language: id})
			}
			for _, extension := range slices.Sorted(maps.Keys(l.Shared)) {
				options.DocumentSelector = append(options.DocumentSelector,
					documentFilter{Language: l.Shared[extension], Pattern: "**/*" + extension})
			}
		}
	}
	return options
}

func (s *Server) register(ctx context.Context, method string, r registration) (ok bool) {
	options, err := marshalOptions(r.options)
	if err == nil {
		params := protocol.RegistrationParams{Registrations: []protocol.Registration{{ID: r.id, Method: method, RegisterOptions: options}}}
		err = s.ask(ctx, protocol.MethodClientRegisterCapability, &params, nil)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("client refuses a registration", "method", method, "err", err)
	}
	return err == nil
}

// marshalOptions encodes options. Types of the protocol have a codec of their own.
func marshalOptions(options any) ([]byte, error) {
	switch options := options.(type) {
	case protocol.DidChangeWatchedFilesRegistrationOptions:
		return protocol.Marshal(&options)
	case protocol.WorkspaceSymbolOptions:
		return protocol.Marshal(&options)
	}
	return json.Marshal(options)
}

func (s *Server) unregister(ctx context.Context, method, id string) {
	// The member's name is as misspelled in the protocol.
	params := protocol.UnregistrationParams{Unregisterations: []protocol.Unregistration{{ID: id, Method: method}}}
	if err := s.ask(ctx, protocol.MethodClientUnregisterCapability, &params, nil); err != nil && ctx.Err() == nil {
		s.log.Warn("client refuses an unregistration", "method", method, "err", err)
	}
}

// ask sends a request to the client and decodes its answer.
func (s *Server) ask(ctx context.Context, method string, params any, result *jsonrpc2.RawMessage) error {
	var raw jsonrpc2.RawMessage
	_, err := s.conn.Call(ctx, method, params, &raw)
	if result != nil {
		*result = raw
	}
	return err
}

// watchers are the files that the client is to watch: everything below the folders where the
// client can say that, else everything.
func (s *Server) watchers() any {
	var options protocol.DidChangeWatchedFilesRegistrationOptions
	if !s.client.relativePatterns {
		options.Watchers = append(options.Watchers, protocol.FileSystemWatcher{GlobPattern: protocol.Pattern("**/*")})
		return options
	}
	for _, folder := range s.session.Folders() {
		base := protocol.URI(answers.FileURI(folder))
		options.Watchers = append(options.Watchers, protocol.FileSystemWatcher{
			GlobPattern: &protocol.RelativePattern{BaseURI: base, Pattern: "**/*"},
		})
	}
	return options
}
