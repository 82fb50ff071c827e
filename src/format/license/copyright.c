#include "format/license/copyright.h"

#include "base/map.h"

#define DOC "usr/share/doc/"
#define COMMON "/usr/share/common-licenses/"

struct str copyright_package(struct str path)
{
	if (!str_strip_prefix(&path, STR(DOC)) || !str_strip_suffix(&path, STR("/copyright")) || str_find_char(path, '/') != STR_NOT_FOUND)
		return STR_NONE;
	return path;
}

static int add(struct map *seen, struct str license, struct str_vec *out, struct error *err)
{
	bool is_new;
	license = str_trim(license);
	if (!license.n || license.n > COPYRIGHT_LICENSE_BYTES || out->n == COPYRIGHT_LICENSES_MAX)
		return 0;
	license = arena_str(seen->arena, license);
	void **slot = license.p ? map_at(seen, license, &is_new) : NULL;
	if (!slot || (is_new && !vec_push(seen->arena, out, license)))
		return error_nomem(err);
	return 0;
}

/* What a License field says in its first line, without remarks. */
static struct str field_value(struct str value)
{
	struct str rest;
	value = str_trim(value);
	if (!value.n || value.p[0] != '(')
		str_cut(value, '(', &value, &rest);
	value = str_trim(value);
	str_strip_prefix(&value, STR("The main library is licensed under "));
	str_strip_suffix(&value, STR(" license"));
	return value;
}

/* "…/common-licenses/LGPL-2.1'." -> "LGPL-2.1". */
static struct str common_name(struct str s)
{
	size_t n = 0;
	while (n < s.n && (char_is_alnum(s.p[n]) || char_is_one_of(s.p[n], "-.+")))
		n++;
	s = str_sub(s, 0, n);
	while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == '-'))
		s.n--;
	return s;
}

int copyright_licenses(struct arena *a, struct str text, struct str_vec *out, struct error *err)
{
	struct map seen;
	struct str line;
	int r = 0;
	map_init(&seen, a);
	while (r == 0 && str_next_line(&text, &line)) {
		size_t at;
		if (line.n >= 8 && str_eq_nocase(str_sub(line, 0, 8), STR("License:"))) {
			r = add(&seen, field_value(str_from(line, 8)), out, err);
			continue;
		}
		while (r == 0 && (at = str_find(line, STR(COMMON))) != STR_NOT_FOUND) {
			line = str_from(line, at + sizeof(COMMON) - 1);
			r = add(&seen, common_name(line), out, err);
		}
	}
	return r;
}
