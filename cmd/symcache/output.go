package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"go.lsp.dev/protocol"
)

// addJSON gives a command its --json flag.
func (a *app) addJSON(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
}

// printJSON prints a value of ours.
func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printLSP prints a value of the protocol with the members that an editor would get.
func (a *app) printLSP(value any) error {
	text, err := protocol.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return a.printJSON(json.RawMessage(text))
}
