package answers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols"
)

// Regions are marked as editors' users mark them, nest, and need an end.
func TestRegionsFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language, text string
		want           []block
	}{
		{"go", "// #region One\n//region Two\nx\n// #endregion\n\t//#endregion One\n", []block{{1, 3}, {0, 4}}},
		{"typescript", "//#region\nx\n// endregion\n//#endregion\n// #region never ended\n", []block{{0, 2}}},
		{"python", "# region One\nx\n#endregion\n# regional\n# regions\n# endregion\n", []block{{0, 2}}},
		{"c", "#pragma region One\nx\n# pragma endregion\n#define region\n#if 1\n// #region\n// #endregion\n", []block{{0, 2}, {5, 6}}},
		{"go", "region\n// x\nendregion\n", nil},
	} {
		lang := symbols.ByID(c.language)
		got := regionBlocks(textLines([]byte(c.text)), lang.Lexis)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(block{})); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", c.language, c.text, diff)
		}
	}
}
