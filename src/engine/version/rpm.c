/* RPM versions: [epoch:]version[-release], rpm-version(7); each part by rpmvercmp: runs of digits and of letters, all else separates,
 * '~' sorts before the end of the text and '^' just after it. */
#include "engine/version/order.h"

static bool is_mark(char c)
{
	return char_is_alnum(c) || c == '~' || c == '^';
}

static void skip_separators(struct str *s)
{
	while (s->n && !is_mark(s->p[0]))
		*s = str_from(*s, 1);
}

static bool at(struct str s, char c)
{
	return s.n && s.p[0] == c;
}

static int compare_part(struct str a, struct str b)
{
	while (a.n || b.n) {
		skip_separators(&a);
		skip_separators(&b);
		if (at(a, '~') || at(b, '~')) {
			if (at(a, '~') != at(b, '~'))
				return at(a, '~') ? -1 : 1;
		} else if (at(a, '^') || at(b, '^')) {
			if (!a.n || !b.n)
				return a.n ? 1 : -1;
			if (at(a, '^') != at(b, '^'))
				return at(a, '^') ? -1 : 1;
		} else {
			if (!a.n || !b.n)
				break;
			bool number = char_is_digit(a.p[0]);
			struct str x = number ? take_digits(&a) : take_letters(&a), y = number ? take_digits(&b) : take_letters(&b);
			if (!y.n) /* a number is newer than a word */
				return number ? 1 : -1;
			int r = number ? digits_compare(x, y) : str_cmp(x, y);
			if (r)
				return sign(r);
			continue;
		}
		a = str_from(a, 1);
		b = str_from(b, 1);
	}
	return (a.n > 0) - (b.n > 0);
}

struct evr {
	struct str epoch, version, release;
	bool has_release;
};

static struct evr split(struct str v)
{
	struct evr r = { .version = str_trim(v) };
	struct str rest = r.version, digits = take_digits(&rest);
	if (at(rest, ':')) { /* ":1.0" has an empty epoch, that is 0 */
		r.epoch = digits;
		r.version = str_from(rest, 1);
	}
	size_t dash = str_rfind_char(r.version, '-');
	if (dash != STR_NOT_FOUND) {
		r.has_release = true;
		r.release = str_from(r.version, dash + 1);
		r.version = str_sub(r.version, 0, dash);
	}
	return r;
}

int rpm_compare(struct str a, struct str b)
{
	struct evr x = split(a), y = split(b);
	int r;
	if ((r = digits_compare(x.epoch, y.epoch)) || (r = compare_part(x.version, y.version)))
		return r;
	return x.has_release && y.has_release ? compare_part(x.release, y.release) : (int)x.has_release - (int)y.has_release;
}

bool rpm_is_valid(struct str v)
{
	struct evr e = split(v);
	if (!e.version.n || (e.has_release && !e.release.n))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!char_is_alnum(v.p[i]) && (!v.p[i] || !strchr("._+~^-:", v.p[i])))
			return false;
	return str_find_char(e.version, '-') == STR_NOT_FOUND && str_find_char(e.version, ':') == STR_NOT_FOUND &&
	       str_find_char(e.release, ':') == STR_NOT_FOUND;
}
