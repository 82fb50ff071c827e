#include "engine/version/order.h"

int digits_compare(struct str a, struct str b)
{
	while (a.n && a.p[0] == '0')
		a = str_from(a, 1);
	while (b.n && b.p[0] == '0')
		b = str_from(b, 1);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n ? sign(memcmp(a.p, b.p, a.n)) : 0;
}

struct str take_digits(struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && char_is_digit(rest->p[n]))
		n++;
	struct str r = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return r;
}

struct str take_letters(struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && char_is_alpha(rest->p[n]))
		n++;
	struct str r = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return r;
}

int str_cmp_nocase(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = (unsigned char)char_lower(a.p[i]), y = (unsigned char)char_lower(b.p[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

int natural_compare(struct str a, struct str b)
{
	while (a.n && b.n) {
		if (char_is_digit(a.p[0]) && char_is_digit(b.p[0])) {
			int r = digits_compare(take_digits(&a), take_digits(&b));
			if (r)
				return r;
			continue;
		}
		if (a.p[0] != b.p[0])
			return (unsigned char)a.p[0] < (unsigned char)b.p[0] ? -1 : 1;
		a = str_from(a, 1);
		b = str_from(b, 1);
	}
	return (a.n > b.n) - (a.n < b.n);
}
