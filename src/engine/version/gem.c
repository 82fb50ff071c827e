/* RubyGems versions, Gem::Version (guides.rubygems.org, "Semantic versioning"; rubygems lib/rubygems/version.rb): runs of digits and of letters,
 * letters sort before numbers and make a pre-release, "-" reads as ".pre.". Zeros that end the numbers or the whole text do not
 * count. All other characters separate, so that texts that RubyGems refuses have a place too. */
#include "engine/version/order.h"

struct segments {
	size_t count;
	struct str v[2 * VERSION_TEXT_MAX];
};

static bool is_word(struct str s)
{
	return !char_is_digit(s.p[0]);
}

static void drop_zeros(struct segments *s, size_t from)
{
	while (s->count > from && !is_word(s->v[s->count - 1]) && digits_compare(s->v[s->count - 1], STR_NONE) == 0)
		s->count--;
}

static void parse(struct str text, struct segments *s)
{
	bool words = false;
	s->count = 0;
	for (text = str_trim(text); text.n;) {
		struct str segment = take_digits(&text);
		if (!segment.n)
			segment = take_letters(&text);
		if (!segment.n) {
			if (text.p[0] == '-')
				segment = STR("pre");
			text = str_from(text, 1);
		}
		if (!segment.n)
			continue;
		if (!words && is_word(segment)) { /* "1.0.a" is "1.a" */
			drop_zeros(s, 0);
			words = true;
		}
		s->v[s->count++] = segment;
	}
	drop_zeros(s, 0);
}

int gem_compare(struct str a, struct str b)
{
	ATTR_UNINITIALIZED struct segments x, y;
	parse(a, &x);
	parse(b, &y);
	for (size_t i = 0; i < x.count || i < y.count; i++) {
		struct str s = i < x.count ? x.v[i] : STR("0"), t = i < y.count ? y.v[i] : STR("0");
		int r = is_word(s) != is_word(t) ? (is_word(s) ? -1 : 1) : is_word(s) ? str_cmp(s, t) : digits_compare(s, t);
		if (r)
			return sign(r);
	}
	return 0;
}

/* [0-9]+(.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(.[0-9A-Za-z-]+)*)? */
bool gem_is_valid(struct str v)
{
	struct str rest = str_trim(v), part;
	bool hyphen = false;
	if (!take_digits(&rest).n)
		return false;
	while (rest.n) {
		char sep = rest.p[0];
		rest = str_from(rest, 1);
		if (sep == '-' && !hyphen)
			hyphen = true;
		else if (sep != '.')
			return false;
		size_t n = 0;
		while (n < rest.n && (char_is_alnum(rest.p[n]) || (hyphen && rest.p[n] == '-')))
			n++;
		part = str_sub(rest, 0, n);
		rest = str_from(rest, n);
		if (!part.n)
			return false;
	}
	return true;
}

bool gem_is_prerelease(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (char_is_alpha(v.p[i]) || v.p[i] == '-')
			return true;
	return false;
}
