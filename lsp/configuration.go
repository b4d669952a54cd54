package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// settingsSection names our section of the client's configuration.
const settingsSection = "symcache"

// didChangeConfiguration has the configuration fetched where the client can be asked. Other
// clients send it in the params: all of it, or our section.
func (s *Server) didChangeConfiguration(raw jsonrpc2.RawMessage) error {
	var params protocol.DidChangeConfigurationParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	if s.client.configuration {
		select {
		case s.configure <- struct{}{}:
		default: // it is about to be fetched
		}
		return nil
	}
	section := []byte(params.Settings)
	var named map[string]json.RawMessage
	if json.Unmarshal(section, &named) == nil && named[settingsSection] != nil {
		section = named[settingsSection]
	}
	s.reconfigure(section)
	return nil
}

// keepConfigured fetches the configuration when it begins and whenever it may have
// changed, until ctx ends.
func (s *Server) keepConfigured(ctx context.Context) {
	for s.client.configuration {
		params := protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: new(settingsSection)}}}
		var answer jsonrpc2.RawMessage
		var sections []json.RawMessage
		err := s.ask(ctx, protocol.MethodWorkspaceConfiguration, &params, &answer)
		if err == nil && !bytes.Equal(answer, []byte("null")) {
			err = json.Unmarshal(answer, &sections)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Warn("cannot fetch the configuration", "err", err)
		case len(sections) > 0:
			s.reconfigure(sections[0])
		}
		select {
		case <-s.configure:
		case <-ctx.Done():
			return
		}
	}
}

// reconfigure applies the client's section to what the server began with. When that
// changes nothing, nothing happens.
func (s *Server) reconfigure(section []byte) {
	next, err := s.initial.with(section)
	old := s.settings.Load()
	same := reflect.DeepEqual(*old, next)
	if !same {
		s.settings.Store(&next)
		s.clientLog.level.Set(logLevels()[next.LogLevel]) // it holds for the messages that follow
		s.session.Configure(next.forSession())
	}
	if err != nil {
		s.log.Warn("configuration is partly ignored", "err", err)
	}
	if same {
		return
	}
	s.log.Info("configuration has changed")
	if look := next.look(); !reflect.DeepEqual(look, old.look()) {
		s.session.LookAgain(look)
	}
	if !slices.Equal(next.Macros, old.Macros) {
		s.log.Warn("macros are read at the start only, from the initializationOptions: restart the server")
	}
}
