#include "base/date.h"

/* Days before the first of March of year y, counted from 0000-03-01: years that begin in March put the leap day last. */
static int64_t days_before_year(int64_t y)
{
	return 365 * y + y / 4 - y / 100 + y / 400;
}

#define DAYS_TO_1970 719468 /* 0000-03-01 to 1970-01-01 */

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
	if (y < 0) /* January and February of year 0 */
		return days_of(year + 400, month, day) - 146097;
	return days_before_year(y) + (153 * m + 2) / 5 + day - 1 - DAYS_TO_1970;
}

static void civil_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
	int64_t n = days + DAYS_TO_1970, era = (n >= 0 ? n : n - 146096) / 146097, of_era = n - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - days_before_year(y);
	int64_t m = (5 * of_year + 2) / 153;
	*ret_day = of_year - (153 * m + 2) / 5 + 1;
	*ret_month = m < 10 ? m + 3 : m - 9;
	*ret_year = y + era * 400 + (*ret_month <= 2);
}

int date_to_days(struct str text, int64_t *ret)
{
	uint64_t year, month, day;
	if (text.n < 10 || text.p[4] != '-' || text.p[7] != '-' || (text.n > 10 && text.p[10] != 'T' && text.p[10] != 't' && text.p[10] != ' '))
		return -EINVAL;
	if (str_to_u64(str_sub(text, 0, 4), &year) < 0 || str_to_u64(str_sub(text, 5, 2), &month) < 0 || str_to_u64(str_sub(text, 8, 2), &day) < 0)
		return -EINVAL;
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return -EINVAL;
	int64_t days = days_of((int64_t)year, (int64_t)month, (int64_t)day), y, m, d;
	civil_of(days, &y, &m, &d);
	if (m != (int64_t)month || d != (int64_t)day)
		return -EINVAL;
	*ret = days;
	return 0;
}

/* "10:20", "10:20:30": minutes or seconds into the day; what follows stays in *rest. */
static bool read_clock(struct str *rest, size_t parts, int64_t *ret)
{
	int64_t sum = 0;
	for (size_t i = 0; i < parts; i++) {
		uint64_t n;
		if (i && !str_strip_prefix(rest, STR(":")))
			return false;
		if (rest->n < 2 || !char_is_digit(rest->p[0]) || !char_is_digit(rest->p[1]) || str_to_u64(str_sub(*rest, 0, 2), &n) < 0 || n > (i ? 60u : 24u))
			return false;
		sum = sum * 60 + (int64_t)n;
		*rest = str_from(*rest, 2);
	}
	*ret = sum;
	return true;
}

int date_to_instant(struct str text, int64_t *ret)
{
	int64_t days, seconds = 0, micros = 0, offset = 0;
	struct str rest = str_from(text, 11);
	if (date_to_days(text, &days) < 0 || (text.n > 10 && !read_clock(&rest, 3, &seconds)))
		return -EINVAL;
	if (str_strip_prefix(&rest, STR("."))) {
		int64_t unit = 100000;
		if (!rest.n || !char_is_digit(rest.p[0]))
			return -EINVAL;
		for (; rest.n && char_is_digit(rest.p[0]); unit /= 10, rest = str_from(rest, 1))
			micros += (rest.p[0] - '0') * unit;
	}
	if (rest.n && (rest.p[0] == '+' || rest.p[0] == '-')) {
		bool west = rest.p[0] == '-';
		rest = str_from(rest, 1);
		if (!read_clock(&rest, 2, &offset))
			return -EINVAL;
		offset = west ? -offset : offset;
	} else if (rest.n && !str_strip_prefix(&rest, STR("Z")) && !str_strip_prefix(&rest, STR("z"))) {
		return -EINVAL;
	}
	if (rest.n)
		return -EINVAL;
	*ret = (days * 86400 + seconds - offset * 60) * 1000000 + micros;
	return 0;
}

struct str date_format_day(int64_t days, char dst[DATE_TEXT_MAX])
{
	int64_t y, m, d;
	civil_of(MIN_OF(MAX_OF(days, -719528), 2932896), &y, &m, &d);
	int n = snprintf(dst, DATE_TEXT_MAX, "%04d-%02d-%02d", (int)y, (int)m, (int)d);
	return (struct str){ dst, (size_t)n };
}

struct str date_format_rfc3339(int64_t seconds, char dst[DATE_TEXT_MAX])
{
	int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400, rest = seconds - days * 86400;
	struct str day = date_format_day(days, dst);
	int n = snprintf(dst + day.n, DATE_TEXT_MAX - day.n, "T%02d:%02d:%02dZ", (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
	return (struct str){ dst, day.n + (size_t)n };
}
