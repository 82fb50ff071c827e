/* Debian versions: [epoch:]upstream[-revision], deb-version(7); the order of Debian Policy 5.6.12 as dpkg applies it. */
#include "engine/version/order.h"

struct evr {
	struct str epoch, upstream, revision;
};

static struct evr split(struct str v)
{
	struct evr r = { .upstream = str_trim(v) };
	size_t colon = str_find_char(r.upstream, ':');
	if (colon != STR_NOT_FOUND && all_digits(str_sub(r.upstream, 0, colon))) {
		r.epoch = str_sub(r.upstream, 0, colon);
		r.upstream = str_from(r.upstream, colon + 1);
	}
	size_t dash = str_rfind_char(r.upstream, '-');
	if (dash != STR_NOT_FOUND) {
		r.revision = str_from(r.upstream, dash + 1);
		r.upstream = str_sub(r.upstream, 0, dash);
	}
	return r;
}

/* '~' before the end of the text, the end before letters, letters before all else. Digits end a part, as the end does. */
static int weight(struct str s)
{
	if (!s.n || char_is_digit(s.p[0]))
		return 0;
	unsigned char c = (unsigned char)s.p[0];
	return c == '~' ? -1 : char_is_alpha((char)c) ? c : c + 256;
}

static int compare_part(struct str a, struct str b)
{
	while (a.n || b.n) {
		while ((a.n && !char_is_digit(a.p[0])) || (b.n && !char_is_digit(b.p[0]))) {
			int x = weight(a), y = weight(b);
			if (x != y)
				return x < y ? -1 : 1;
			a = str_from(a, 1);
			b = str_from(b, 1);
		}
		int r = digits_compare(take_digits(&a), take_digits(&b));
		if (r)
			return r;
	}
	return 0;
}

int deb_compare(struct str a, struct str b)
{
	struct evr x = split(a), y = split(b);
	int r;
	if ((r = digits_compare(x.epoch, y.epoch)) || (r = compare_part(x.upstream, y.upstream)))
		return r;
	return compare_part(x.revision, y.revision);
}

static bool only_of(struct str s, const char *punctuation)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && (!s.p[i] || !strchr(punctuation, s.p[i])))
			return false;
	return true;
}

bool deb_is_valid(struct str v)
{
	struct evr e = split(v);
	bool has_revision = str_find_char(v, '-') != STR_NOT_FOUND;
	uint64_t epoch = 0;
	if (e.epoch.n && (str_to_u64(e.epoch, &epoch) < 0 || epoch > INT_MAX))
		return false;
	if (!e.upstream.n || !char_is_digit(e.upstream.p[0]) || (has_revision && !e.revision.n))
		return false;
	return only_of(e.upstream, ".-+~:") && only_of(e.revision, "+.~");
}
