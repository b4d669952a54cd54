package answers

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// regionBlocks returns what stands between two lines that mark the begin and the end of a region:
//
//	// #region Name         # region Name         #pragma region Name
//	// #endregion           # endregion           #pragma endregion
//
// Regions nest. One whose end is missing is none.
func regionBlocks(lines [][]byte, lexis language.Lexis) (blocks []block) {
	var open []int
	for i, line := range lines {
		switch regionMark(bytes.TrimSpace(line), lexis) {
		case "region":
			open = append(open, i)
		case "endregion":
			if last := len(open) - 1; last >= 0 {
				blocks = append(blocks, block{open[last], i})
				open = open[:last]
			}
		}
	}
	return blocks
}

// regionMark returns "region" or "endregion" if a line marks that, else "".
func regionMark(line []byte, lexis language.Lexis) string {
	rest, ok := afterRegionPrefix(line, lexis)
	if !ok {
		return ""
	}
	word, _, _ := bytes.Cut(rest, []byte(" "))
	switch string(word) {
	case "region", "endregion":
		return string(word)
	}
	return ""
}

// afterRegionPrefix returns what stands behind the comment mark of a line and a "#", which may be missing, or behind a
// preprocessor's "#pragma".
func afterRegionPrefix(line []byte, lexis language.Lexis) ([]byte, bool) {
	if lexis.Directive != "" {
		if rest, ok := bytes.CutPrefix(line, []byte(lexis.Directive)); ok {
			return bytes.CutPrefix(bytes.TrimSpace(rest), []byte("pragma "))
		}
	}
	for _, mark := range lexis.LineComments {
		if rest, ok := bytes.CutPrefix(line, []byte(mark)); ok {
			rest, _ = bytes.CutPrefix(bytes.TrimSpace(rest), []byte("#"))
			return bytes.TrimSpace(rest), true
		}
	}
	return nil, false
}
