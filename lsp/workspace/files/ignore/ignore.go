// Package ignore decides which entries of a source tree are left out, by the
// text of its ignore files: .gitignore, .ignore and .git/info/exclude, above a
// list of defaults. The rules are git's; the tests compare with git itself.
//
// The package reads no file: package files does, and hands over the text. It
// does not ask git which files are tracked: of what a rule of git's matches,
// package files finds that out.
//
// The text is not trusted. Memory is linear in it, and a look at one name costs
// a bounded number of steps, whatever the patterns are.
package ignore

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// MaxPatterns bounds the patterns in force for one directory, its own and those
	// from above. The largest ignore file seen in a real tree has some 600.
	MaxPatterns = 10_000

	// MaxGlob bounds a pattern, in bytes. Longer than most paths; hand-written ones
	// have below 200.
	MaxGlob = 1024

	// maxSteps bounds the work for one name: a step is a pattern that is tried, or a
	// byte that is compared. 131,072 of them take half a millisecond. The 600
	// patterns above take some 2,000.
	maxSteps = 1 << 17
)

// Source is where rules stand.
type Source struct {
	Of   Origin
	File string // absolute path; empty: they stand in no file
}

// Origin says whose rules they are.
type Origin uint8

// The origins of rules.
const (
	OfProgram Origin = iota // default excludes
	OfSetting               // of the user, for this program
	OfGit                   // .gitignore, info/exclude, the user's excludes: git may track what matches
	OfSearch                // .ignore: what programs that search leave out
)

// Rule is one line of an ignore file, and its place.
type Rule struct {
	From *Source
	Line int    // counted from 1; of Defaults, the number of the pattern
	Text string // as it stands there, without blanks at its end
}

// Dir is the rules that hold for the entries of one directory: its own and
// those of the directories above, innermost first. A Dir never changes.
type Dir struct {
	parent *Dir
	// path is slash-separated, below the directory of the outermost Dir; empty there.
	path  string
	rules ruleSet
	only  bool // no ignore file counts
	count int  // patterns of this Dir and those above
}

// Defaults returns the outermost rules, in gitignore syntax; everything else
// overrides them. The error says which of them are beyond the bounds; the others
// hold.
func Defaults(patterns []string) (*Dir, error) {
	return new(Dir).add(strings.Join(patterns, "\n"), &Source{Of: OfProgram})
}

// Only is Defaults for trees whose ignore files do not count.
func Only(patterns []string) (*Dir, error) {
	d, err := Defaults(patterns)
	d.only = true
	return d, err
}

// ReadsFiles reports whether ignore files count.
func (d *Dir) ReadsFiles() bool { return !d.only }

// Enter returns the rules for the entries of the directory name in d's, without
// that directory's own ignore files.
func (d *Dir) Enter(name string) *Dir {
	child := &Dir{parent: d, path: name, only: d.only, count: d.count}
	if d.path != "" {
		child.path = d.path + "/" + name
	}
	if len(d.rules.patterns) == 0 && d.parent != nil {
		child.parent = d.parent // keeps the chain as short as the rules are
	}
	return child
}

// Top returns the rules for the entries of a repository's or a root's top, given
// the defaults: patterns that are tied to a directory are tied to this one.
func (d *Dir) Top() *Dir { return &Dir{parent: d, only: d.only, count: d.count} }

// WithSetting returns d with patterns of a setting, above what d has. The error is as in
// Defaults.
func (d *Dir) WithSetting(patterns []string) (*Dir, error) {
	return d.add(strings.Join(patterns, "\n"), &Source{Of: OfSetting})
}

// With returns d with the text of an ignore file of its directory, above what d
// has. The error says what of it is beyond the bounds; the rest holds.
func (d *Dir) With(text []byte, from *Source) (*Dir, error) {
	if d.only {
		return d, nil
	}
	return d.add(string(text), from)
}

func (d *Dir) add(text string, from *Source) (*Dir, error) {
	parsed := parse(text, MaxPatterns-d.count)
	for i := range parsed.patterns {
		parsed.patterns[i].rule.From = from
	}
	added := *d
	added.rules = newRuleSet(append(d.rules.patterns[:len(d.rules.patterns):len(d.rules.patterns)], parsed.patterns...))
	added.count += len(parsed.patterns)
	return &added, parsed.err()
}

// parsed is the patterns of a text, and how many of its lines were left out.
type parsed struct {
	patterns      []pattern
	tooMany, long int // lines
}

func (p *parsed) err() error {
	var errs []error
	if p.tooMany > 0 {
		errs = append(errs, fmt.Errorf("the last %d lines are not used: more than %d patterns hold for one directory", p.tooMany, MaxPatterns))
	}
	if p.long > 0 {
		errs = append(errs, fmt.Errorf("%d patterns are not used: they are longer than %d bytes", p.long, MaxGlob))
	}
	return errors.Join(errs...)
}

// ErrTooMuchWork is the error of a name for which the patterns cost more than maxSteps.
var ErrTooMuchWork = errors.New("the patterns cost too much work")

// Ignored is Match without the rule and the error.
func (d *Dir) Ignored(name string, isDir bool) bool {
	by, _ := d.Match(name, isDir) // ignore error: the name is not ignored
	return by != nil
}

// Match returns the rule by which the entry name of d's directory is ignored, or nil. It
// does not ask whether the directory itself is: a walk does not enter one that is. With
// ErrTooMuchWork, the only error, the name is not ignored.
func (d *Dir) Match(name string, isDir bool) (by *Rule, err error) {
	return d.match(name, isDir, func(*pattern) bool { return true })
}

// MatchWithoutGit is Match as if the rules of git's files were not there.
func (d *Dir) MatchWithoutGit(name string, isDir bool) (by *Rule, err error) {
	return d.match(name, isDir, func(p *pattern) bool { return p.rule.From.Of != OfGit })
}

func (d *Dir) match(name string, isDir bool, counts func(*pattern) bool) (by *Rule, err error) {
	var path string // of the entry, once it is needed
	steps := maxSteps
	for from := d; from != nil; from = from.parent {
		patterns := from.rules.latestFirst(name)
		for p := patterns.next(); p != nil; p = patterns.next() {
			subject := name
			if p.anchored {
				if path == "" {
					path = strings.TrimPrefix(d.path+"/"+name, "/")
				}
				subject = path
				if from.path != "" {
					subject = path[len(from.path)+1:]
				}
			}
			matches := p.matches(subject, isDir, &steps)
			if steps < 0 {
				return nil, ErrTooMuchWork
			}
			if matches && counts(p) {
				if p.negated {
					return nil, nil
				}
				return &p.rule, nil
			}
		}
	}
	return nil, nil
}
