/* Maven versions: the order of ComparableVersion in Maven 3.9 (maven.apache.org/pom.html#version-order-specification). The text is a list of
 * numbers and qualifiers; a hyphen and every change between letters and digits open a list inside the list, always as its last item,
 * so the nested lists are a chain:  "1.0-rc1" = [1, 0, [rc, [1]]]. Trailing items that mean nothing (0, "", final, ga, release, empty lists)
 * are dropped. Every text is a version. */
#include "engine/version/order.h"

/* In order; the plain release stands between snapshot and sp, unknown qualifiers after all of these, by their letters. */
static const struct str qualifiers[] = { STR_INIT("alpha"), STR_INIT("beta"), STR_INIT("milestone"), STR_INIT("rc"), STR_INIT("snapshot"), STR_INIT(""), STR_INIT("sp") };
enum { RANK_RELEASE = 5, RANK_SP, RANK_UNKNOWN, RANK_NUMBER };

struct item {
	uint16_t from, length; /* of the text: a number, or an unknown qualifier */
	uint8_t rank;
};
/* items[starts[l]] … items[ends[l]] are the plain items of the list at depth l. */
struct version {
	struct str text;
	size_t levels, count;
	uint16_t starts[VERSION_TEXT_MAX + 2], ends[VERSION_TEXT_MAX + 2];
	struct item items[VERSION_TEXT_MAX + 2];
};

static uint8_t qualifier_rank(struct str s, bool digit_follows)
{
	if (digit_follows && s.n == 1) {
		char c = char_lower(s.p[0]);
		if (c == 'a' || c == 'b' || c == 'm')
			return c == 'a' ? 0 : c == 'b' ? 1 : 2;
	}
	if (str_eq_nocase(s, STR("cr")))
		return 3;
	if (str_eq_nocase(s, STR("ga")) || str_eq_nocase(s, STR("final")) || str_eq_nocase(s, STR("release")))
		return RANK_RELEASE;
	for (uint8_t i = 0; i < ARRAY_LEN(qualifiers); i++)
		if (str_eq_nocase(s, qualifiers[i]))
			return i;
	return RANK_UNKNOWN;
}

static struct str item_text(const struct version *v, const struct item *i)
{
	return str_sub(v->text, i->from, i->length);
}

static void add_item(struct version *v, size_t from, size_t to, bool number, bool digit_follows)
{
	struct str s = str_sub(v->text, from, to - from);
	v->items[v->count++] = (struct item){ (uint16_t)from, (uint16_t)s.n, number ? RANK_NUMBER : qualifier_rank(s, digit_follows) };
	v->ends[v->levels - 1] = (uint16_t)v->count;
}

static void open_list(struct version *v)
{
	v->starts[v->levels] = v->ends[v->levels] = (uint16_t)v->count;
	v->levels++;
}

static bool list_is_empty(const struct version *v)
{
	return v->starts[v->levels - 1] == v->ends[v->levels - 1];
}

static bool is_null(const struct version *v, const struct item *i)
{
	return i->rank == RANK_RELEASE || (i->rank == RANK_NUMBER && digits_compare(item_text(v, i), STR_NONE) == 0);
}

static void normalize(struct version *v)
{
	for (size_t l = 0; l < v->levels; l++)
		while (v->ends[l] > v->starts[l] && is_null(v, &v->items[v->ends[l] - 1]))
			v->ends[l]--;
	while (v->levels > 1 && list_is_empty(v))
		v->levels--;
}

static void parse(struct str text, struct version *v)
{
	bool digit = false;
	size_t from = 0;
	v->text = text;
	v->levels = v->count = 0;
	open_list(v);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '.' || c == '-') {
			add_item(v, from, i, digit || i == from, false); /* an empty part is 0 */
			from = i + 1;
			if (c == '-')
				open_list(v);
		} else if (char_is_digit(c)) {
			if (!digit && i > from) {
				if (!list_is_empty(v)) /* 1.x1 reads as 1-x1 */
					open_list(v);
				add_item(v, from, i, false, true);
				from = i;
				open_list(v);
			}
			digit = true;
		} else {
			if (digit && i > from) {
				add_item(v, from, i, true, false);
				from = i;
				open_list(v);
			}
			digit = false;
		}
	}
	if (text.n > from) {
		if (!digit && !list_is_empty(v))
			open_list(v);
		add_item(v, from, text.n, digit, false);
	}
	normalize(v);
}

static int compare_with_nothing(const struct version *v, const struct item *i)
{
	if (i->rank == RANK_NUMBER)
		return digits_compare(item_text(v, i), STR_NONE);
	return sign((int)i->rank - RANK_RELEASE);
}

/* The first item from `from` on, in the list at depth l or deeper, that differs from nothing. */
static int compare_rest_with_nothing(const struct version *v, size_t l, size_t from)
{
	for (; l < v->levels; l++) {
		for (size_t i = from; i < v->ends[l]; i++) {
			int r = compare_with_nothing(v, &v->items[i]);
			if (r)
				return r;
		}
		from = l + 1 < v->levels ? v->starts[l + 1] : 0;
	}
	return 0;
}

static int compare_items(const struct version *v, const struct item *i, const struct version *w, const struct item *j)
{
	if (i->rank != j->rank)
		return i->rank < j->rank ? -1 : 1; /* numbers rank above all qualifiers */
	if (i->rank == RANK_NUMBER)
		return digits_compare(item_text(v, i), item_text(w, j));
	return i->rank == RANK_UNKNOWN ? str_cmp_nocase(item_text(v, i), item_text(w, j)) : 0;
}

/* A list against a plain item: newer than any qualifier, older than any number. */
static int compare_list_with(const struct item *i)
{
	return i->rank == RANK_NUMBER ? -1 : 1;
}

static int compare_parsed(const struct version *v, const struct version *w)
{
	for (size_t l = 0; l < v->levels && l < w->levels; l++) {
		size_t i = v->starts[l], j = w->starts[l];
		for (; i < v->ends[l] && j < w->ends[l]; i++, j++) {
			int r = compare_items(v, &v->items[i], w, &w->items[j]);
			if (r)
				return r;
		}
		bool more_v = i < v->ends[l], more_w = j < w->ends[l];
		bool list_v = l + 1 < v->levels, list_w = l + 1 < w->levels;
		if (more_v && list_w)
			return -compare_list_with(&v->items[i]);
		if (more_w && list_v)
			return compare_list_with(&w->items[j]);
		if (more_v || (list_v && !list_w))
			return more_v ? compare_rest_with_nothing(v, l, i) : compare_rest_with_nothing(v, l + 1, v->starts[l + 1]);
		if (more_w || (list_w && !list_v))
			return more_w ? -compare_rest_with_nothing(w, l, j) : -compare_rest_with_nothing(w, l + 1, w->starts[l + 1]);
		/* both end here, or both go on with a list */
	}
	return 0;
}

int maven_compare(struct str a, struct str b)
{
	ATTR_UNINITIALIZED struct version v, w;
	parse(a, &v);
	parse(b, &w);
	return compare_parsed(&v, &w);
}

bool maven_is_valid(struct str v)
{
	return v.n > 0;
}

bool maven_is_prerelease(struct str v)
{
	ATTR_UNINITIALIZED struct version p;
	parse(v, &p);
	for (size_t l = 0; l < p.levels; l++)
		for (size_t i = p.starts[l]; i < p.ends[l]; i++)
			if (p.items[i].rank < RANK_RELEASE)
				return true;
	return false;
}
