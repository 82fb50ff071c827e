#include "format/yaml/yaml_scalar.h"

#define CORE "tag:yaml.org,2002:"

enum tag { TAG_NONE, TAG_STR, TAG_INT, TAG_FLOAT, TAG_BOOL, TAG_NULL, TAG_BINARY };
static const struct {
	struct str name;
	enum tag tag;
} tags[] = {
	{ STR_INIT(""), TAG_NONE },          { STR_INIT("!"), TAG_STR },           { STR_INIT(CORE "str"), TAG_STR },   { STR_INIT(CORE "int"), TAG_INT },
	{ STR_INIT(CORE "float"), TAG_FLOAT }, { STR_INIT(CORE "bool"), TAG_BOOL }, { STR_INIT(CORE "null"), TAG_NULL }, { STR_INIT(CORE "binary"), TAG_BINARY },
};

/* Words that are no strings when plain. `old` ones are booleans only for Kubernetes, or with the tag !!bool. */
static const struct {
	struct str word;
	enum value_kind kind;
	bool boolean, old;
	const char *number;
} words[] = {
	{ STR_INIT("true"), VALUE_BOOL, true, false, NULL },  { STR_INIT("True"), VALUE_BOOL, true, false, NULL },   { STR_INIT("TRUE"), VALUE_BOOL, true, false, NULL },
	{ STR_INIT("false"), VALUE_BOOL, false, false, NULL }, { STR_INIT("False"), VALUE_BOOL, false, false, NULL }, { STR_INIT("FALSE"), VALUE_BOOL, false, false, NULL },
	{ STR_INIT("null"), VALUE_NULL, false, false, NULL }, { STR_INIT("Null"), VALUE_NULL, false, false, NULL },  { STR_INIT("NULL"), VALUE_NULL, false, false, NULL },
	{ STR_INIT("~"), VALUE_NULL, false, false, NULL },    { STR_INIT(""), VALUE_NULL, false, false, NULL },      { STR_INIT("y"), VALUE_BOOL, true, true, NULL },
	{ STR_INIT("Y"), VALUE_BOOL, true, true, NULL },      { STR_INIT("yes"), VALUE_BOOL, true, true, NULL },     { STR_INIT("Yes"), VALUE_BOOL, true, true, NULL },
	{ STR_INIT("YES"), VALUE_BOOL, true, true, NULL },    { STR_INIT("on"), VALUE_BOOL, true, true, NULL },      { STR_INIT("On"), VALUE_BOOL, true, true, NULL },
	{ STR_INIT("ON"), VALUE_BOOL, true, true, NULL },     { STR_INIT("n"), VALUE_BOOL, false, true, NULL },      { STR_INIT("N"), VALUE_BOOL, false, true, NULL },
	{ STR_INIT("no"), VALUE_BOOL, false, true, NULL },    { STR_INIT("No"), VALUE_BOOL, false, true, NULL },     { STR_INIT("NO"), VALUE_BOOL, false, true, NULL },
	{ STR_INIT("off"), VALUE_BOOL, false, true, NULL },   { STR_INIT("Off"), VALUE_BOOL, false, true, NULL },    { STR_INIT("OFF"), VALUE_BOOL, false, true, NULL },
	{ STR_INIT(".inf"), VALUE_NUMBER, false, false, "inf" },   { STR_INIT(".Inf"), VALUE_NUMBER, false, false, "inf" },
	{ STR_INIT(".INF"), VALUE_NUMBER, false, false, "inf" },   { STR_INIT("+.inf"), VALUE_NUMBER, false, false, "inf" },
	{ STR_INIT("+.Inf"), VALUE_NUMBER, false, false, "inf" },  { STR_INIT("+.INF"), VALUE_NUMBER, false, false, "inf" },
	{ STR_INIT("-.inf"), VALUE_NUMBER, false, false, "-inf" }, { STR_INIT("-.Inf"), VALUE_NUMBER, false, false, "-inf" },
	{ STR_INIT("-.INF"), VALUE_NUMBER, false, false, "-inf" }, { STR_INIT(".nan"), VALUE_NUMBER, false, false, "nan" },
	{ STR_INIT(".NaN"), VALUE_NUMBER, false, false, "nan" },   { STR_INIT(".NAN"), VALUE_NUMBER, false, false, "nan" },
};

static bool resolve_word(struct str text, bool old_too, struct value *v)
{
	if (text.n > 5 || (text.n && !char_is_one_of(text.p[0], "tTfFnNyYoO~.+-")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_eq(text, words[i].word))
			continue;
		if (words[i].old && !old_too)
			return false;
		v->kind = (uint8_t)words[i].kind;
		v->count = 0;
		v->text = NULL;
		if (words[i].kind == VALUE_BOOL) {
			v->boolean = words[i].boolean;
		} else if (words[i].number) {
			v->text = words[i].number;
			v->count = strlen(words[i].number);
		}
		return true;
	}
	return false;
}

static void set_text(struct value *v, enum value_kind kind, struct str text)
{
	v->kind = (uint8_t)kind;
	v->text = text.p;
	v->count = text.n;
}

static size_t count_digits(struct str s)
{
	size_t n = 0;
	while (n < s.n && char_is_digit(s.p[n]))
		n++;
	return n;
}

/* Integers with a prefix: 0x, 0o, 0b, and 0777, which YAML 1.1 and go-yaml read as octal. 1: *v is set; 0: it is none (or above 64 bits). */
static int resolve_prefixed(struct arena *a, struct str digits, bool negative, struct value *v)
{
	if (digits.n < 2 || digits.p[0] != '0' || digits.p[1] == '.')
		return 0;
	char c = char_lower(digits.p[1]);
	unsigned base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
	uint64_t n;
	if (str_to_u64_base(str_from(digits, c == 'x' || c == 'b' || c == 'o' ? 2 : 1), base, &n) < 0)
		return 0;
	struct str text = arena_printf(a, "%s%llu", negative && n ? "-" : "", (unsigned long long)n);
	if (!text.p)
		return ERR_NOMEM;
	set_text(v, VALUE_NUMBER, text);
	return 1;
}

/* Decimal integers and floats: [-+]? ( .digits | digits [. digits?] ) ( [eE] [-+]? digits )?, underscores already removed. 1 or 0 or ERR_NOMEM. */
static int resolve_decimal(struct arena *a, struct str text, struct value *v)
{
	struct str rest = text;
	bool negative = str_strip_prefix(&rest, STR("-"));
	if (!negative)
		str_strip_prefix(&rest, STR("+"));
	struct str whole = str_sub(rest, 0, count_digits(rest)), fraction = STR_NONE;
	rest = str_from(rest, whole.n);
	bool point = str_strip_prefix(&rest, STR("."));
	if (point) {
		fraction = str_sub(rest, 0, count_digits(rest));
		rest = str_from(rest, fraction.n);
	}
	if (!whole.n && !fraction.n)
		return 0;
	struct str exponent = rest;
	if (rest.n) {
		if (char_lower(rest.p[0]) != 'e')
			return 0;
		rest = str_from(rest, 1);
		if (rest.n && (rest.p[0] == '-' || rest.p[0] == '+'))
			rest = str_from(rest, 1);
		if (!rest.n || count_digits(rest) != rest.n)
			return 0;
	}
	bool zeros = whole.n > 1 && whole.p[0] == '0';
	if (whole.n && !zeros && point == (fraction.n > 0) && text.p[0] != '+') {
		set_text(v, VALUE_NUMBER, text); /* JSON's grammar as it stands */
		return 1;
	}
	while (whole.n > 1 && whole.p[0] == '0')
		whole = str_from(whole, 1);
	struct str made = arena_printf(a, "%s%.*s%s%.*s%.*s", negative ? "-" : "", STR_FMT(whole.n ? whole : STR("0")), fraction.n ? "." : "", STR_FMT(fraction), STR_FMT(exponent));
	if (!made.p)
		return ERR_NOMEM;
	set_text(v, VALUE_NUMBER, made);
	return 1;
}

static int resolve_number(struct arena *a, struct str text, struct value *v)
{
	if (!text.n || !(char_is_digit(text.p[0]) || text.p[0] == '-' || text.p[0] == '+' || text.p[0] == '.'))
		return 0;
	/* Dates, versions and addresses also start with a digit: one look at the bytes settles most of them without a copy. */
	for (size_t i = 0; i < text.n; i++)
		if (!char_is_alnum(text.p[i]) && text.p[i] != '_' && text.p[i] != '.' && text.p[i] != '-' && text.p[i] != '+')
			return 0;
	if (memchr(text.p, '_', text.n)) {
		char *p = arena_alloc_aligned(a, text.n, 1);
		if (!p)
			return ERR_NOMEM;
		size_t n = 0;
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] != '_')
				p[n++] = text.p[i];
		text = str_make(p, n);
	}
	struct str digits = text;
	bool negative = str_strip_prefix(&digits, STR("-"));
	if (!negative)
		str_strip_prefix(&digits, STR("+"));
	int r = resolve_prefixed(a, digits, negative, v);
	return r ? r : resolve_decimal(a, text, v);
}

static int base64_digit(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : char_is_digit(c) ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648, white space allowed anywhere (YAML's binary type), padding required. */
static int decode_base64(struct arena *a, struct str text, struct value *v)
{
	char *out = arena_alloc_aligned(a, text.n / 4 * 3 + 4, 1);
	if (!out)
		return ERR_NOMEM;
	size_t n = 0, digits = 0, pads = 0;
	uint32_t bits = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (char_is_space(text.p[i]))
			continue;
		int d = base64_digit(text.p[i]);
		if (text.p[i] == '=')
			pads++;
		else if (d < 0 || pads)
			return ERR_FORMAT;
		bits = bits << 6 | (uint32_t)(d < 0 ? 0 : d);
		if (++digits % 4 == 0) {
			out[n++] = (char)(bits >> 16);
			out[n++] = (char)(bits >> 8);
			out[n++] = (char)bits;
		}
	}
	if (digits % 4 || pads > 2)
		return ERR_FORMAT;
	set_text(v, VALUE_STRING, str_make(out, n - pads));
	return 0;
}

int yaml_scalar(struct arena *a, struct str text, struct str tag_name, bool plain, enum yaml_resolve resolve, struct value *v)
{
	enum tag tag = TAG_STR; /* a tag we do not know: the text as it is */
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (str_eq(tag_name, tags[i].name))
			tag = tags[i].tag;
	if (tag == TAG_STR || (tag == TAG_NONE && !plain)) {
		set_text(v, VALUE_STRING, text);
		return 0;
	}
	if (tag == TAG_BINARY)
		return decode_base64(a, text, v);
	int r = resolve_word(text, resolve == YAML_RESOLVE_KUBERNETES || tag == TAG_BOOL, v) ? 1 : resolve_number(a, text, v);
	if (r < 0)
		return r;
	if (tag == TAG_NONE) {
		if (!r)
			set_text(v, VALUE_STRING, text);
		return 0;
	}
	bool integer = r && v->kind == VALUE_NUMBER && count_digits(str_from(value_text(v), v->text[0] == '-')) == v->count - (v->text[0] == '-');
	bool fits = tag == TAG_INT ? integer : v->kind == (tag == TAG_FLOAT ? VALUE_NUMBER : tag == TAG_BOOL ? VALUE_BOOL : VALUE_NULL);
	return r && fits ? 0 : ERR_FORMAT;
}
