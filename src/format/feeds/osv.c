/* OSV schema 1.x (ossf.github.io/osv-schema): one record, an array of records, or JSON lines. Resolved as the conformance script and Trivy
 * do: CVE aliases count before the record's own id and each gets its own entry; GIT ranges and withdrawn records are passed over. */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

/* The home database by the record's id (osv-schema, "Defined Databases"). */
static const struct {
	struct str prefix;
	const char *source;
} homes[] = {
	{ STR_INIT("ALBA-"), "alma" },       { STR_INIT("ALEA-"), "alma" },      { STR_INIT("ALPINE-"), "alpine" },  { STR_INIT("ALSA-"), "alma" },
	{ STR_INIT("AZL-"), "azure" },       { STR_INIT("BIT-"), "bitnami" },    { STR_INIT("CGA-"), "chainguard" }, { STR_INIT("DEBIAN-"), "debian" },
	{ STR_INIT("DLA-"), "debian" },      { STR_INIT("DSA-"), "debian" },     { STR_INIT("DTSA-"), "debian" },    { STR_INIT("GHSA-"), "ghsa" },
	{ STR_INIT("GO-"), "govulndb" },     { STR_INIT("MAL-"), "malicious-packages" }, { STR_INIT("MGASA-"), "mageia" }, { STR_INIT("NODEWG-"), "nodejs-security-wg" },
	{ STR_INIT("OESA-"), "openeuler" },  { STR_INIT("PYSEC-"), "osv-pypi" }, { STR_INIT("RETIREJS-"), "retirejs" }, { STR_INIT("RHBA-"), "redhat" },
	{ STR_INIT("RHEA-"), "redhat" },     { STR_INIT("RHSA-"), "redhat" },    { STR_INIT("RLSA-"), "rocky" },     { STR_INIT("RUSTSEC-"), "rustsec" },
	{ STR_INIT("RXSA-"), "rocky" },      { STR_INIT("SUSE-"), "suse-cvrf" }, { STR_INIT("UBUNTU-"), "ubuntu" },  { STR_INIT("USN-"), "ubuntu" },
	{ STR_INIT("openSUSE-"), "suse-cvrf" },
};

static struct str home_of(struct str id, struct str ecosystem)
{
	for (size_t i = 0; i < ARRAY_LEN(homes); i++)
		if (str_has_prefix(id, homes[i].prefix))
			return str_c(homes[i].source);
	return str_eq_c(ecosystem, "Maven") && feed_is_cve(id) ? STR("victims") : STR("osv");
}

static struct str event_text(const struct value *event, struct str key)
{
	return value_text(value_get(event, key));
}

/* Events of one range in the order given -> intervals. A second "fixed" without an "introduced" before it is a fix of another branch: it is
 * shown, and the interval stays as it was. */
static int read_range(struct arena *a, const struct value *range, struct feed_affected *out)
{
	struct advisory_range cur = { 0 };
	bool open = false;
	if (str_eq_c(value_str_c(range, "type"), "GIT"))
		return 0;
	value_foreach(e, value_get_c(range, "events")) {
		struct str v = event_text(e, STR("introduced"));
		if (v.n) {
			if (open && !vec_push(a, &out->ranges, cur))
				return -1;
			cur = (struct advisory_range){ .low = str_eq_c(v, "0") ? STR_NONE : v };
			open = true;
			continue;
		}
		bool fixed = true;
		v = event_text(e, STR("fixed"));
		if (!v.n) {
			v = event_text(e, STR("last_affected"));
			fixed = false;
		}
		if (!v.n)
			continue;
		if (fixed && !vec_push(a, &out->fixed, v))
			return -1;
		if (!open)
			continue;
		cur.high = v;
		cur.high_closed = !fixed;
		if (!vec_push(a, &out->ranges, cur))
			return -1;
		open = false;
	}
	return open && !vec_push(a, &out->ranges, cur) ? -1 : 0;
}

/* AlmaLinux and Rocky state module streams only in the summary: "Important: nodejs:12 security update", and mark builds by ".module". Without
 * a stream in the summary the list stays empty. */
#define MODULES_MAX 8
static int modules_of(struct arena *a, struct str summary, const struct feed_affected *f, struct str_vec *out)
{
	bool modular = false;
	struct str word;
	for (size_t i = 0; i < f->fixed.n && !modular; i++)
		modular = str_contains(f->fixed.v[i], STR(".module"));
	while (modular && str_next_word(&summary, &word) && out->n < MODULES_MAX) {
		str_strip_suffix(&word, STR(","));
		size_t colon = str_find_char(word, ':');
		if (colon == STR_NOT_FOUND || colon == 0 || colon + 1 == word.n || str_find_char(str_from(word, colon + 1), ':') != STR_NOT_FOUND)
			continue;
		if (!vec_push(a, out, word))
			return -1;
	}
	return 0;
}

static enum severity word_severity(struct str word)
{
	enum severity s = SEVERITY_UNKNOWN;
	return severity_parse(word, &s) == 0 ? s : SEVERITY_UNKNOWN;
}

/* "Important: nodejs:12 security update": the first word of an erratum's summary is its rating. */
static enum severity erratum_severity(struct str summary)
{
	struct str head, rest;
	return str_cut(summary, ':', &head, &rest) && str_find_char(head, ' ') == STR_NOT_FOUND ? word_severity(head) : SEVERITY_UNKNOWN;
}

static int read_severities(struct arena *a, const struct value *list, struct feed_record *rec, enum severity *ret_word)
{
	value_foreach(s, list) {
		struct str type = value_str_c(s, "type"), score = value_str_c(s, "score");
		if (!str_has_prefix(type, STR("CVSS_"))) {
			if (word_severity(score) > *ret_word)
				*ret_word = word_severity(score);
			continue;
		}
		struct cvss_entry e = { .vector = score, .score = -1, .version = feed_cvss_version(score) };
		bool seen = score.n == 0 || score.n > 400 || rec->cvss.n >= 16;
		for (size_t i = 0; i < rec->cvss.n && !seen; i++)
			seen = str_eq(rec->cvss.v[i].vector, score);
		if (!seen && !vec_push(a, &rec->cvss, e))
			return -1;
	}
	return 0;
}

static int read_affected(struct arena *a, const struct value *affected, struct feed_record *rec, struct str summary)
{
	const struct value *package = value_get_c(affected, "package");
	struct feed_affected f = { .ecosystem = value_str_c(package, "ecosystem"), .name = value_str_c(package, "name") };
	if (f.ecosystem.n == 0 || f.name.n == 0)
		return 0;
	value_foreach(range, value_get_c(affected, "ranges")) {
		if (read_range(a, range, &f) < 0)
			return -1;
	}
	if (feed_add_strings(a, &f.versions, value_get_c(affected, "versions"), SIZE_MAX) < 0)
		return -1;
	if (f.ranges.n == 0 && f.versions.n == 0)
		return 0;
	f.status = f.fixed.n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	const struct value *specific = value_get_c(affected, "ecosystem_specific");
	struct str word = value_str_c(specific, "severity");
	if (word.n == 0)
		word = value_str_c(specific, "urgency");
	f.severity = word_severity(word);
	if (read_severities(a, value_get_c(affected, "severity"), rec, &f.severity) < 0)
		return -1;
	if (!feed_ecosystem_is_language(f.ecosystem)) {
		if (f.severity == SEVERITY_UNKNOWN)
			f.severity = erratum_severity(summary);
		struct str_vec modules = { 0 };
		if (modules_of(a, summary, &f, &modules) < 0)
			return -1;
		for (size_t i = 0; i < modules.n; i++) {
			f.module = modules.v[i];
			if (!vec_push(a, &rec->affected, f))
				return -1;
		}
		if (modules.n)
			return 0;
	}
	return vec_push(a, &rec->affected, f) ? 0 : -1;
}

static int add_cves(struct arena *a, struct str_vec *ids, const struct value *array)
{
	value_foreach(v, array) {
		if (feed_is_cve(value_text(v)) && feed_add_id(a, ids, value_text(v)) < 0)
			return -1;
	}
	return 0;
}

/* CVE aliases; for distributions, whose advisories bundle several, the CVEs they are upstream of or related to; else the own id. */
static int choose_ids(struct arena *a, const struct value *root, bool language, struct feed_record *rec)
{
	if (feed_is_cve(rec->id) && feed_add_id(a, &rec->ids, rec->id) < 0)
		return -1;
	if (add_cves(a, &rec->ids, value_get_c(root, "aliases")) < 0)
		return -1;
	if (rec->ids.n == 0 && !language &&
	    (add_cves(a, &rec->ids, value_get_c(root, "upstream")) < 0 || add_cves(a, &rec->ids, value_get_c(root, "related")) < 0))
		return -1;
	return rec->ids.n || feed_add_id(a, &rec->ids, rec->id) == 0 ? 0 : -1;
}

static int read_texts(struct arena *a, const struct value *root, struct feed_record *rec)
{
	const struct value *specific = value_get_c(root, "database_specific");
	rec->title = value_str_c(root, "summary");
	rec->description = value_str_c(root, "details");
	if (rec->title.n == 0)
		rec->title = feed_title_from(a, rec->description);
	value_foreach(ref, value_get_c(root, "references")) {
		struct str url = value_str_c(ref, "url");
		if (url.n && rec->references.n < 1000 && !vec_push(a, &rec->references, url))
			return -1;
	}
	rec->published = value_str_c(root, "published");
	rec->modified = value_str_c(root, "modified");
	enum severity word = word_severity(value_str_c(specific, "severity"));
	if (read_severities(a, value_get_c(root, "severity"), rec, &word) < 0)
		return -1;
	rec->severity = word;
	double score;
	struct str v2 = value_str_c(specific, "cvss_v2");
	if (v2.n && str_to_double(v2, &score) == 0 && score > 0 && score <= 10) {
		struct cvss_entry e = { .score = score, .version = 20 };
		if (!vec_push(a, &rec->cvss, e))
			return -1;
	}
	return feed_add_strings(a, &rec->aliases, value_get_c(root, "aliases"), 100) < 0 ||
			       feed_add_strings(a, &rec->cwes, value_get_c(specific, "cwe_ids"), 100) < 0 ?
		       -1 :
		       0;
}

static int read_record(struct arena *a, const struct value *root, struct str name, uint32_t line, struct feed_sink *sink, struct error *err)
{
	struct feed_record rec = { .id = value_str_c(root, "id"), .line = line };
	const struct value *affected = value_get_c(root, "affected");
	if (rec.id.n == 0 || rec.id.n > 200)
		return feed_unreadable(sink, name, line, "OSV record without a usable id");
	if (affected && affected->kind != VALUE_ARRAY && affected->kind != VALUE_NULL)
		return feed_unreadable(sink, name, line, "%.*s: \"affected\" is no list", STR_FMT(rec.id));
	if (value_count(affected, VALUE_ARRAY) > FEED_AFFECTED_MAX)
		return feed_unreadable(sink, name, line, "%.*s: more than %d affected packages", STR_FMT(rec.id), FEED_AFFECTED_MAX);
	struct str ecosystem = value_get_str(value_get_c(value_at(affected, 0), "package"), STR("ecosystem"));
	bool language = feed_ecosystem_is_language(ecosystem);
	rec.source = home_of(rec.id, ecosystem);
	struct str family = feed_ecosystem_family(ecosystem);
	rec.unit = arena_printf(a, "osv:%.*s", STR_FMT(family));
	struct str withdrawn = value_str_c(root, "withdrawn");
	rec.withdrawn = withdrawn.n > 0;
	if (rec.withdrawn)
		sink->passed_over++;
	if (!rec.unit.p || choose_ids(a, root, language, &rec) < 0 || read_texts(a, root, &rec) < 0)
		return error_nomem(err);
	if (rec.severity == SEVERITY_UNKNOWN && !language)
		rec.severity = erratum_severity(rec.title);
	value_foreach(f, affected) {
		if (!rec.withdrawn && read_affected(a, f, &rec, rec.title) < 0)
			return error_nomem(err);
	}
	int r = feed_note_date(sink, feed_record_date(&rec), err);
	return r < 0 ? r : feed_emit(sink, &rec, err);
}

int feed_read_osv(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct str text = str_trim(content);
	struct document doc;
	struct error bad;
	int r;
	if (text.n && text.p[0] == '[') {
		struct json_pieces p;
		struct str key, value;
		uint32_t line;
		if ((r = json_pieces_init(&p, content, err)) < 0)
			return r;
		while ((r = json_pieces_next(&p, &key, &value, &line, err)) > 0) {
			arena_clear(scratch);
			if ((r = json_parse(scratch, value, &opt, &doc, NULL, &bad)) == ERR_NOMEM)
				return error_nomem(err);
			r = r < 0 ? feed_unreadable(sink, name, line, "%s", bad.text) : read_record(scratch, doc.root, name, line, sink, err);
			if (r < 0)
				return r;
		}
		return r;
	}
	struct json_records it;
	uint32_t line;
	json_records_init(&it, scratch, content, &opt);
	while ((r = json_records_next(&it, scratch, sink, &doc, &line, err)) > 0)
		if ((r = read_record(scratch, doc.root, name, line, sink, err)) < 0)
			return r;
	return r;
}
