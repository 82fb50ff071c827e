#include "format/binary/binary.h"

#include "base/path.h"
#include "format/binary/rules.h"
#include "format/elf/exe.h"

#define PIECE_BYTES   (1u << 20)
#define OVERLAP_BYTES 1024u       /* texts are shorter */
#define RUN_MAX       256u        /* of NULs, spaces, digits between the parts of a text */
#define VERSION_MAX   48u
#define BARE_MAX      (8u << 20)  /* files that are searched for a version alone between two NULs */
#define NAMED_MAX     32u         /* rules that one file name may fit */
#define ITEMS_MAX     24u

/* --- texts --- */

enum item_kind { ITEM_BYTES, ITEM_VERSION, ITEM_VERSION_MORE, ITEM_VERSION_SHORT, ITEM_VERSION_OF_NAME, ITEM_NUL, ITEM_NULS, ITEM_SPACES, ITEM_DIGITS, ITEM_HEX, ITEM_WORD, ITEM_ANY };

struct item {
	enum item_kind kind;
	struct str bytes; /* ITEM_BYTES */
};
struct text {
	struct item items[ITEMS_MAX];
	size_t n, anchor; /* the longest run of plain bytes; n: none */
};

static const char marks[] = "vwnf0zsdhi?";
static const enum item_kind mark_kinds[] = { ITEM_VERSION, ITEM_VERSION_MORE, ITEM_VERSION_SHORT, ITEM_VERSION_OF_NAME, ITEM_NUL, ITEM_NULS, ITEM_SPACES, ITEM_DIGITS, ITEM_HEX, ITEM_WORD, ITEM_ANY };

/* The table's text taken apart; "%%" stands alone as one byte. */
static void read_text(const char *source, struct text *ret)
{
	struct str s = str_c(source);
	ret->n = 0;
	while (s.n && ret->n < ITEMS_MAX) {
		struct item *it = &ret->items[ret->n++];
		if (s.p[0] == '%' && s.n > 1 && s.p[1] != '%') {
			const char *at = strchr(marks, s.p[1]);
			it->kind = at ? mark_kinds[at - marks] : ITEM_ANY;
			it->bytes = STR_NONE;
			s = str_from(s, 2);
			continue;
		}
		bool escaped = s.p[0] == '%';
		size_t n = escaped ? 1 : 0;
		while (!escaped && n < s.n && s.p[n] != '%')
			n++;
		*it = (struct item){ ITEM_BYTES, str_sub(s, escaped ? 1 : 0, n) };
		s = str_from(s, n + escaped);
	}
	ret->anchor = ret->n;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->items[i].kind == ITEM_BYTES && (ret->anchor == ret->n || ret->items[i].bytes.n > ret->items[ret->anchor].bytes.n))
			ret->anchor = i;
}

static bool is_version(enum item_kind k)
{
	return k == ITEM_VERSION || k == ITEM_VERSION_MORE || k == ITEM_VERSION_SHORT || k == ITEM_VERSION_OF_NAME;
}

/* --- versions --- */

static size_t digits(struct str s, size_t at)
{
	size_t n = 0;
	while (at + n < s.n && char_is_digit(s.p[at + n]))
		n++;
	return n;
}

/* "-rc.1", "beta2", "-alpha": its length, 0 when there is none. */
static size_t prerelease(struct str s, size_t at)
{
	static const struct str words[] = { STR_INIT("alpha"), STR_INIT("beta"), STR_INIT("rc"), STR_INIT("RC"), STR_INIT("preview"), STR_INIT("dev"), STR_INIT("pre") };
	size_t n = at < s.n && s.p[at] == '-';
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t k = n + words[i].n;
		if (!str_has_prefix(str_from(s, at + n), words[i]))
			continue;
		if (at + k + 1 < s.n && (s.p[at + k] == '.' || s.p[at + k] == '-') && char_is_digit(s.p[at + k + 1]))
			k++;
		k += digits(s, at + k);
		return at + k < s.n && char_is_alpha(s.p[at + k]) ? 0 : k;
	}
	return 0;
}

/* What some projects add: a letter or two (1.1.1w, 1.0.2zg), "p2", "_392"; not a word ("1.2 or"). */
static size_t addition(struct str s, size_t at)
{
	size_t n = 0;
	if (at < s.n && (s.p[at] == '_' || s.p[at] == 'p') && (n = digits(s, at + 1)) > 0)
		return n + 1;
	while (at + n < s.n && n < 3 && s.p[at + n] >= 'a' && s.p[at + n] <= 'z')
		n++;
	return n < 3 ? n : 0;
}

/* Length of the version at `at`; 0: there is none. */
static size_t version_at(struct str s, size_t at, enum item_kind kind)
{
	size_t n = digits(s, at), numbers = n > 0;
	if (!n || n > 9)
		return 0;
	while (numbers < 4 && at + n + 1 < s.n && s.p[at + n] == '.' && char_is_digit(s.p[at + n + 1])) {
		n += 1 + digits(s, at + n + 1);
		numbers++;
	}
	if (numbers < 2 && kind != ITEM_VERSION_SHORT)
		return 0;
	size_t more = prerelease(s, at + n);
	if (!more && kind == ITEM_VERSION_MORE)
		more = addition(s, at + n);
	return n + more <= VERSION_MAX ? n + more : 0;
}

/* Where the version that ends at `end` begins; STR_NOT_FOUND. The longest: "11.2" of "11.2-x" is not "1.2-x". */
static size_t version_before(struct str s, size_t end, enum item_kind kind)
{
	size_t low = end, best = STR_NOT_FOUND;
	while (low > 0 && end - low < VERSION_MAX && (char_is_alnum(s.p[low - 1]) || char_is_one_of(s.p[low - 1], ".-_")))
		low--;
	for (size_t at = end; at-- > low;) {
		if (!char_is_digit(s.p[at]) || (at > 0 && (char_is_digit(s.p[at - 1]) || (s.p[at - 1] == '.' && at > 1 && char_is_digit(s.p[at - 2])))))
			continue;
		if (version_at(s, at, kind) == end - at)
			best = at;
		else if (best != STR_NOT_FOUND)
			break;
	}
	return best;
}

/* --- a text at its place --- */

static bool fits_class(enum item_kind kind, char c)
{
	switch (kind) {
	case ITEM_NULS:
		return c == 0;
	case ITEM_SPACES:
		return c == ' ' || c == '\t';
	case ITEM_DIGITS:
		return char_is_digit(c);
	case ITEM_HEX:
		return char_is_digit(c) || (c >= 'a' && c <= 'f');
	default:
		return char_is_alnum(c) || c == '_' || c == '-';
	}
}

/* The items from..n at `at`, forwards. */
static bool match_after(const struct text *t, size_t from, struct str s, size_t at, struct str *ret)
{
	for (size_t i = from; i < t->n; i++) {
		const struct item *it = &t->items[i];
		size_t n = 0;
		if (it->kind == ITEM_BYTES) {
			n = str_has_prefix(str_from(s, at), it->bytes) ? it->bytes.n : 0;
		} else if (it->kind == ITEM_NUL || it->kind == ITEM_ANY) {
			n = at < s.n && (it->kind == ITEM_ANY || s.p[at] == 0);
		} else if (is_version(it->kind)) {
			n = version_at(s, at, it->kind);
			if (i + 1 == t->n && at + n < s.n && (char_is_digit(s.p[at + n]) || (s.p[at + n] == '.' && at + n + 1 < s.n && char_is_digit(s.p[at + n + 1]))))
				return false; /* five numbers: an address, a table */
			*ret = str_sub(s, at, n);
		} else {
			while (n < RUN_MAX && at + n < s.n && fits_class(it->kind, s.p[at + n]))
				n++;
		}
		if (!n)
			return false;
		at += n;
	}
	return true;
}

/* The items before `to`, backwards from `end`. */
static bool match_before(const struct text *t, size_t to, struct str s, size_t end, struct str *ret)
{
	for (size_t i = to; i-- > 0;) {
		const struct item *it = &t->items[i];
		size_t n = 0;
		if (it->kind == ITEM_BYTES) {
			n = str_has_suffix(str_sub(s, 0, end), it->bytes) ? it->bytes.n : 0;
		} else if (it->kind == ITEM_NUL || it->kind == ITEM_ANY) {
			n = end > 0 && (it->kind == ITEM_ANY || s.p[end - 1] == 0);
		} else if (is_version(it->kind)) {
			size_t at = version_before(s, end, it->kind);
			n = at == STR_NOT_FOUND ? 0 : end - at;
			*ret = str_sub(s, end - n, n);
		} else {
			while (n < RUN_MAX && n < end && fits_class(it->kind, s.p[end - 1 - n]))
				n++;
		}
		if (!n)
			return false;
		end -= n;
	}
	return true;
}

/* "%0%v%0": a version alone between NULs. */
static bool find_bare(const struct text *t, struct str s, struct str *ret)
{
	const char *p = s.p, *end = s.p + s.n;
	while (p < end && (p = memchr(p, 0, (size_t)(end - p)))) {
		if (p + 1 < end && char_is_digit(p[1]) && match_after(t, 0, s, (size_t)(p - s.p), ret))
			return true;
		p++;
	}
	return false;
}

/* "%0%f%0": it continues the version in the file's name. */
static bool find_named(const struct text *t, struct str s, struct str of_name, struct str *ret)
{
	size_t before = 0;
	while (before < t->n && t->items[before].kind != ITEM_VERSION_OF_NAME)
		before++;
	for (size_t at = 0, k; of_name.n && (k = str_find(str_from(s, at), of_name)) != STR_NOT_FOUND; at += k + 1) {
		struct str one = STR_NONE, ignored;
		size_t from = at + k;
		if (match_after(t, before, s, from, &one) && one.n > of_name.n && one.p[of_name.n] == '.' && match_before(t, before, s, from, &ignored)) {
			*ret = one;
			return true;
		}
	}
	return false;
}

static bool find_text(const struct text *t, struct str s, struct str of_name, uint64_t file_size, struct str *ret)
{
	if (t->anchor == t->n) {
		for (size_t i = 0; i < t->n; i++)
			if (t->items[i].kind == ITEM_VERSION_OF_NAME)
				return find_named(t, s, of_name, ret);
		return file_size <= BARE_MAX && find_bare(t, s, ret);
	}
	const struct str anchor = t->items[t->anchor].bytes;
	for (size_t at = 0, k; (k = str_find(str_from(s, at), anchor)) != STR_NOT_FOUND; at += k + 1) {
		struct str one = STR_NONE;
		if (match_after(t, t->anchor + 1, s, at + k + anchor.n, &one) && match_before(t, t->anchor, s, at + k, &one) && one.n) {
			*ret = one;
			return true;
		}
	}
	return false;
}

/* --- file names --- */

static bool fits_name(const char *files, struct str base)
{
	struct str rest = str_c(files), one;
	while (str_next(&rest, ' ', &one)) {
		if (one.p[0] != base.p[0])
			continue;
		if (str_strip_suffix(&one, STR("*")) ? str_has_prefix(base, one) : str_eq(base, one))
			return true;
	}
	return false;
}

bool binary_wants(struct str path, uint32_t mode, uint64_t size)
{
	struct str base = path_base(path);
	for (size_t i = 0; i < binary_rule_count && base.n; i++)
		if (fits_name(binary_rules[i].files, base))
			return true;
	return false;
}

bool binary_sniff(const unsigned char *head, size_t n)
{
	return n && (exe_sniff(head, n) || !memchr(head, 0, n));
}

/* "3.11" of "libpython3.11.so.1.0"; empty when there are fewer than two numbers. */
static struct str version_of_name(struct str base)
{
	size_t at = 0;
	while (at < base.n && !char_is_digit(base.p[at]))
		at++;
	size_t n = digits(base, at), m;
	if (!n || at + n >= base.n || base.p[at + n] != '.' || !(m = digits(base, at + n + 1)))
		return STR_NONE;
	return str_sub(base, at, n + 1 + m);
}

/* --- a file --- */

/* A rule whose name fits, and the best text found so far. */
struct hunt {
	const struct binary_rule *rule;
	struct text texts[BINARY_TEXTS_MAX];
	size_t text_count;
	size_t best; /* index of the text that was found, text_count: none */
	char version[VERSION_MAX + 1];
	size_t version_n;
	bool also, never;
};

static size_t start_hunts(struct str base, bool is_exe, struct hunt *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < binary_rule_count && n < NAMED_MAX; i++) {
		const struct binary_rule *r = &binary_rules[i];
		if (r->in_text == is_exe || !fits_name(r->files, base))
			continue;
		struct hunt *h = &ret[n++];
		*h = (struct hunt){ .rule = r, .also = !r->also };
		while (h->text_count < BINARY_TEXTS_MAX && r->texts[h->text_count])
			read_text(r->texts[h->text_count], &h->texts[h->text_count]), h->text_count++;
		h->best = h->text_count;
	}
	return n;
}

static void hunt_in(struct hunt *h, struct str piece, struct str of_name, uint64_t file_size)
{
	struct str v;
	for (size_t i = 0; i < h->best; i++) {
		if (!find_text(&h->texts[i], piece, of_name, file_size, &v) || v.n > VERSION_MAX)
			continue;
		h->best = i;
		h->version_n = v.n;
		memcpy(h->version, v.p, v.n);
		break;
	}
	h->also |= h->rule->also && str_contains(piece, str_c(h->rule->also));
	h->never |= h->rule->never && str_contains(piece, str_c(h->rule->never));
}

/* The first rule's first text is there: nothing better can come. */
static bool is_settled(const struct hunt *h)
{
	return h->best == 0 && !h->rule->also && !h->rule->never;
}

static bool is_found(const struct hunt *h)
{
	return h->best < h->text_count && h->also && !h->never;
}

static int read_pieces(struct arena *a, const struct input *in, struct hunt *hunts, size_t n, struct str of_name, struct error *err)
{
	char *buffer = in->data ? NULL : arena_alloc_aligned(a, PIECE_BYTES + OVERLAP_BYTES, 1);
	if (!in->data && !buffer)
		return error_nomem(err);
	for (uint64_t at = 0; at < MIN_OF(in->size, BINARY_MAX_BYTES) && !is_settled(&hunts[0]); at += PIECE_BYTES) {
		size_t len = (size_t)MIN_OF(in->size - at, (uint64_t)(PIECE_BYTES + OVERLAP_BYTES));
		int r = in->data ? 0 : input_read(in, buffer, len, at, err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			hunt_in(&hunts[i], str_make(in->data ? in->data + at : buffer, len), of_name, in->size);
	}
	return 0;
}

int binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	unsigned char head[64];
	struct str base = path_base(in->name);
	size_t n = (size_t)MIN_OF(in->size, (uint64_t)sizeof(head));
	struct hunt *hunts = arena_new_array(a, struct hunt, NAMED_MAX);
	int r = n ? input_read(in, head, n, 0, err) : 0;
	if (!hunts)
		return error_nomem(err);
	if (r < 0 || !n || !base.n)
		return r;
	size_t count = start_hunts(base, exe_sniff(head, n), hunts);
	if (count)
		r = read_pieces(a, in, hunts, count, version_of_name(base), err);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (!is_found(&hunts[i]))
			continue;
		struct package p = { .kind = PKG_BINARY, .name = str_c(hunts[i].rule->name), .version = arena_str(a, str_make(hunts[i].version, hunts[i].version_n)) };
		return p.version.p && vec_push(a, out, p) ? 0 : error_nomem(err);
	}
	if (r == 0 && count && in->size > BINARY_MAX_BYTES)
		diag_add(diags, DIAG_UNREADABLE, in->name, 0, 0, "no version in the first %u MiB: the rest was not searched", (unsigned)(BINARY_MAX_BYTES >> 20));
	return r;
}

const char *binary_cpe(struct str name)
{
	for (size_t i = 0; i < binary_rule_count; i++)
		if (str_eq_c(name, binary_rules[i].name))
			return binary_rules[i].cpe;
	return NULL;
}

size_t binary_product_count(void)
{
	size_t n = 0;
	for (size_t i = 0; i < binary_rule_count; i++) {
		size_t k = 0;
		while (strcmp(binary_rules[k].name, binary_rules[i].name) != 0)
			k++;
		n += k == i;
	}
	return n;
}
