package scan

import (
	"cmp"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files"
)

const (
	// maxReasons bounds the reasons that a Tally keeps. Ignore files of real trees have below
	// 1,000 lines that match something.
	maxReasons = 10_000

	// MaxLeftOut bounds the reasons that a Report names, the most frequent ones.
	MaxLeftOut = 100
)

// LeftOut is a reason why files that may be sources, and directories, are not looked at.
type LeftOut struct {
	Why     string `json:"why"`               // in words
	Pattern string `json:"pattern,omitempty"` // by which
	File    string `json:"file,omitempty"`    // in which the pattern stands; empty: it is a default or a setting
	Line    int    `json:"line,omitempty"`    // there
	Count   int    `json:"count"`             // files and directories; what is in such a directory is not counted
	Example string `json:"example"`           // the first of their paths
}

// LeftOutBy returns a reason as a report has it.
func LeftOutBy(why files.Reason, path string) LeftOut {
	out := LeftOut{Why: why.Why, Pattern: why.Rule.Text, Count: 1, Example: path}
	if from := why.Rule.From; from != nil && from.File != "" {
		out.File, out.Line = from.File, why.Rule.Line
	}
	return out
}

// leaveOut counts a file or directory that is not looked at.
func (t *Tally) leaveOut(path string, why files.Reason) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Ignored++
	out := t.leftOut[why]
	switch {
	case out == nil && len(t.leftOut) < maxReasons:
		next := LeftOutBy(why, path)
		t.leftOut[why] = &next
	case out != nil:
		out.Count++
		out.Example = min(out.Example, path)
	}
}

// leftOutReport returns the most frequent reasons. The caller holds mu.
func (t *Tally) leftOutReport() []LeftOut {
	var list []LeftOut
	for _, out := range t.leftOut {
		list = append(list, *out)
	}
	slices.SortFunc(list, func(a, b LeftOut) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Example, b.Example))
	})
	return list[:min(len(list), MaxLeftOut)]
}
