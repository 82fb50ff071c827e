/* A text that a regular expression finds, made at random: so that tests need no tokens in their own text, which others' scanners would take for real ones.
 * Knows what data/secrets.rules uses: literals, classes, groups, alternatives, quantifiers, (?i) and the like. Repetitions are made as short as allowed, plus
 * `extra` where there is room for it. */
#ifndef TESTS_REGEX_SAMPLE_H
#define TESTS_REGEX_SAMPLE_H
#include "base/buf.h"
#include "test.h"

struct sampler {
	const char *p;
	uint64_t random;
	unsigned extra;
	bool in_group;
	size_t from, to; /* of the capture group in the text */
};

static inline unsigned sample_random(struct sampler *s, unsigned n)
{
	s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(s->random >> 33) % n;
}

static inline void sample_alternatives(struct sampler *s, struct buf *out);

static inline void class_escape(char c, bool set[256])
{
	bool one[256] = { false }, negate = c == 'S' || c == 'D' || c == 'W';
	for (int i = 0; i < 128; i++)
		one[i] = c == 's' || c == 'S' ? char_is_space((char)i) : c == 'd' || c == 'D' ? char_is_digit((char)i) : char_is_alnum((char)i) || i == '_';
	for (int i = 0; i < 128; i++)
		set[i] |= one[i] != negate;
}

static inline unsigned char sample_escape(struct sampler *s)
{
	char c = *s->p++;
	if (c == 'x') {
		char hex[3] = { s->p[0], s->p[1], 0 };
		s->p += 2;
		return (unsigned char)strtol(hex, NULL, 16);
	}
	return (unsigned char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
}

static inline void sample_class(struct sampler *s, struct buf *out)
{
	bool set[256] = { false };
	bool negate = *s->p == '^';
	s->p += negate;
	for (bool first = true; first || *s->p != ']'; first = false) {
		if (*s->p == '\\' && strchr("sSdDwW", s->p[1])) {
			class_escape(s->p[1], set);
			s->p += 2;
			continue;
		}
		unsigned char a = (unsigned char)*s->p++, z;
		if (a == '\\')
			a = sample_escape(s);
		z = a;
		if (*s->p == '-' && s->p[1] != ']') {
			s->p++;
			z = (unsigned char)*s->p++;
			if (z == '\\')
				z = sample_escape(s);
		}
		for (unsigned c = a; c <= z; c++)
			set[c] = true;
	}
	s->p++;
	unsigned char all[256], nice[256];
	unsigned n = 0, m = 0;
	for (int c = 9; c < 127; c++)
		if (set[c] != negate && (c >= ' ' || char_is_space((char)c))) {
			all[n++] = (unsigned char)c;
			if (char_is_alnum((char)c))
				nice[m++] = (unsigned char)c;
		}
	assert_true(n > 0);
	buf_add_char(out, (char)(m ? nice[sample_random(s, m)] : all[n - 1 - sample_random(s, n > 3 ? 3 : n)]));
}

static inline void sample_atom(struct sampler *s, struct buf *out)
{
	char c = *s->p++;
	if (c == '(') {
		bool capture = *s->p != '?';
		if (!capture) {
			s->p++;
			while (*s->p != ':' && *s->p != ')')
				s->p++;
			if (*s->p++ == ')')
				return; /* flags */
		}
		size_t from = out->n;
		sample_alternatives(s, out);
		assert_int_equal(*s->p, ')');
		s->p++;
		if (capture && !s->in_group) {
			s->from = from;
			s->to = out->n;
		}
	} else if (c == '[') {
		sample_class(s, out);
	} else if (c == '\\' && strchr("bBAz", *s->p)) {
		s->p++;
	} else if (c == '\\' && strchr("sSdDwW", *s->p)) {
		char e = *s->p++;
		buf_add_char(out, e == 's' ? ' ' : e == 'd' ? (char)('0' + sample_random(s, 10)) : (char)('a' + sample_random(s, 26)));
	} else if (c == '\\') {
		buf_add_char(out, (char)sample_escape(s));
	} else if (c == '.') {
		buf_add_char(out, 'x');
	} else if (c != '^' && c != '$') {
		buf_add_char(out, c);
	}
}

static inline void sample_sequence(struct sampler *s, struct buf *out)
{
	while (*s->p && *s->p != '|' && *s->p != ')') {
		const char *atom = s->p;
		size_t from = out->n;
		sample_atom(s, out);
		unsigned min = 1, max = 1;
		if (*s->p == '?' || *s->p == '*') {
			min = 0;
			max = *s->p == '?' ? 1 : 0;
			s->p++;
		} else if (*s->p == '+') {
			s->p++;
		} else if (*s->p == '{') {
			char *end;
			min = (unsigned)strtoul(s->p + 1, &end, 10);
			max = *end == ',' ? (end[1] == '}' ? 1000 : (unsigned)strtoul(end + 1, &end, 10)) : min;
			s->p = strchr(end, '}') + 1;
			if (max >= min + s->extra && min)
				min += s->extra;
		}
		if (*s->p == '?')
			s->p++;
		const char *behind = s->p;
		if (!min)
			out->n = from;
		for (unsigned i = 1; i < min; i++) {
			s->p = atom;
			sample_atom(s, out);
		}
		s->p = behind;
	}
}

static inline void sample_alternatives(struct sampler *s, struct buf *out)
{
	size_t start = out->n;
	sample_sequence(s, out);
	for (unsigned n = 2; *s->p == '|'; n++) {
		struct buf other;
		size_t from = s->from, to = s->to;
		s->p++;
		buf_init(&other, 1 << 20);
		sample_sequence(s, &other);
		s->from = from;
		s->to = to;
		if (sample_random(s, n) == 0) {
			out->n = start;
			buf_add(out, buf_str(&other));
		}
		buf_release(&other);
	}
}

/* The text, on the arena; *ret_from, *ret_to: where the capture group lies in it. */
static inline struct str regex_sample(struct arena *a, const char *regex, uint64_t seed, unsigned extra, size_t *ret_from, size_t *ret_to)
{
	struct sampler s = { .p = regex, .random = seed, .extra = extra };
	struct buf out;
	buf_init(&out, 1 << 20);
	sample_random(&s, 2);
	sample_alternatives(&s, &out);
	assert_int_equal(*s.p, 0);
	struct str text = arena_str(a, out.n ? buf_str(&out) : STR(""));
	buf_release(&out);
	*ret_from = s.from;
	*ret_to = s.to;
	return text;
}
#endif
