package symbols

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// TestTreeSkeleton compares the symbols with and without a skeleton, over a tree
// of real sources. They must be equal wherever the text parses without error;
// where it does not, only how many differ is told.
func TestTreeSkeleton(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	for _, lang := range Languages() {
		if lang.Options.Skeleton == nil {
			continue
		}
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			compareSkeletons(t, lang)
		})
	}
}

func compareSkeletons(t *testing.T, lang *language.Language) {
	with, err := newOutliner(lang)
	if err != nil {
		t.Fatal(err)
	}
	whole := *with
	whole.skeleton = nil
	parser, err := treesitter.NewParser()
	if err != nil {
		t.Fatal(err)
	}
	var files, broken, brokenDiffer, differ int
	var size, parsed int
	for _, extension := range lang.Extensions {
		for path, content := range treeFiles(t, extension, 200<<20) {
			files++
			got, err := extract(t.Context(), parser, with, content)
			if err != nil {
				t.Fatal(err)
			}
			want, err := extract(t.Context(), parser, &whole, content)
			if err != nil {
				t.Fatal(err)
			}
			size += len(content)
			parsed += len(newSkeleton(with.skeleton, content).text)
			same := cmp.Equal(want, got)
			if hasErrors(t, parser, &whole, content) {
				broken++
				if !same {
					brokenDiffer++
				}
				continue
			}
			if !same {
				if differ++; differ <= 3 {
					t.Errorf("%s: symbols without and with skeleton (-without +with):\n%s", path, cmp.Diff(want, got))
				}
			}
		}
	}
	t.Logf("%s: %d files, %d differ; %d with syntax errors, of which %d differ; %.0f %% of the text parsed",
		lang.ID, files, differ, broken, brokenDiffer, 100*float64(parsed)/float64(max(size, 1)))
}

func hasErrors(t *testing.T, parser *treesitter.Parser, o *outliner, content []byte) (errors bool) {
	err := parser.Run(t.Context(), o.query, content, runLimits,
		func(_ []treesitter.Capture, status treesitter.Status) { errors = status.Errors })
	if err != nil {
		t.Fatal(err)
	}
	return errors
}
