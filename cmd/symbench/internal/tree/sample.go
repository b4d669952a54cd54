package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const (
	// sampledFiles is how many files names are taken from: enough for some hundred
	// different queries, and read within a second.
	sampledFiles = 400

	// minName is the length of names that are taken. Shorter ones are common, and
	// an answer of bounded length need not hold the one that is looked for.
	minName = 9

	// documentMin and documentMax bound the document that is opened, in bytes: an
	// ordinary file, neither a stub nor a table.
	documentMin, documentMax = 4 << 10, 64 << 10
)

// Declaration is a name and the file that declares it.
type Declaration struct {
	Name string
	Path string
}

// Sample is what a client asks a server about a tree.
type Sample struct {
	Language  Language // the one most files of the tree have
	Document  string   // a file of ordinary size, to open
	Documents []string // all of the drawn files of ordinary size
	Target    Declaration
	Names     []string // declared in the tree, in a fixed order
}

// most returns the language that most files have.
func most(files map[Language][]string) (language Language) {
	for each, paths := range files {
		if n := len(files[language]); len(paths) > n || len(paths) == n && each < language {
			language = each
		}
	}
	return language
}

// Draw takes a sample of a tree, always the same from the same tree. Declarations are
// found by a pattern on whole lines, so that no contestant's parser has a say. The
// target is declared in the file that is nearest to the document, as some servers search
// only what belongs to the project of an open file.
func Draw(ctx context.Context, dir string) (Sample, error) {
	files, err := sources(ctx, dir, isOwn)
	if err != nil {
		return Sample{}, err
	}
	var s Sample
	s.Language = most(files)
	var declarations []Declaration
	var documents []string
	paths := files[s.Language]
	for _, path := range Every(paths, sampledFiles) {
		text, err := os.ReadFile(path)
		if err != nil {
			return Sample{}, fmt.Errorf("draw a sample: %w", err)
		}
		name, ok := declared(s.Language, text)
		if !ok {
			continue
		}
		declarations = append(declarations, Declaration{Name: name, Path: path})
		s.Names = append(s.Names, name)
		if len(text) >= documentMin && len(text) <= documentMax {
			documents = append(documents, path)
		}
	}
	if len(documents) == 0 { // a tree of small files
		for _, d := range declarations {
			documents = append(documents, d.Path)
		}
	}
	if len(documents) == 0 {
		return Sample{}, fmt.Errorf("draw a sample: no declarations found in %s", dir)
	}
	s.Document, s.Documents = documents[len(documents)/2], documents
	if s.Target, err = nearest(s.Document, declarations); err != nil {
		return Sample{}, fmt.Errorf("draw a sample of %s: %w", dir, err)
	}
	return s, nil
}

// isOwn tells the sources of a project itself from those of others, and from its tests and their data, of which servers
// do not load all.
func isOwn(below string) bool {
	return !strings.Contains(below, "test") && !strings.Contains(below, "vendor")
}

// sources returns the files below dir that are kept, sorted, by language.
func sources(ctx context.Context, dir string, keep func(below string) bool) (map[Language][]string, error) {
	var mu sync.Mutex
	files := map[Language][]string{}
	err := walk(ctx, dir, 1, func(path string) error {
		below, err := filepath.Rel(dir, path)
		if err != nil || !keep(below) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		language := languageOf(path)
		files[language] = append(files[language], path)
		return nil
	})
	for _, paths := range files {
		slices.Sort(paths)
	}
	return files, err
}

// Every returns at most n elements, evenly spaced.
func Every(paths []string, n int) []string {
	if len(paths) <= n {
		return paths
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = paths[i*len(paths)/n]
	}
	return picked
}

// declared returns the name of the first declaration in text that is long enough. Files
// that are built only under conditions are passed over.
func declared(language Language, text []byte) (string, bool) {
	if language == Go && strings.Contains(string(text), "\n//go:build ") || language == Go && strings.HasPrefix(string(text), "//go:build ") {
		return "", false
	}
	pattern := regexp.MustCompile(map[Language]string{
		Go:         `(?m)^(?:func|type) ([A-Z]\w+)`,
		Python:     `(?m)^(?:def|class) (\w+)`,
		JavaScript: `(?m)^(?:export )?(?:default )?(?:async )?(?:function|class) (\w+)`,
		TypeScript: `(?m)^export (?:abstract )?(?:const|function|class|interface) (\w+)`,
		C:          `(?m)^(?:static )?(?:int|void|bool|long|unsigned int|ssize_t) (\w+)\([^;]*\)\n\{`,
	}[language])
	for _, match := range pattern.FindAllSubmatch(text, -1) {
		if len(match[1]) >= minName {
			return string(match[1]), true
		}
	}
	return "", false
}

// nearest returns the declaration whose file shares the longest path with the document, of those
// whose name is declared once only.
func nearest(document string, declarations []Declaration) (Declaration, error) {
	count := map[string]int{}
	for _, d := range declarations {
		count[d.Name]++
	}
	best, bestShared := Declaration{}, -1
	for _, d := range declarations {
		if d.Path == document || count[d.Name] > 1 {
			continue
		}
		if shared := sharedElements(d.Path, document); shared > bestShared {
			best, bestShared = d, shared
		}
	}
	if bestShared < 0 {
		return Declaration{}, errors.New("one file with declarations is not enough")
	}
	return best, nil
}

// sharedElements returns how many path elements a and b begin with together.
func sharedElements(a, b string) int {
	x, y := strings.Split(a, string(filepath.Separator)), strings.Split(b, string(filepath.Separator))
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}

// Keystrokes returns n queries, as typing the sample's names would send them: the first
// letter of a name, the first two, and so on to the whole, then the next name.
func (s *Sample) Keystrokes(n int) []string {
	var queries []string
	for i := 0; len(queries) < n; i++ {
		// Names far apart in the tree, so that a few of them are of many kinds.
		name := s.Names[i*37%len(s.Names)]
		for end := 1; end <= len(name) && len(queries) < n; end++ {
			queries = append(queries, name[:end])
		}
	}
	return queries
}
