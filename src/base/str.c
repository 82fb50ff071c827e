#include "base/str.h"

#include <locale.h>

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (char_lower(a.p[i]) != char_lower(b.p[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = MIN_OF(a.n, b.n);
	int r = n ? memcmp(a.p, b.p, n) : 0;
	return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool str_strip_prefix(struct str *s, struct str prefix)
{
	if (!str_has_prefix(*s, prefix))
		return false;
	*s = str_from(*s, prefix.n);
	return true;
}

bool str_strip_suffix(struct str *s, struct str suffix)
{
	if (!str_has_suffix(*s, suffix))
		return false;
	s->n -= suffix.n;
	return true;
}

size_t str_find_char(struct str s, char c)
{
	const char *q = s.n ? memchr(s.p, c, s.n) : NULL;
	return q ? (size_t)(q - s.p) : STR_NOT_FOUND;
}

size_t str_rfind_char(struct str s, char c)
{
	const char *q = s.n ? memrchr(s.p, c, s.n) : NULL;
	return q ? (size_t)(q - s.p) : STR_NOT_FOUND;
}

size_t str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	const char *q = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return q ? (size_t)(q - s.p) : STR_NOT_FOUND;
}

struct str str_trim_right(struct str s)
{
	while (s.n && char_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_trim(struct str s)
{
	while (s.n && char_is_space(s.p[0]))
		s = str_from(s, 1);
	return str_trim_right(s);
}

bool str_cut(struct str s, char sep, struct str *ret_head, struct str *ret_rest)
{
	size_t i = str_find_char(s, sep);
	bool found = i != STR_NOT_FOUND;
	*ret_head = found ? str_sub(s, 0, i) : s;
	*ret_rest = found ? str_from(s, i + 1) : str_from(s, s.n);
	return found;
}

bool str_next(struct str *rest, char sep, struct str *ret_field)
{
	if (rest->n == 0)
		return false;
	str_cut(*rest, sep, ret_field, rest);
	return true;
}

bool str_next_line(struct str *rest, struct str *ret_line)
{
	if (!str_next(rest, '\n', ret_line))
		return false;
	if (ret_line->n && ret_line->p[ret_line->n - 1] == '\r')
		ret_line->n--;
	return true;
}

bool str_next_word(struct str *rest, struct str *ret_word)
{
	struct str s = *rest;
	while (s.n && char_is_space(s.p[0]))
		s = str_from(s, 1);
	size_t i = 0;
	while (i < s.n && !char_is_space(s.p[i]))
		i++;
	*ret_word = str_sub(s, 0, i);
	*rest = str_from(s, i);
	return i > 0;
}

int str_to_u64_base(struct str s, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;
	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		char c = char_lower(s.p[i]);
		unsigned d = char_is_digit(c) ? (unsigned)(c - '0') : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
		if (d >= base)
			return -EINVAL;
		if (MUL_OVERFLOWS(v, (uint64_t)base, &v) || ADD_OVERFLOWS(v, (uint64_t)d, &v))
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

int str_to_u64(struct str s, uint64_t *ret)
{
	return str_to_u64_base(s, 10, ret);
}

int str_to_i64(struct str s, int64_t *ret)
{
	bool negative = s.n && s.p[0] == '-';
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_from(s, 1);
	uint64_t u;
	int r = str_to_u64(s, &u);
	if (r < 0)
		return r;
	if (u > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return -ERANGE;
	*ret = negative ? (int64_t)(0 - u) : (int64_t)u;
	return 0;
}

int str_to_double(struct str s, double *ret)
{
	char tmp[64];
	char *end;
	if (s.n == 0 || s.n >= sizeof(tmp) || char_is_space(s.p[0]))
		return -EINVAL;
	memcpy(tmp, s.p, s.n);
	tmp[s.n] = 0;
	static locale_t c_locale; /* created once; newlocale("C") cannot fail for lack of data */
	locale_t l = __atomic_load_n(&c_locale, __ATOMIC_ACQUIRE);
	if (!l) {
		locale_t expected = (locale_t)0;
		l = newlocale(LC_ALL_MASK, "C", (locale_t)0);
		if (!l)
			return -EINVAL;
		if (!__atomic_compare_exchange_n(&c_locale, &expected, l, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			freelocale(l);
			l = expected;
		}
	}
	errno = 0;
	double d = strtod_l(tmp, &end, l);
	if (end != tmp + s.n)
		return -EINVAL;
	if (errno == ERANGE && (d > 1 || d < -1))
		return -ERANGE;
	*ret = d;
	return 0;
}

/* A multiply-fold hash over 8-byte words (the construction of wyhash/rapidhash: 64×64 -> 128 bit product, halves xored),
 * read little-endian so that the number is the same on every machine. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}
static inline uint64_t load64(const char *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

static const uint64_t hash_k0 = 0x9e3779b97f4a7c15u, hash_k1 = 0xd6e8feb86659fd93u, hash_k2 = 0xa0761d6478bd642fu;

static inline uint64_t hash(struct str s, uint64_t k0, uint64_t k1, uint64_t k2)
{
	uint64_t h = k2 ^ s.n;
	const char *p = s.p;
	size_t n = s.n;
	for (; n >= 16; n -= 16, p += 16)
		h = fold(load64(p) ^ k0 ^ h, load64(p + 8) ^ k1);
	if (n >= 8) {
		h = fold(load64(p) ^ k1, h ^ k0);
		p += 8;
		n -= 8;
	}
	uint64_t tail = 0;
	if (n)
		memcpy(&tail, p, n);
	h = fold(tail ^ k2 ^ h, k0 ^ ((uint64_t)n << 56) ^ k1);
	return h ^ (h >> 29);
}

uint64_t str_hash(struct str s)
{
	return hash(s, hash_k0, hash_k1, hash_k2);
}

/* All three words depend on the key: a factor that the input's author can make zero would let the other one be anything. */
uint64_t str_hash_keyed(struct str s, uint64_t key)
{
	return hash(s, hash_k0 ^ key, hash_k1 ^ (key << 32 | key >> 32), hash_k2 ^ (key << 17 | key >> 47));
}

static bool glob_set(struct str pat, size_t *i, char c)
{
	size_t j = *i + 1;
	bool negate = j < pat.n && (pat.p[j] == '!' || pat.p[j] == '^');
	bool hit = false;
	if (negate)
		j++;
	for (size_t first = j; j < pat.n && (pat.p[j] != ']' || j == first); j++) {
		if (j + 2 < pat.n && pat.p[j + 1] == '-' && pat.p[j + 2] != ']') {
			hit |= c >= pat.p[j] && c <= pat.p[j + 2];
			j += 2;
		} else {
			hit |= c == pat.p[j];
		}
	}
	*i = j;
	return hit != negate;
}

/* Iterative with one back-track point per star kind: O(pattern × path), no recursion. */
bool str_glob(struct str pat, struct str path)
{
	size_t i = 0, j = 0;
	size_t star_i = SIZE_MAX, star_j = 0, deep_i = SIZE_MAX, deep_j = 0;
	for (;;) {
		if (i < pat.n && pat.p[i] == '*') {
			if (i + 1 < pat.n && pat.p[i + 1] == '*') {
				i += 2;
				if (i < pat.n && pat.p[i] == '/' && (i == 2 || pat.p[i - 3] == '/'))
					i++; /* "**" + "/" also matches no directory at all */
				deep_i = i;
				deep_j = j;
				star_i = SIZE_MAX;
			} else {
				star_i = ++i;
				star_j = j;
			}
			continue;
		}
		if (j < path.n && i < pat.n) {
			size_t k = i;
			bool ok = pat.p[i] == '?' ? path.p[j] != '/' : pat.p[i] == '[' ? path.p[j] != '/' && glob_set(pat, &k, path.p[j]) : pat.p[i] == path.p[j];
			if (ok) {
				i = k + 1;
				j++;
				continue;
			}
		}
		if (j >= path.n && i >= pat.n)
			return true;
		if (star_i != SIZE_MAX && star_j < path.n && path.p[star_j] != '/') {
			i = star_i;
			j = ++star_j;
			continue;
		}
		if (deep_i != SIZE_MAX && deep_j < path.n) {
			i = deep_i;
			j = ++deep_j;
			star_i = SIZE_MAX;
			continue;
		}
		return false;
	}
}

bool str_is_utf8(struct str s)
{
	if (!s.n)
		return true;
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
	while (p < end) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		unsigned n = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
		if (*p < 0xc2 || *p > 0xf4 || (size_t)(end - p) <= n)
			return false;
		for (unsigned i = 1; i <= n; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
			return false;
		p += n + 1;
	}
	return true;
}
