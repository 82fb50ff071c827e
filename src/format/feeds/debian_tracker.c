/* Debian's security tracker as JSON (security-tracker.debian.org/tracker/data/json):
 *
 *   { "openssl": { "CVE-2023-0286": { "description": "…", "scope": "remote", "releases": {
 *       "bullseye": { "status": "resolved", "fixed_version": "1.1.1n-0+deb11u4", "urgency": "not yet assigned", "repositories": {…},
 *                     "nodsa": "Minor issue", "nodsa_reason": "ignored" } } } } }
 *
 * status: resolved (fixed_version "0": never affected), open, undetermined (passed over, as Trivy does). urgency: low, medium, high,
 * unimportant (with ** when set by the tracker), end-of-life. nodsa_reason: "" no advisory will come, "ignored", "postponed". */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

static enum severity urgency_severity(struct str urgency)
{
	enum severity s = SEVERITY_UNKNOWN;
	while (str_strip_suffix(&urgency, STR("*")))
		;
	return severity_parse(urgency, &s) == 0 ? s : SEVERITY_UNKNOWN;
}

static int add_release(const struct feed_context *ctx, struct arena *a, struct str codename, const struct value *rel, struct str package,
		       struct feed_record *rec, struct feed_sink *sink, struct str file)
{
	struct str status = value_str_c(rel, "status"), fixed = value_str_c(rel, "fixed_version"), urgency = value_str_c(rel, "urgency");
	struct feed_affected f = { .ecosystem = feed_debian_ecosystem(ctx, a, codename), .name = package, .severity = urgency_severity(urgency), .line = rec->line };
	if (!f.ecosystem.p)
		return -1;
	if (f.ecosystem.n == 0)
		return 0; /* sid, experimental */
	if (str_eq_c(status, "resolved")) {
		struct advisory_range range = { .high = fixed };
		if (fixed.n == 0 || str_eq_c(fixed, "0"))
			return 0;
		f.status = ADVISORY_FIXED;
		return vec_push(a, &f.ranges, range) && vec_push(a, &f.fixed, fixed) && vec_push(a, &rec->affected, f) ? 0 : -1;
	}
	if (str_eq_c(status, "undetermined")) {
		sink->passed_over++;
		return 0;
	}
	if (!str_eq_c(status, "open")) {
		feed_unreadable(sink, file, rec->line, "%.*s %.*s %.*s: unknown status \"%.*s\"", STR_FMT(package), STR_FMT(rec->id), STR_FMT(codename),
				STR_FMT(str_sub(status, 0, 40)));
		return 0;
	}
	struct str reason = value_str_c(rel, "nodsa_reason");
	f.all_versions = true;
	f.status = str_eq_c(urgency, "end-of-life")  ? ADVISORY_END_OF_LIFE :
		   str_eq_c(reason, "ignored")	     ? ADVISORY_WILL_NOT_FIX :
		   str_eq_c(reason, "postponed")     ? ADVISORY_FIX_DEFERRED :
						       ADVISORY_AFFECTED;
	return vec_push(a, &rec->affected, f) ? 0 : -1;
}

int feed_read_debian_tracker(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct json_pieces packages, vulnerabilities;
	struct str package, text, id, body;
	uint32_t line, inner;
	int r = json_pieces_init(&packages, content, err), s;
	if (r < 0)
		return r;
	while ((r = json_pieces_next(&packages, &package, &text, &line, err)) > 0) {
		if (json_pieces_init(&vulnerabilities, text, NULL) < 0) {
			feed_unreadable(sink, name, line, "%.*s: no object", STR_FMT(str_sub(package, 0, 80)));
			continue;
		}
		while ((s = json_pieces_next(&vulnerabilities, &id, &body, &inner, err)) > 0) {
			struct document doc;
			struct error bad;
			arena_clear(scratch);
			struct feed_record rec = { .id = id, .unit = STR("debian:tracker"), .source = STR("debian"), .line = line + inner - 1 };
			s = json_parse(scratch, body, &opt, &doc, NULL, &bad);
			if (s == ERR_NOMEM)
				return error_nomem(err);
			if (s < 0 || doc.root->kind != VALUE_OBJECT) {
				feed_unreadable(sink, name, rec.line, "%.*s: %s", STR_FMT(id), s < 0 ? bad.text : "no object");
				continue;
			}
			if (!id.n || !package.n) {
				feed_unreadable(sink, name, rec.line, "vulnerability or package without a name");
				continue;
			}
			rec.description = value_str_c(doc.root, "description");
			if (!vec_push(scratch, &rec.ids, id))
				return error_nomem(err);
			value_foreach_member(m, value_get_c(doc.root, "releases")) {
				if (add_release(ctx, scratch, m->key, &m->value, package, &rec, sink, name) < 0)
					return error_nomem(err);
			}
			if ((s = feed_emit(sink, &rec, err)) < 0)
				return s;
		}
		if (s < 0)
			return s;
	}
	return r;
}
