/* Alpine's secdb: {"distroversion": "v3.18", "reponame": "main", "packages": [{"pkg": {"name": …, "secfixes": {"1.2-r0": ["CVE-…", …]}}}]}, one
 * file (native main.json, community.json) or JSON lines (key `file`: "v3.10/main.yaml"). The same shape serves Wolfi and Chainguard,
 * whose security.json has no release. The version "0" says that the package never was affected. */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

/* One "id fixed in version" of a package. */
struct secfix {
	struct str id, version;
	uint32_t order;
};
VEC_DECLARE(secfix_vec, struct secfix);

/* Entries are written for people: "CVE-2017-12122 TALOS-2017-0488", "CVE-2018-14467 (BGP)", "CVE_2019-2426", "CVE 2018-16859",
 * "CVE-2019-19451.patch". Every word that looks like an id is one; remarks in parentheses are not. */
static bool looks_like_id(struct str word)
{
	bool digit = false;
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		digit = digit || char_is_digit(c);
		if (!char_is_alnum(c) && c != '-' && c != '_' && c != '.' && c != ':')
			return false;
	}
	return digit && word.n >= 5 && word.n <= 60 && char_is_alpha(word.p[0]) && str_find_char(word, '-') != STR_NOT_FOUND;
}

static int read_ids(struct arena *a, struct str text, struct str version, struct secfix_vec *out, bool *ret_none)
{
	struct str word, before = STR_NONE;
	bool none = true;
	while (str_next_word(&text, &word)) {
		str_strip_suffix(&word, STR(","));
		if (word.n && word.p[0] == '(') { /* a remark lasts to its end */
			while (!str_has_suffix(word, STR(")")) && str_next_word(&text, &word))
				;
			continue;
		}
		struct str id = word;
		str_strip_suffix(&id, STR(".patch"));
		if (str_eq_c(before, "CVE") && id.n && char_is_digit(id.p[0]))
			id = arena_concat(a, STR("CVE-"), id);
		else if (str_has_prefix(id, STR("CVE_")))
			id = arena_concat(a, STR("CVE-"), str_from(id, 4));
		before = word;
		if (!looks_like_id(id))
			continue;
		struct secfix fix = { id, version, (uint32_t)out->n };
		if (!vec_push(a, out, fix))
			return -1;
		none = false;
	}
	*ret_none = none;
	return 0;
}

static int compare_fixes(const void *x, const void *y)
{
	const struct secfix *p = x, *q = y;
	int c = str_cmp(p->id, q->id);
	return c ? c : (p->order > q->order) - (p->order < q->order);
}

struct release {
	struct str ecosystem, unit, source;
};

/* One record an id: a fix listed at several versions gives several ranges; the import takes the highest. */
static int emit_package(struct arena *a, const struct release *rel, struct str name, struct secfix_vec *fixes, uint32_t line, struct feed_sink *sink,
			struct error *err)
{
	if (fixes->n)
		qsort(fixes->v, fixes->n, sizeof(*fixes->v), compare_fixes);
	for (size_t i = 0, j; i < fixes->n; i = j) {
		struct feed_record rec = { .id = fixes->v[i].id, .unit = rel->unit, .source = rel->source, .line = line };
		struct feed_affected f = { .ecosystem = rel->ecosystem, .name = name, .status = ADVISORY_FIXED, .line = line };
		for (j = i; j < fixes->n && str_eq(fixes->v[j].id, rec.id); j++) {
			struct advisory_range range = { .high = fixes->v[j].version };
			if (str_eq_c(range.high, "0"))
				continue;
			if (!vec_push(a, &f.ranges, range) || !vec_push(a, &f.fixed, range.high))
				return error_nomem(err);
		}
		if (!f.ranges.n)
			continue;
		if (!vec_push(a, &rec.ids, rec.id) || !vec_push(a, &rec.affected, f))
			return error_nomem(err);
		int r = feed_emit(sink, &rec, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_package(struct arena *a, const struct release *rel, const struct value *pkg, struct str file, uint32_t line, struct feed_sink *sink,
			struct error *err)
{
	struct str name = value_str_c(pkg, "name");
	struct secfix_vec fixes = { 0 };
	bool none;
	if (name.n == 0)
		return feed_unreadable(sink, file, line, "package without a name");
	value_foreach_member(m, value_get_c(pkg, "secfixes")) {
		if (m->value.kind != VALUE_ARRAY) {
			feed_passed_over(sink, file, line, "%.*s %.*s: no list of ids", STR_FMT(name), STR_FMT(m->key));
			continue;
		}
		value_foreach(v, &m->value) {
			if (read_ids(a, value_text(v), m->key, &fixes, &none) < 0)
				return error_nomem(err);
			if (none)
				feed_passed_over(sink, file, line, "%.*s %.*s: \"%.*s\" names no id", STR_FMT(name), STR_FMT(m->key),
						 STR_FMT(str_sub(value_text(v), 0, 60)));
		}
		if (fixes.n > 1000000)
			return feed_unreadable(sink, file, line, "%.*s: too many fixes", STR_FMT(name));
	}
	return emit_package(a, rel, name, &fixes, line, sink, err);
}

/* Which release this is: distroversion, else the folder of `file`; Wolfi and Chainguard have none and are told by their address. */
static int release_of(struct arena *a, const struct value *root, struct release *ret)
{
	struct str version = value_str_c(root, "distroversion"), repository = value_str_c(root, "reponame"), file = value_str_c(root, "file"), rest;
	struct str prefix = value_str_c(root, "urlprefix");
	bool wolfi = str_contains(prefix, STR("wolfi")), chainguard = str_contains(prefix, STR("chainguard"));
	if (version.n == 0 && file.n)
		str_cut(file, '/', &version, &rest);
	if (wolfi || chainguard) {
		struct str name = wolfi ? STR("Wolfi") : STR("Chainguard");
		*ret = (struct release){ name, arena_printf(a, "alpine:%.*s", STR_FMT(name)), wolfi ? STR("wolfi") : STR("chainguard") };
	} else {
		str_strip_prefix(&version, STR("v"));
		bool number = version.n && char_is_digit(version.p[0]);
		struct str name = arena_printf(a, "Alpine:%s%.*s", number ? "v" : "", STR_FMT(version));
		*ret = (struct release){ name, arena_printf(a, "alpine:%.*s/%.*s", STR_FMT(version), STR_FMT(repository)), STR("alpine") };
		if (version.n == 0)
			return ERR_FORMAT;
	}
	return ret->ecosystem.p && ret->unit.p ? 0 : ERR_NOMEM;
}

int feed_read_alpine(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct json_records it;
	struct document doc;
	uint32_t line;
	int r;
	json_records_init(&it, scratch, content, &opt);
	while ((r = json_records_next(&it, scratch, sink, &doc, &line, err)) > 0) {
		struct release rel;
		if ((r = release_of(scratch, doc.root, &rel)) == ERR_NOMEM)
			return error_nomem(err);
		if (r < 0) {
			feed_unreadable(sink, name, line, "no release named (distroversion)");
			continue;
		}
		const struct value *packages = value_get_c(doc.root, "packages");
		if (packages && packages->kind != VALUE_ARRAY && packages->kind != VALUE_NULL)
			feed_unreadable(sink, name, line, "\"packages\" is no list");
		value_foreach(p, packages) {
			const struct value *pkg = value_get_c(p, "pkg");
			if ((r = read_package(scratch, &rel, pkg ? pkg : p, name, line, sink, err)) < 0)
				return r;
		}
	}
	return r;
}
