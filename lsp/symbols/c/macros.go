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
		Define: "define",
		Definitions: []string{
			// Linux
			"SYSCALL_DEFINE*(name)", "COMPAT_SYSCALL_DEFINE*(name)",
			"DEFINE_MUTEX(name)", "DEFINE_SPINLOCK(name)", "DEFINE_RAW_SPINLOCK(name)", "DEFINE_RWLOCK(name)", "DEFINE_SEMAPHORE(name)",
			"DEFINE_IDA(name)", "DEFINE_IDR(name)", "DEFINE_XARRAY*(name)", "DEFINE_RATELIMIT_STATE(name)",
			"DEFINE_BITMAP(name)", "DEFINE_HASHTABLE(name)", "DEFINE_KFIFO(name)", "DEFINE_COMPLETION(name)", "DEFINE_WAIT_QUEUE_HEAD(name)",
			"DEFINE_WORK(name)", "DEFINE_DELAYED_WORK(name)", "DEFINE_STATIC_KEY_*(name)",
			"DECLARE_BITMAP(name)", "DECLARE_HASHTABLE(name)", "DECLARE_KFIFO*(name)", "DECLARE_COMPLETION*(name)",
			"DECLARE_WAIT_QUEUE_HEAD*(name)", "DECLARE_WORK(name)", "DECLARE_DELAYED_WORK(name)", "DECLARE_STATIC_KEY_*(name)",
			"DEFINE_PER_CPU*(_, name)", "DECLARE_PER_CPU*(_, name)",
			"LIST_HEAD(name)", "HLIST_HEAD(name)", "LLIST_HEAD(name)",
			// Tests: Google Test, Zephyr, Criterion, Check
			"TEST(_, name)", "TEST_F(_, name)", "TEST_G(_, name)", "TEST_P(_, name)", "TYPED_TEST(_, name)", "TYPED_TEST_P(_, name)",
			"ZTEST(_, name)", "ZTEST_F(_, name)", "ZTEST_USER(_, name)", "ZTEST_USER_F(_, name)",
			"Test(_, name)", "ParameterizedTest(_, _, name)", "Theory(_, _, name)",
			"START_TEST(name)",
			// PHP
			"PHP_FUNCTION(name)", "ZEND_FUNCTION(name)", "PHP_METHOD(_, name)", "ZEND_METHOD(_, name)",
		},
	}
}
