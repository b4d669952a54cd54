package symbols

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// maxShebang is how much of a first line is looked at, in bytes: what Linux reads
// of one (BINPRM_BUF_SIZE).
const maxShebang = 256

// ByID returns the language of a document by the identifier its LSP client gave
// it, nil if it is none of ours.
func ByID(lspLanguageID string) *language.Language {
	return find(func(l *language.Language) bool { return slices.Contains(l.LanguageIDs, lspLanguageID) })
}

// Detect returns the language of a file by its name or, where the name tells
// nothing, by the interpreter that its first line asks for; nil if it is none of
// ours. head is the beginning of the content, and may be empty.
//
// A known name is never overruled by a first line. Extensions match in any case,
// as on file systems that do not tell case apart, but for those of one letter,
// where case tells languages apart: ".c" is C and ".C" is C++.
func Detect(path string, head []byte) *language.Language {
	base := filepath.Base(path)
	if l := find(func(l *language.Language) bool { return slices.Contains(l.Filenames, base) }); l != nil {
		return l
	}
	extension := filepath.Ext(base)
	if extension == base {
		extension = "" // ".js" is a hidden file of that name
	}
	if len(extension) > len(".c") {
		extension = strings.ToLower(extension)
	}
	if extension != "" {
		l := find(func(l *language.Language) bool { return slices.Contains(l.Extensions, extension) })
		if l != nil {
			return l
		}
	}
	program := interpreter(head)
	if program == "" {
		return nil
	}
	return find(func(l *language.Language) bool { return slices.Contains(l.Interpreters, program) })
}

func find(is func(*language.Language) bool) *language.Language {
	if i := slices.IndexFunc(languages, is); i >= 0 {
		return languages[i]
	}
	return nil
}

// interpreter returns the name of the program that a "#!" line starts, without
// its directory and version: "python" for "#!/usr/bin/env -S python3.12 -u". It
// is empty if there is no such line.
func interpreter(head []byte) string {
	line, isScript := bytes.CutPrefix(head[:min(len(head), maxShebang)], []byte("#!"))
	if !isScript {
		return ""
	}
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	words := strings.Fields(string(line))
	if len(words) > 0 && path.Base(words[0]) == "env" {
		words = envCommand(words[1:])
	}
	if len(words) == 0 {
		return ""
	}
	return strings.TrimRight(path.Base(words[0]), "0123456789.-")
}

// envCommand returns what env(1) would run, given its arguments: it drops options
// and assignments in front of the command.
func envCommand(words []string) []string {
	for len(words) > 0 {
		word := words[0]
		switch {
		case word == "-u" || word == "-C" || word == "--unset" || word == "--chdir":
			words = words[min(2, len(words)):] // the option and its argument
		case word == "-S" || word == "--split-string":
			words = words[1:]
		case strings.HasPrefix(word, "-S"):
			words[0] = strings.TrimPrefix(word, "-S")
		case strings.HasPrefix(word, "--split-string="):
			words[0] = strings.TrimPrefix(word, "--split-string=")
		case strings.HasPrefix(word, "-"), strings.Contains(word, "="):
			words = words[1:]
		default:
			return words
		}
	}
	return nil
}
