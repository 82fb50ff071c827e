/* RubySec's ruby-advisory-db (gems/NAME/ID.yml), one document an advisory. It states what is NOT affected: patched_versions and unaffected_versions
 * are lists of requirements ("~> 1.2.3, >= 1.2.3.4": all of a line, any of the lines); everything else is affected. */
#include "format/feeds/feed_util.h"
#include "format/feeds/feed_yaml.h"

static int add_id(struct arena *a, const struct value *root, struct str key, const char *prefix, struct str *ret)
{
	struct str text = value_text(value_get(root, key));
	*ret = STR("");
	if (text.n == 0)
		return 0;
	*ret = str_has_prefix(text, str_c(prefix)) ? text : arena_printf(a, "%s%.*s", prefix, STR_FMT(text));
	return ret->p ? 0 : -1;
}

/* "~> 5.2.4, >= 5.2.4.3" is fixed by 5.2.4.3: the last lower bound of a line; a bound that is not reached itself keeps its sign. */
static int add_fixed(struct arena *a, struct str requirement, struct str_vec *out)
{
	struct str part, fixed = STR_NONE;
	while (str_next(&requirement, ',', &part)) {
		part = str_trim(part);
		if (str_has_prefix(part, STR(">=")) || str_has_prefix(part, STR("~>")) || str_has_prefix(part, STR("==")))
			fixed = str_trim(str_from(part, 2));
		else if (str_has_prefix(part, STR("=")))
			fixed = str_trim(str_from(part, 1));
		else if (str_has_prefix(part, STR(">")) || (part.n && char_is_digit(part.p[0])))
			fixed = part;
	}
	return fixed.n && !vec_push(a, out, fixed) ? -1 : 0;
}

static int add_cvss(struct arena *a, const struct value *root, struct str key, uint8_t version, struct cvss_vec *out)
{
	double score;
	const struct value *v = value_get(root, key);
	if (!v || (value_double(v, &score) < 0 && str_to_double(value_text(v), &score) < 0) || score <= 0 || score > 10)
		return 0;
	struct cvss_entry e = { .score = score, .version = version };
	return vec_push(a, out, e) ? 0 : -1;
}

static int read_document(struct arena *a, const struct value *root, struct feed_record *rec)
{
	struct str cve, ghsa, osvdb;
	struct feed_affected f = { .ecosystem = STR("RubyGems"), .name = value_text(value_get_c(root, "gem")), .line = rec->line };
	if (add_id(a, root, STR("cve"), "CVE-", &cve) < 0 || add_id(a, root, STR("ghsa"), "GHSA-", &ghsa) < 0 ||
	    add_id(a, root, STR("osvdb"), "OSVDB-", &osvdb) < 0)
		return -1;
	rec->id = cve.n ? cve : ghsa.n ? ghsa : osvdb;
	rec->unit = STR("rubysec");
	rec->source = STR("ruby-advisory-db");
	rec->title = value_str_c(root, "title");
	rec->description = value_str_c(root, "description");
	rec->published = value_text(value_get_c(root, "date"));
	if (rec->id.n && !vec_push(a, &rec->ids, rec->id))
		return -1;
	if ((cve.n && ghsa.n && !vec_push(a, &rec->aliases, ghsa)) || (rec->id.n && osvdb.n && !str_eq(osvdb, rec->id) && !vec_push(a, &rec->aliases, osvdb)))
		return -1;
	struct str url = value_str_c(root, "url");
	if (url.n && !vec_push(a, &rec->references, url))
		return -1;
	if (feed_add_strings(a, &rec->references, value_path(root, "related", "url", NULL), 100) < 0 ||
	    feed_add_strings(a, &f.unaffected, value_get_c(root, "patched_versions"), 1000) < 0 ||
	    feed_add_strings(a, &f.unaffected, value_get_c(root, "unaffected_versions"), 1000) < 0 ||
	    add_cvss(a, root, STR("cvss_v4"), 40, &rec->cvss) < 0 || add_cvss(a, root, STR("cvss_v3"), 31, &rec->cvss) < 0 ||
	    add_cvss(a, root, STR("cvss_v2"), 20, &rec->cvss) < 0)
		return -1;
	value_foreach(v, value_get_c(root, "patched_versions")) {
		if (add_fixed(a, value_text(v), &f.fixed) < 0)
			return -1;
	}
	f.status = f.fixed.n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	f.all_versions = f.unaffected.n == 0;
	return vec_push(a, &rec->affected, f) ? 0 : -1;
}

static int document(void *ctx, struct arena *a, const struct yaml_document *doc, struct str name, struct feed_sink *sink, struct error *err)
{
	struct feed_record rec = { .line = doc->line };
	if (!value_get_c(doc->doc.root, "gem")) {
		feed_passed_over(sink, name, doc->line, "no advisory (no key `gem`)");
		return 0;
	}
	if (read_document(a, doc->doc.root, &rec) < 0)
		return error_nomem(err);
	if (rec.id.n == 0 || rec.affected.v[0].name.n == 0)
		return feed_unreadable(sink, name, doc->line, "advisory without cve, ghsa or osvdb, or without a gem");
	int r = feed_note_date(sink, rec.published, err);
	return r < 0 ? r : feed_emit(sink, &rec, err);
}

int feed_read_rubysec(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	return feed_each_yaml(scratch, name, content, sink, document, NULL, err);
}
