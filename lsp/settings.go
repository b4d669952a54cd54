package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

const (
	// maxExclude bounds the patterns of the setting exclude, and the directories of include. Each is asked about each file;
	// people write some ten.
	maxExclude = 1000

	// maxSettings bounds the JSON of settings, in bytes, and maxProblems the mistakes in
	// them that an error names.
	maxSettings = 1 << 20
	maxProblems = 10
)

// Settings are what a client may say of how it wants to be served: in the
// initializationOptions, and later in the section "symcache" of its configuration.
// Members that are left out keep the values that the server was started with. The JSON
// schema for clients is made from the tags, see Schema.
type Settings struct {
	MaxFileSize Size `json:"maxFileSize" doc:"Larger files are not parsed until they are open: a size such as 500 KiB or 2 MiB, at most 32 MiB."`

	Exclude []string `json:"exclude" doc:"Files to leave out, beside those that ignore files name: patterns in gitignore syntax."`

	Include []string `json:"include" doc:"Directories to look at, by their paths below each folder, such as src/app. Files directly above them count, too. Empty: all."`

	FollowLinks bool `json:"followLinks" doc:"Look also at what symbolic links lead to outside of the folders."`

	IndexHome bool `json:"indexHome" doc:"Look at the files of your home directory when it is opened as a folder."`

	Macros []string `json:"macros" doc:"Macros of C whose calls define what one of their arguments names, as MY_TEST(_, name) and MY_TABLE_*(name) do, beside those that are known. Read at the start only."`

	Limit int `json:"limit" min:"1" max:"10000" doc:"The largest number of symbols that a search of the workspace returns."`

	OutlineNested bool `json:"outlineNested" doc:"Show functions inside of functions in the outlines of open documents: closures with a name, handlers of components, nested functions of Python. Searches do not find them."`

	OutlineMacros bool `json:"outlineMacros" doc:"Show in the outline the macros that a C file defines."`

	LogLevel string `json:"logLevel" enum:"off,error,warn,info,debug" doc:"How much the server tells the editor of its work: warn tells of problems, debug of everything."`

	Languages map[string]bool `json:"languages" keys:"languages" doc:"The languages to serve. One that is false is switched off."`

	Features map[string]bool `json:"features" keys:"features" doc:"The answers to give. One that is false is switched off."`
}

// DefaultSettings are the settings of a server that is started with these Options.
func DefaultSettings(engine contents.Config, config workspace.Config) Settings {
	s := Settings{
		MaxFileSize: Size(engine.MaxFileSize), Exclude: config.Exclude, Include: config.Include, FollowLinks: config.FollowLinks, IndexHome: config.IndexHome, Macros: engine.Macros,
		Limit: index.DefaultLimit, LogLevel: "warn",
	}
	if s.MaxFileSize <= 0 {
		s.MaxFileSize = contents.DefaultMaxFileSize
	}
	if s.Exclude == nil {
		s.Exclude = []string{}
	}
	if s.Include == nil {
		s.Include = []string{}
	}
	if s.Macros == nil {
		s.Macros = []string{}
	}
	return s
}

// with returns the settings as changed by what a client says, in JSON; null changes nothing.
// Mistakes in it are left out and named in the error: an editor that cannot start its server
// over a misspelled setting helps nobody.
func (s Settings) with(client []byte) (Settings, error) {
	next := s
	var said map[string]json.RawMessage
	if len(client) > maxSettings {
		return next, fmt.Errorf("settings: %d bytes are more than %d: all of them are ignored", len(client), maxSettings)
	}
	if len(client) > 0 {
		if err := json.Unmarshal(client, &said); err != nil {
			return next, fmt.Errorf("settings: %w", err)
		}
	}
	problems := []error{
		decodeMember(said, "maxFileSize", &next.MaxFileSize),
		decodeMember(said, "exclude", &next.Exclude),
		decodeMember(said, "include", &next.Include),
		decodeMember(said, "followLinks", &next.FollowLinks),
		decodeMember(said, "indexHome", &next.IndexHome),
		decodeMember(said, "macros", &next.Macros),
		decodeMember(said, "limit", &next.Limit),
		decodeMember(said, "outlineNested", &next.OutlineNested),
		decodeMember(said, "outlineMacros", &next.OutlineMacros),
		decodeMember(said, "logLevel", &next.LogLevel),
		decodeSwitches(said, "languages", &next.Languages),
		decodeSwitches(said, "features", &next.Features),
	}
	if len(next.Exclude) > maxExclude {
		problems = append(problems, fmt.Errorf("exclude has %d patterns: those after the first %d are ignored", len(next.Exclude), maxExclude))
		next.Exclude = next.Exclude[:maxExclude]
	}
	if len(next.Macros) > symbols.MaxMacros {
		problems = append(problems, fmt.Errorf("macros has %d shapes: those after the first %d are ignored", len(next.Macros), symbols.MaxMacros))
		next.Macros = next.Macros[:symbols.MaxMacros]
	}
	var macros []string
	for _, shape := range next.Macros {
		if err := symbols.CheckMacro(shape); err != nil {
			problems = append(problems, fmt.Errorf("macros: %w", err))
		} else {
			macros = append(macros, shape)
		}
	}
	if len(macros) < len(next.Macros) {
		next.Macros = macros
	}
	if len(next.Include) > maxExclude {
		problems = append(problems, fmt.Errorf("include has %d directories: all are looked at", len(next.Include)))
		next.Include = s.Include
	}
	if err := files.CheckIncluded(next.Include); err != nil {
		problems = append(problems, fmt.Errorf("include: %w", err))
	}
	if next.MaxFileSize < 1 || next.MaxFileSize > symbols.MaxContent {
		problems = append(problems, fmt.Errorf("maxFileSize is %v, not 1 B to %v", next.MaxFileSize, Size(symbols.MaxContent)))
		next.MaxFileSize = s.MaxFileSize
	}
	if next.Limit < 1 || next.Limit > answers.MaxLimit {
		problems = append(problems, fmt.Errorf("limit is %d, not 1 to %d", next.Limit, answers.MaxLimit))
		next.Limit = min(max(next.Limit, 1), answers.MaxLimit)
	}
	if _, ok := logLevels()[next.LogLevel]; !ok {
		problems = append(problems, fmt.Errorf("logLevel %q is none", next.LogLevel))
		next.LogLevel = s.LogLevel
	}
	for name := range next.Languages {
		if !slices.Contains(answers.Languages(), name) {
			problems = append(problems, fmt.Errorf("no language %q", name))
		}
	}
	for name := range next.Features {
		if !slices.Contains(answers.Features(), name) {
			problems = append(problems, fmt.Errorf("no feature %q", name))
		}
	}
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems], fmt.Errorf("and %d more mistakes", more))
	}
	if err := errors.Join(problems...); err != nil {
		return next, fmt.Errorf("settings: %w", err)
	}
	return next, nil
}

// decodeMember decodes a member that is there. It leaves the value as it is where that fails.
func decodeMember[T any](said map[string]json.RawMessage, name string, to *T) error {
	text, ok := said[name]
	if !ok {
		return nil
	}
	var value *T
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if value != nil {
		*to = *value
	}
	return nil
}

// decodeSwitches decodes a member that is there. Its switches replace all that were set
// before.
func decodeSwitches(said map[string]json.RawMessage, name string, to *map[string]bool) error {
	var values map[string]json.RawMessage
	if err := decodeMember(said, name, &values); err != nil || values == nil {
		return err
	}
	var problems []error // they become one error
	var next map[string]bool
	for key := range values {
		var on *bool
		if err := decodeMember(values, key, &on); err != nil {
			if len(problems) < maxProblems {
				problems = append(problems, fmt.Errorf("%s: %w", name, err))
			}
		} else if on != nil {
			if next == nil {
				next = make(map[string]bool)
			}
			next[key] = *on
		}
	}
	*to = next
	return errors.Join(problems...)
}

// Setting is a member of Settings.
type Setting struct {
	Name  string // in JSON
	Value any    // of switches: all of them, on or off; of a Size: its text
	Doc   string
}

// List returns the members in their order.
func (s Settings) List() (list []Setting) {
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		value := v.Field(i).Interface()
		switch set := value.(type) {
		case map[string]bool:
			all := make(map[string]bool)
			for _, name := range switchNames(field) {
				all[name] = switchedOn(set, name)
			}
			value = all
		case Size:
			value = set.String()
		}
		list = append(list, Setting{Name: field.Tag.Get("json"), Value: value, Doc: field.Tag.Get("doc")})
	}
	return list
}

// switchNames returns the names that a field of switches may have.
func switchNames(field reflect.StructField) []string {
	if field.Tag.Get("keys") == "features" {
		return answers.Features()
	}
	return answers.Languages()
}

// forSession returns what of the settings is the session's.
func (s Settings) forSession() answers.Settings {
	return answers.Settings{Limit: s.Limit, OutlineNested: s.OutlineNested, OutlineMacros: s.OutlineMacros, Features: s.Features, Languages: s.Languages}
}

// look returns what of the settings says how folders are looked at.
func (s Settings) look() answers.Look {
	return answers.Look{MaxFileSize: int64(s.MaxFileSize), Settings: workspace.Settings{
		Exclude: s.Exclude, Include: s.Include, FollowLinks: s.FollowLinks, IndexHome: s.IndexHome,
	}}
}

// isOn reports whether a feature is on for some language.
func (s Settings) isOn(feature string) bool { return switchedOn(s.Features, feature) }

// switchedOn reports whether a switch is on, as it is where nothing is said of it.
func switchedOn(switches map[string]bool, name string) bool {
	on, said := switches[name]
	return on || !said
}
