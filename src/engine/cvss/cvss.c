#include "engine/cvss/cvss.h"

#include "engine/cvss/metrics.h"

#define VECTOR_MAX 512 /* the longest CVSS 4 vector has 210 bytes */

/* Index of `value` among "A|B|C"; -1 when it is not there. "-" keeps the place of a value that this metric cannot have. */
static int find_value(const char *values, struct str value)
{
	struct str rest = str_c(values), v;
	for (int i = 0; str_next(&rest, '|', &v); i++)
		if (str_eq(v, value) && !str_eq(v, STR("-")))
			return i;
	return -1;
}

int cvss_read_metrics(struct str text, const struct cvss_metric *table, size_t count, struct cvss_values *ret, struct error *err)
{
	struct cvss_values r = { 0 };
	struct str field, name, value;
	str_strip_suffix(&text, STR("/"));
	while (str_next(&text, '/', &field)) {
		size_t i = 0;
		str_cut(field, ':', &name, &value);
		while (i < count && !str_eq_c(name, table[i].name))
			i++;
		if (i == count)
			return error_set(err, ERR_FORMAT, "CVSS metric \"%.*s\" is not known", STR_FMT(name));
		if (r.given[i])
			return error_set(err, ERR_FORMAT, "CVSS metric %s stands twice", table[i].name);
		int v = find_value(table[i].values, value);
		if (v < 0)
			return error_set(err, ERR_FORMAT, "CVSS metric %s has no value \"%.*s\"", table[i].name, STR_FMT(value));
		r.v[i] = (uint8_t)v;
		r.given[i] = true;
	}
	for (size_t i = 0; i < count; i++)
		if (table[i].required && !r.given[i])
			return error_set(err, ERR_FORMAT, "CVSS metric %s is missing", table[i].name);
	*ret = r;
	return 0;
}

int cvss_parse(struct str vector, struct cvss *ret, struct error *err)
{
	struct str v = str_trim(vector);
	if (v.n > VECTOR_MAX)
		return error_set(err, ERR_FORMAT, "CVSS vector longer than %d bytes", VECTOR_MAX);
	if (v.n > 1 && v.p[0] == '(' && v.p[v.n - 1] == ')') /* how NVD wrote CVSS 2 vectors */
		v = str_sub(v, 1, v.n - 2);
	if (str_strip_prefix(&v, STR("CVSS:3.1/")))
		return cvss3_score(v, 1, ret, err);
	if (str_strip_prefix(&v, STR("CVSS:3.0/")))
		return cvss3_score(v, 0, ret, err);
	if (str_strip_prefix(&v, STR("CVSS:4.0/")))
		return cvss4_score(v, ret, err);
	str_strip_prefix(&v, STR("CVSS:2.0/"));
	if (str_has_prefix(v, STR("CVSS:")))
		return error_set(err, ERR_FORMAT, "CVSS version of \"%.*s\" is not known", STR_FMT(str_sub(v, 0, 12)));
	return cvss2_score(v, ret, err);
}
