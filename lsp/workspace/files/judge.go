package files

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// Reason says why a walk does not come to a file or directory. The zero Reason: it does, or
// the file may hold no symbols.
type Reason struct {
	Why  string      // in words
	Rule ignore.Rule // by which; without a text: no rule
}

// Reasons, in words.
const (
	whyIgnored  = "ignored"
	whyBuilt    = "filled by a build tool"
	whyOwn      = "the program's own cache"
	whyCache    = "a cache, as its CACHEDIR.TAG says"
	whyEnv      = "an environment of Python"
	whyWorktree = "another working tree of the same repository"
	whyKernel   = "made up by the kernel"
	whyFiltered = "not among the directories to look at"
	whyNoLink   = "not a file to which a link leads"
	whyDeep     = "too deep"
)

// verdict is what holds for an entry of a directory.
type verdict struct {
	out     bool
	only    bool         // a directory is entered, and of what is in it counts what git tracks
	written bool         // the same, but what a program writes counts
	byIndex bool         // git's index has decided
	why     string       // it is out
	by      *ignore.Rule // a rule that speaks of it; nil: none does
}

// reason says why an entry is out.
func (v *verdict) reason() Reason {
	reason := Reason{Why: v.why}
	if v.by != nil {
		reason.Rule = *v.by
	}
	return reason
}

// passage says how a walk comes to a directory of which the rules say this.
func (v *verdict) passage() passage {
	p := passage{entered: !v.out, only: v.only, written: v.written, byIndex: v.byIndex}
	if v.only || v.written {
		p.by = v.by
	}
	return p
}

// judge says what the rules of a directory mean for an entry that is a directory or may hold
// symbols. The error says that ignore files do not count for it.
//
// What an ignore file of git's names counts after all if git tracks it, or a program writes
// it for a build: git has no other way to say that it is not to be committed. An .ignore
// file and the excludes of the settings leave it out.
func (r *Rules) judge(here *dirRules, dir, name string, isDir bool, look int64) (v verdict, err error) {
	by, err := here.rules.Match(name, isDir)
	switch {
	case by != nil && by.From.Of == ignore.OfGit:
		v = r.spare(here, dir, name, isDir, look)
		v.by = by
	case by != nil:
		v = verdict{out: true, why: whyIgnored, by: by}
	case here.only:
		v = r.spareTracked(here, dir, name, isDir, look)
		v.by = here.by
	case here.written:
		v = verdict{written: isDir, why: whyIgnored, by: here.by}
		if !isDir && filepath.Ext(name) == ".go" && !r.isGenerated(dir, name, false) {
			v = r.spareTracked(here, dir, name, isDir, look)
			v.by = here.by
		}
	}
	if here.names != nil && (isDir || !slices.Contains(here.names, name)) {
		v = verdict{out: true, why: whyNoLink}
	}
	for _, filter := range here.filters {
		if by, _ := filter.Match(name, isDir); by != nil && !v.out { // ignore error: the filter lets it through
			v = verdict{out: true, byIndex: v.byIndex, why: whyFiltered}
			if by.From.File != "" { // else it is made of the setting include, and nobody has written it
				v.by = by
			}
		}
	}
	return v, err
}

// spare says what holds for an entry that a rule of git's ignores.
func (r *Rules) spare(here *dirRules, dir, name string, isDir bool, look int64) verdict {
	if by, _ := here.rules.MatchWithoutGit(name, isDir); by != nil { // ignore error: the name is ignored
		return verdict{out: true, why: whyIgnored}
	}
	if !here.only && r.isGenerated(dir, name, isDir) {
		return verdict{written: isDir}
	}
	return r.spareTracked(here, dir, name, isDir, look)
}

// spareTracked says what holds for an entry that counts only if git tracks it.
func (r *Rules) spareTracked(here *dirRules, dir, name string, isDir bool, look int64) verdict {
	if here.repo == nil {
		return verdict{out: true, why: whyIgnored}
	}
	ok, err := r.tracks(here.repo, filepath.Join(dir, name), look)
	v := verdict{out: !ok, only: ok && isDir, byIndex: true}
	if v.out {
		v.why = whyIgnored
		if err != nil {
			v.why = fmt.Sprintf("%s; whether git tracks it is not known: %v", whyIgnored, err)
		}
	}
	return v
}

// generatedDirs are names of directories that hold sources which programs write for a build.
// All in them counts, but for files of Go that do not say so.
var generatedDirs = map[string]bool{"gen": true, "generated": true, "__generated__": true, "mocks": true}

// generatedMarks are parts of the names of such sources, but for those of Go: of protobuf,
// GraphQL, bison and flex.
var generatedMarks = [...]string{
	".pb.", "_pb.", "_pb2.", "_pb2_grpc.", "_connect.", ".pb-c.", ".generated.", "_generated.", ".gen.", "_gen.",
	".tab.", ".yy.", ".lex.",
}

// generatedHead bounds the beginning of a Go file in which it may say that it is generated,
// in bytes. Licences stand before it.
const generatedHead = 4 << 10

// isGenerated reports whether a program writes a file, or what is in a directory, for a
// build. Files of Go say so in their text, see https://go.dev/s/generatedcode.
func (r *Rules) isGenerated(dir, name string, isDir bool) bool {
	if isDir {
		return generatedDirs[name]
	}
	if filepath.Ext(name) == ".go" {
		root, ok := paths.Deepest(slices.Values(r.Roots()), dir)
		return ok && saysGenerated(root, filepath.Join(dir, name))
	}
	return slices.ContainsFunc(generatedMarks[:], func(mark string) bool { return strings.Contains(name, mark) })
}

// saysGenerated reports whether a file of Go says that it is generated.
func saysGenerated(root, path string) bool {
	head, err := door.ReadHead(root, path, generatedHead)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(head)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "// Code generated ") && strings.HasSuffix(line, " DO NOT EDIT.") {
			return true
		}
	}
	return false
}
