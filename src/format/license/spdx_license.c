#include "format/license/spdx_license.h"

#include "format/license/license_table.h"

static int compare_nocase(struct str a, const char *b)
{
	for (size_t i = 0; i < a.n; i++) {
		int d = (unsigned char)char_lower(a.p[i]) - (unsigned char)char_lower(b[i]);
		if (d)
			return d; /* also where b ends: its NUL is below all */
	}
	return b[a.n] ? -1 : 0;
}

static const char *license_at(size_t i)
{
	return license_rows[i].id;
}

static const char *exception_at(size_t i)
{
	return license_exception_rows[i].id;
}

/* The row's number, n: none. */
static size_t look_up(const char *(*at)(size_t i), size_t n, struct str id)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = compare_nocase(id, at(middle));
		if (c == 0)
			return middle;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return n;
}

const char *spdx_license_id(struct str text)
{
	size_t i = look_up(license_at, license_row_count, text);
	return i < license_row_count && !license_rows[i].withheld ? license_rows[i].id : NULL;
}

const char *spdx_exception_id(struct str text)
{
	size_t i = look_up(exception_at, license_exception_row_count, text);
	return i < license_exception_row_count && !license_exception_rows[i].withheld ? license_exception_rows[i].id : NULL;
}

bool spdx_is_idstring(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return s.n > 0;
}

bool spdx_is_license_ref(struct str token)
{
	return str_strip_prefix(&token, STR("LicenseRef-")) && spdx_is_idstring(token);
}

bool spdx_expression_next(struct str *rest, struct str *ret_token)
{
	while (rest->n && char_is_space(rest->p[0]))
		*rest = str_from(*rest, 1);
	if (!rest->n)
		return false;
	size_t n = char_is_one_of(rest->p[0], "()") ? 1 : 0;
	bool is_word = !n;
	while (is_word && n < rest->n && !char_is_space(rest->p[n]) && !char_is_one_of(rest->p[n], "()"))
		n++;
	*ret_token = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return true;
}

static bool is_operand(struct str token)
{
	const char *id;
	if (spdx_is_license_ref(token))
		return true;
	id = spdx_license_id(token);
	if (!id && str_strip_suffix(&token, STR("+")))
		id = spdx_license_id(token);
	return id && str_eq_c(token, id);
}

bool spdx_is_expression(struct str text)
{
	enum { OPERAND, EXCEPTION, OPERATOR, OPERATOR_NO_WITH } want = OPERAND;
	struct str rest = text, token;
	size_t depth = 0;
	while (spdx_expression_next(&rest, &token)) {
		const char *id;
		switch (want) {
		case OPERAND:
			if (str_eq(token, STR("(")))
				depth++;
			else if (is_operand(token))
				want = OPERATOR;
			else
				return false;
			break;
		case EXCEPTION:
			id = spdx_exception_id(token);
			if (!id || !str_eq_c(token, id))
				return false;
			want = OPERATOR_NO_WITH;
			break;
		case OPERATOR:
		case OPERATOR_NO_WITH:
			if (str_eq(token, STR(")")) && depth) {
				depth--;
				want = OPERATOR_NO_WITH;
			} else if (str_eq(token, STR("AND")) || str_eq(token, STR("OR"))) {
				want = OPERAND;
			} else if (want == OPERATOR && str_eq(token, STR("WITH"))) {
				want = EXCEPTION;
			} else {
				return false;
			}
			break;
		}
	}
	return !depth && (want == OPERATOR || want == OPERATOR_NO_WITH);
}
