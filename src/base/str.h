/* String views: a pointer and a length, never NUL-terminated by contract, borrowed from whoever owns the bytes (an arena,
 * a mapped file, a literal). `p` may be NULL only when `n` is 0. Comparisons are by bytes, case folding is ASCII only.
 * A view never owns; str_dup (arena.h: arena_str) makes a copy that lives as long as an arena. Cost: O(n), no allocation. */
#ifndef BASE_STR_H
#define BASE_STR_H
#include "base/base.h"

struct str {
	const char *p;
	size_t n;
};

#define STR(lit)      ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_INIT(lit) { "" lit, sizeof(lit) - 1 }
#define STR_NONE      ((struct str){ NULL, 0 })
/* For printf: printf("%.*s", STR_FMT(s)); longer than INT_MAX is cut. */
#define STR_FMT(s) (int)((s).n > INT_MAX ? INT_MAX : (s).n), ((s).p ? (s).p : "")

static inline struct str str_make(const char *p, size_t n)
{
	return (struct str){ p, n };
}
/* View of a NUL-terminated string; NULL gives the empty view. */
static inline struct str str_c(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}
static inline bool str_is_empty(struct str s)
{
	return s.n == 0;
}
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_eq_c(struct str a, const char *b)
{
	return str_eq(a, str_c(b));
}
bool str_eq_nocase(struct str a, struct str b);
/* Order of memcmp, shorter first. Result < 0, 0, > 0. */
int str_cmp(struct str a, struct str b);
static inline bool str_has_prefix(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}
static inline bool str_has_suffix(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}
/* Part from byte `from` (clamped), at most `n` bytes (clamped). */
static inline struct str str_sub(struct str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct str){ s.p ? s.p + from : NULL, n };
}
static inline struct str str_from(struct str s, size_t from)
{
	return str_sub(s, from, SIZE_MAX);
}
/* Removes the prefix/suffix and says whether it was there. */
bool str_strip_prefix(struct str *s, struct str prefix);
bool str_strip_suffix(struct str *s, struct str suffix);

#define STR_NOT_FOUND SIZE_MAX
/* Offset of the first/last such byte, or of the first occurrence of `needle`; STR_NOT_FOUND when absent. */
size_t str_find_char(struct str s, char c);
size_t str_rfind_char(struct str s, char c);
size_t str_find(struct str s, struct str needle);
static inline bool str_contains(struct str s, struct str needle)
{
	return str_find(s, needle) != STR_NOT_FOUND;
}
/* Without ASCII white space at both ends / the right end. */
struct str str_trim(struct str s);
struct str str_trim_right(struct str s);

/* Cuts at the first `sep`: *ret_head is what stands before, *rest what stands after (empty when there is no sep).
 * Returns true when sep was found. `rest` may be the same variable as the source. */
bool str_cut(struct str s, char sep, struct str *ret_head, struct str *ret_rest);

/* Iterates over fields: `while (str_next(&rest, '\n', &line))`. A trailing empty field is not returned. */
bool str_next(struct str *rest, char sep, struct str *ret_field);
/* Lines without their "\n" or "\r\n". */
bool str_next_line(struct str *rest, struct str *ret_line);
/* Fields separated by runs of ASCII white space. */
bool str_next_word(struct str *rest, struct str *ret_word);

/* Whole-string decimal/hex/octal conversions: 0, or -EINVAL (not a number), -ERANGE. *ret only set on success. */
int str_to_u64(struct str s, uint64_t *ret);
int str_to_i64(struct str s, int64_t *ret);
int str_to_u64_base(struct str s, unsigned base, uint64_t *ret);
/* Locale-independent. */
int str_to_double(struct str s, double *ret);

/* 64-bit hash, stable across machines and versions of Bulkhead (it is written to files): see str.c. Who knows it can make texts that all have
 * one hash; tables of untrusted keys take str_hash_keyed, with a key that the input's author cannot know (map.c). */
uint64_t str_hash(struct str s);
uint64_t str_hash_keyed(struct str s, uint64_t key);

/* Shell-like glob: '*' within a path segment, '**' across segments, '?', [set]. Path and pattern without leading '/'. */
bool str_glob(struct str pattern, struct str path);

static inline bool char_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool char_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool char_is_alnum(char c)
{
	return char_is_digit(c) || char_is_alpha(c);
}
/* strchr that does not take the terminator for a member. */
static inline bool char_is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}
static inline char char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
/* True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);
#endif
