package ignore

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ConeOf returns patterns, for the top of a tree, that ignore all directories but some, what
// is below these, and those above them. A directory is named by its slash-separated path
// below the top. Files directly in the top, and in the directories above those named, are
// not ignored. It is what git calls a cone:
//
//	pkg/api ─▶ /*/  !/pkg/  /pkg/*/  !/pkg/api/
//
// Without directories there are no patterns. The error names what is no such path; the
// others hold.
func ConeOf(dirs []string) (patterns []string, err error) {
	var errs []error
	var named []string
	for _, dir := range dirs {
		clean := path.Clean(strings.TrimSuffix(dir, "/"))
		switch {
		case clean == ".":
			return nil, nil
		case strings.HasPrefix(clean, "/"), clean == "..", strings.HasPrefix(clean, "../"), strings.ContainsAny(clean, "\n\r\x00"), len(clean) > MaxGlob/2:
			errs = append(errs, fmt.Errorf("%q is not the path of a directory below the root", dir))
		default:
			named = append(named, clean)
		}
	}
	if len(named) == 0 {
		return nil, errors.Join(errs...)
	}
	within := func(dir string) bool {
		return slices.ContainsFunc(named, func(n string) bool { return strings.HasPrefix(dir, n+"/") })
	}
	var above []string
	for _, dir := range named {
		for up := path.Dir(dir); up != "."; up = path.Dir(up) {
			above = append(above, up)
		}
	}
	slices.Sort(above)
	patterns = []string{"/*/"}
	for _, dir := range slices.Compact(above) {
		if !within(dir) && !slices.Contains(named, dir) {
			patterns = append(patterns, "!/"+escape(dir)+"/", "/"+escape(dir)+"/*/")
		}
	}
	for _, dir := range named {
		if !within(dir) {
			patterns = append(patterns, "!/"+escape(dir)+"/")
		}
	}
	return patterns, errors.Join(errs...)
}

// escape makes a pattern of a path.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, " ", `\ `).Replace(path)
}

// LeftOutBySparse turns the text of git's info/sparse-checkout, whose patterns match what is
// checked out, into one whose patterns match what is not, line by line. It is false for a
// text that is no cone: there, what no pattern matches is left out, too.
func LeftOutBySparse(text []byte) (inverted []byte, isCone bool) {
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		switch rest, negated := strings.CutPrefix(line, "!"); {
		case rest == "", strings.HasPrefix(rest, "#"):
			lines = append(lines, "")
		case !isConeLine(rest):
			return nil, false
		case negated:
			lines = append(lines, rest)
		default:
			lines = append(lines, "!"+rest)
		}
	}
	return []byte(strings.Join(lines, "\n")), true
}

// isConeLine reports whether a pattern is one that git writes for a cone: "/*", "/*/",
// "/dir/" or "/dir/*/".
func isConeLine(pattern string) bool {
	pattern, ok := strings.CutPrefix(pattern, "/")
	if !ok {
		return false
	}
	if pattern == "*" {
		return true
	}
	dir, ok := strings.CutSuffix(pattern, "/")
	if !ok {
		return false
	}
	if dir == "*" {
		return true
	}
	dir = strings.TrimSuffix(dir, "/*")
	for i := 0; i < len(dir); i++ {
		switch dir[i] {
		case '\\':
			i++
		case '*', '?', '[':
			return false
		}
	}
	return dir != ""
}
