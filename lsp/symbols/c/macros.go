package c

import "github.com/symcache/symcache/lsp/symbols/language"

// macros returns the words of declarations, as far as the grammar knows them, and the
// macros that define something.
func macros() *language.Macros {
	return &language.Macros{
		Specifiers: []string{
			"typedef", "extern", "static", "auto", "register", "inline", "__inline", "__inline__", "__forceinline", "thread_local",
			"__thread", "const", "constexpr", "volatile", "restrict", "__restrict__", "__extension__", "_Noreturn", "noreturn",
		},
		Ignored: []string{
			"__const", "__const__", "__volatile", "__volatile__", "__restrict", "_Thread_local", "__signed__", "__signed", "_Nonnull", "_Nullable",
		},
		Types: []string{
			"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool", "_Bool", "_Complex", "__int128",
			"_Float16", "_Float32", "_Float64", "_Float128", "__float128",
		},
		TypesOf:    []string{"_Atomic", "_BitInt", "typeof", "__typeof", "__typeof__", "typeof_unqual", "__auto_type"},
		Tags:       []string{"struct", "union", "enum"},
		Attributes: []string{"__attribute__", "__attribute", "__declspec", "_Alignas", "alignas", "asm", "__asm", "__asm__"},
		Statements: []string{
			"if", "else", "for", "while", "do", "switch", "case", "default", "return", "break", "continue", "goto", "sizeof",
		},
		Foreign: []string{
			"class", "namespace", "template", "using", "public", "private", "protected", "virtual", "explicit", "friend", "operator", "typename",
		},
		Definitions: []language.MacroDefinition{
			{Name: `(COMPAT_)?SYSCALL_DEFINE[0-9]`, Argument: 0},
			{Name: `TEST|TEST_[FPG]|TYPED_TEST(_P)?|ZTEST(_F|_USER|_USER_F)?|Test|ParameterizedTest|Theory`, Argument: 1},
			{Name: `(PHP|ZEND)_METHOD`, Argument: 1},
			{Name: `DEFINE_(MUTEX|SPINLOCK|RWLOCK|SEMAPHORE|IDA|IDR|XARRAY|RAW_SPINLOCK|RATELIMIT_STATE)`, Argument: 0},
			{Name: `(DECLARE|DEFINE)_(BITMAP|HASHTABLE|KFIFO|COMPLETION|WAIT_QUEUE_HEAD|WORK|DELAYED_WORK|STATIC_KEY_(TRUE|FALSE))`, Argument: 0},
			{Name: `(DEFINE|DECLARE)_PER_CPU(_[A-Z]+)?`, Argument: 1},
			{Name: `LIST_HEAD|HLIST_HEAD`, Argument: 0},
		},
	}
}
