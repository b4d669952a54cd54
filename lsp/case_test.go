package lsp

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the cases print, and the schema, into their files")

// TestCases plays the sessions in testdata/lsp, each with a server in this process
// and with one in another. A case is a txtar archive: its comment is the script, its
// files are the workspace but for "want", which is what the script has to print;
// -update writes it. A line of a script is a command with its arguments, which may be
// quoted as in Go, or a comment:
//
//	client NAME             starts the session; modern, old, utf8, or a file of capabilities
//	open FILE LANGUAGE      as an editor does; FILE may be a URI such as untitled:x
//	edit FILE OLD NEW       changes the first OLD in the open text, incrementally
//	save FILE, close FILE
//	write FILE TEXT, remove FILE    on the disk
//	notify METHOD JSON, request METHOD JSON     anything; $ROOT is the root's URI, $DIR its path
//	answer METHOD JSON      the client's result of a server's request; null without
//	replay FILE             what a client was recorded to send; it may start and end the session
//	outline, folds FILE             documentSymbol, foldingRange
//	symbols QUERY                   workspace/symbol
//	definition, declaration, hover, highlights, selection FILE TEXT|HERE
//
// The place is the first TEXT in the file, the cursor where the "|" is. Lines and
// columns are printed from 1, columns in the unit of the session.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "lsp", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			transports(t, func(t *testing.T, start func(setup) *editor) {
				want, got := "", playCase(t, archive, start)
				i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				if i >= 0 {
					want = string(archive.Files[i].Data)
				}
				if *update && t.Name() == "TestCases/"+strings.TrimSuffix(filepath.Base(file), ".txtar")+"/in_process" {
					updated := *archive
					updated.Files = append(slices.DeleteFunc(slices.Clone(archive.Files), func(f txtar.File) bool { return f.Name == "want" }),
						txtar.File{Name: "want", Data: []byte(got)})
					if err := os.WriteFile(file, txtar.Format(&updated), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				if diff := cmp.Diff(want, got); diff != "" && !*update {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// caseRun is a case being played.
type caseRun struct {
	t      *testing.T
	e      *editor
	start  func(setup) *editor
	dir    string
	utf8   bool
	open   map[string]string // text by file
	edits  int
	output strings.Builder

	answers map[string]string // to requests of the server, by method
	exited  bool
}

func playCase(t *testing.T, archive *txtar.Archive, start func(setup) *editor) string {
	files := make(map[string]string)
	for _, f := range archive.Files {
		if f.Name != "want" {
			files[f.Name] = string(f.Data)
		}
	}
	c := &caseRun{t: t, start: start, dir: tree(t, files), open: make(map[string]string), answers: make(map[string]string)}
	for line := range strings.Lines(string(archive.Comment)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		c.play(line)
	}
	if !c.exited {
		c.e.leave()
	}
	return c.output.String()
}

func (c *caseRun) play(line string) {
	c.t.Helper()
	args := c.fields(line)
	arg := func(i int) string {
		if i >= len(args) {
			c.t.Fatalf("%s: argument %d is missing", line, i)
		}
		return args[i]
	}
	switch args[0] {
	case "client":
		c.client(arg(1))
		return
	case "open":
		text, err := os.ReadFile(filepath.Join(c.dir, arg(1)))
		if err != nil && !strings.Contains(arg(1), ":") {
			c.t.Fatal(err)
		}
		c.open[arg(1)] = string(text)
		c.e.open(c.uri(arg(1)), arg(2), string(text))
		return
	case "edit":
		c.edit(arg(1), arg(2), arg(3))
		return
	case "save":
		c.e.save(c.uri(arg(1)))
		return
	case "close":
		delete(c.open, arg(1))
		c.e.close(c.uri(arg(1)))
		return
	case "write":
		write(c.t, filepath.Join(c.dir, arg(1)), arg(2))
		return
	case "remove":
		if err := os.RemoveAll(filepath.Join(c.dir, arg(1))); err != nil {
			c.t.Fatal(err)
		}
		return
	case "notify":
		c.e.notify(arg(1), c.params(arg(2)))
		return
	case "answer":
		c.answers[arg(1)] = arg(2)
		return
	case "replay":
		c.replay(arg(1))
		return
	}
	fmt.Fprintf(&c.output, "> %s\n", line)
	switch args[0] {
	case "request":
		c.result(c.e.request(arg(1), c.params(arg(2))))
	case "outline":
		c.tree(c.e.outline(c.uri(arg(1))), "")
	case "symbols":
		for _, s := range c.e.search(arg(1)) {
			c.printf("%s kind %d in %q %s", s.Name, s.Kind, s.ContainerName, c.place(s.Location.URI, s.Location.Range))
		}
	case "folds":
		type fold struct {
			StartLine, EndLine int
			Kind               string
		}
		for _, f := range ask[[]fold](c.e, "textDocument/foldingRange", c.document(arg(1))) {
			c.printf("%s", strings.TrimSpace(fmt.Sprintf("%d-%d %s", f.StartLine+1, f.EndLine+1, f.Kind)))
		}
	case "definition", "declaration":
		for _, l := range ask[[]anyLocation](c.e, "textDocument/"+args[0], c.at(arg(1), arg(2))) {
			if l.URI != "" {
				c.printf("%s", c.place(l.URI, l.Range))
				continue
			}
			c.printf("%s from %v, in %v", c.place(l.TargetURI, l.TargetSelectionRange), l.OriginSelectionRange, l.TargetRange)
		}
	case "hover":
		type hover struct {
			Contents struct{ Kind, Value string }
			Range    *jsonRange
		}
		h := ask[*hover](c.e, "textDocument/hover", c.at(arg(1), arg(2)))
		if h == nil {
			c.printf("null")
			return
		}
		c.printf("%s of %v\n%s", h.Contents.Kind, h.Range, strings.ReplaceAll(h.Contents.Value, "\n", "\n  "))
	case "highlights":
		type highlight struct {
			Range jsonRange
			Kind  int
		}
		for _, h := range ask[[]highlight](c.e, "textDocument/documentHighlight", c.at(arg(1), arg(2))) {
			c.printf("%v kind %d", h.Range, h.Kind)
		}
	case "selection":
		params := c.at(arg(1), arg(2))
		params["positions"] = []any{params["position"]}
		for at := &ask[[]selection](c.e, "textDocument/selectionRange", params)[0]; at != nil; at = at.Parent {
			c.printf("%v", at.Range)
		}
	default:
		c.t.Fatalf("no command %q", args[0])
	}
}

type anyLocation struct {
	location
	TargetURI                         string
	OriginSelectionRange, TargetRange *jsonRange
	TargetSelectionRange              *jsonRange
}

type selection struct {
	Range  jsonRange
	Parent *selection
}

func (r jsonRange) String() string { return fmt.Sprintf("%v-%v", r.Start, r.End) }

func (p jsonPosition) String() string { return fmt.Sprintf("%d:%d", p.Line+1, p.Character+1) }

// fields splits a line at blanks; what is quoted is one field.
func (c *caseRun) fields(line string) (fields []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil && line[0] != '\'' {
			field, _ := strconv.Unquote(quoted) // it is quoted
			fields, line = append(fields, field), line[len(quoted):]
			continue
		}
		field, rest, _ := strings.Cut(line, " ")
		fields, line = append(fields, field), rest
	}
	return fields
}

func (c *caseRun) printf(format string, args ...any) {
	fmt.Fprintf(&c.output, "  "+format+"\n", args...)
}

func (c *caseRun) client(name string) {
	var capabilities object
	switch name {
	case "modern":
		capabilities = modern()
	case "utf8":
		c.utf8 = true
		capabilities = modern()
		capabilities["general"] = object{"positionEncodings": []string{"utf-8"}}
	case "old":
		capabilities = object{"window": object{"workDoneProgress": true}}
	default:
		text, err := os.ReadFile(filepath.Join(c.dir, name))
		if err == nil {
			err = json.Unmarshal(text, &capabilities)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.e = c.start(setup{Cache: c.t.TempDir()})
	c.e.initialize(capabilities, c.dir)
	c.e.progress("end")
}

func (c *caseRun) uri(file string) string {
	if strings.Contains(file, ":") {
		return file
	}
	return fileURI(filepath.Join(c.dir, file))
}

func (c *caseRun) params(text string) (params any) {
	text = c.placed(text)
	if err := json.Unmarshal([]byte(text), &params); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	return params
}

// placed puts this run's values in the places of placeholders.
func (c *caseRun) placed(text string) string {
	return strings.NewReplacer("$ROOT", fileURI(c.dir), "$DIR", c.dir, "$PID", strconv.Itoa(os.Getpid())).Replace(text)
}

func (c *caseRun) document(file string) object {
	return object{"textDocument": object{"uri": c.uri(file)}}
}

// at returns the params of a request about the place that a text with a "|" is at.
func (c *caseRun) at(file, text string) object {
	c.t.Helper()
	before, after, ok := strings.Cut(text, "|")
	at := strings.Index(c.text(file), before+after)
	if !ok || at < 0 {
		c.t.Fatalf("%s has no %q", file, text)
	}
	params := c.document(file)
	line, character := c.position(c.text(file), at+len(before))
	params["position"] = object{"line": line, "character": character}
	return params
}

func (c *caseRun) text(file string) string {
	if text, ok := c.open[file]; ok {
		return text
	}
	text, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// position counts the plain way. Texts of cases have lines that end with LF.
func (c *caseRun) position(text string, at int) (line, character int) {
	line = strings.Count(text[:at], "\n")
	column := text[strings.LastIndex(text[:at], "\n")+1 : at]
	if c.utf8 {
		return line, len(column)
	}
	return line, len(utf16.Encode([]rune(column)))
}

func (c *caseRun) edit(file, old, replacement string) {
	text, ok := c.open[file]
	at := strings.Index(text, old)
	if !ok || at < 0 {
		c.t.Fatalf("edit: %s is not open with %q", file, old)
	}
	line, character := c.position(text, at)
	endLine, endCharacter := c.position(text, at+len(old))
	c.edits++
	c.e.change(c.uri(file), c.edits+1, replace(line, character, endLine, endCharacter, replacement))
	c.open[file] = text[:at] + replacement + text[at+len(old):]
}

// place names a range in a document by its path in the workspace.
func (c *caseRun) place(uri string, r *jsonRange) string {
	return fmt.Sprintf("%s:%v", strings.TrimPrefix(uri, fileURI(c.dir)+"/"), r)
}

func (c *caseRun) tree(list []documentSymbol, indent string) {
	for _, s := range list {
		switch {
		case s.Location != nil:
			c.printf("%s kind %d in %q %v", s.Name, s.Kind, s.ContainerName, s.Location.Range)
		default:
			c.printf("%s%s kind %d %v in %v %q", indent, s.Name, s.Kind, s.SelectionRange, s.Range, s.Detail)
		}
		c.tree(s.Children, indent+"  ")
	}
}

func (c *caseRun) result(m message) {
	text := string(m.Result)
	if m.Error != nil {
		text = fmt.Sprintf("error %d", m.code())
	}
	c.printf("%s", strings.ReplaceAll(text, fileURI(c.dir), "$ROOT"))
}
