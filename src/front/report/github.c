#include "base/defaults.h"
#include "format/json/json_write.h"
#include "front/report/rows.h"
#include "front/report/text.h"

/* What GitHub takes beside SARIF: the dependency snapshot of its dependency submission API (packages, as `trivy --format github` writes it) and workflow commands,
 * which a job prints to have findings marked at their lines. Commit and job come from report_options.ci. */
struct github {
	struct json_writer w;
	struct arena arena;
	const struct report *r;
	const struct report_options *opt;
	struct report_section_vec sections;
	struct u32_vec *relations;
	bool failed;
};

static struct str checked(struct github *g, struct str s)
{
	g->failed |= !s.p;
	return s.p ? s : STR("");
}

static struct str clean(struct github *g, struct str s)
{
	return checked(g, text_clean(&g->arena, s));
}

static struct str or_empty(struct str s)
{
	return s.p ? s : STR("");
}

static struct str purl_of(struct github *g, const struct package *p)
{
	return checked(g, package_purl(&g->arena, p, &g->r->facts.distro));
}

static void write_package(struct github *g, struct map *named, uint32_t index)
{
	const struct package *p = &g->r->facts.packages.v[index];
	const struct u32_vec *needs = &g->relations[index];
	struct str purl = purl_of(g, p), name = clean(g, p->name);
	bool is_new;
	/* Names are keys: a package that is there twice gets its version behind it, or is the same one. */
	void **slot = map_at(named, name, &is_new);
	if (slot && !is_new) {
		name = checked(g, arena_printf(&g->arena, "%.*s@%.*s", STR_FMT(name), STR_FMT(clean(g, p->version))));
		slot = map_at(named, name, &is_new);
	}
	g->failed |= !slot;
	if (!slot || !is_new)
		return;
	json_member_object(&g->w, name);
	json_member_string(&g->w, STR("package_url"), purl);
	json_member_string(&g->w, STR("relationship"), p->indirect ? STR("indirect") : STR("direct"));
	json_member_string(&g->w, STR("scope"), p->dev ? STR("development") : STR("runtime"));
	if (needs->n) {
		json_member_array(&g->w, STR("dependencies"));
		for (size_t i = 0; i < needs->n; i++)
			json_string(&g->w, purl_of(g, &g->r->facts.packages.v[needs->v[i]]));
		json_end_array(&g->w);
	}
	json_end_object(&g->w);
}

static void write_manifest(struct github *g, const struct report_section *s)
{
	struct map named;
	map_init(&named, &g->arena);
	json_member_object(&g->w, clean(g, s->target));
	json_member_string(&g->w, STR("name"), clean(g, s->type));
	if (!s->os && !s->aggregated) {
		json_member_object(&g->w, STR("file"));
		json_member_string(&g->w, STR("source_location"), clean(g, s->target));
		json_end_object(&g->w);
	}
	json_member_object(&g->w, STR("resolved"));
	for (size_t i = 0; i < s->packages.n; i++)
		write_package(g, &named, s->packages.v[i]);
	json_end_object(&g->w);
	json_end_object(&g->w);
}

static void write_snapshot(struct github *g)
{
	const struct report_ci *ci = &g->opt->ci;
	const struct report_section *s;
	const struct image_info *image = &g->r->image;
	json_begin_object(&g->w);
	json_member_int(&g->w, STR("version"), 0);
	json_member_object(&g->w, STR("job"));
	json_member_string(&g->w, STR("id"), or_empty(ci->run_id));
	json_member_string(&g->w, STR("correlator"), checked(g, arena_printf(&g->arena, "%.*s%s%.*s", STR_FMT(ci->workflow), ci->workflow.n && ci->job.n ? "_" : "", STR_FMT(ci->job))));
	json_end_object(&g->w);
	json_member_string(&g->w, STR("sha"), or_empty(ci->sha));
	json_member_string(&g->w, STR("ref"), or_empty(ci->ref));
	json_member_object(&g->w, STR("detector"));
	json_member_string(&g->w, STR("name"), STR("bulkhead"));
	json_member_string(&g->w, STR("version"), STR(BULKHEAD_VERSION));
	json_member_string(&g->w, STR("url"), default_get(STR("link.project")));
	json_end_object(&g->w);
	json_member_object(&g->w, STR("metadata"));
	json_member_string_opt(&g->w, STR("bulkhead:RepoTag"), clean(g, image->repo_tags.n ? image->repo_tags.v[0] : image->artifact_name));
	if (image->repo_digests.n)
		json_member_string(&g->w, STR("bulkhead:RepoDigest"), clean(g, image->repo_digests.v[0]));
	json_end_object(&g->w);
	json_member_string(&g->w, STR("scanned"), or_empty(g->r->created));
	json_member_object(&g->w, STR("manifests"));
	vec_foreach(s, &g->sections)
		if (s->packages.n)
			write_manifest(g, s);
	json_end_object(&g->w);
	json_end_object(&g->w);
	buf_add_char(g->w.out, '\n');
}

static int finish(struct github *g, int e, struct buf *out, struct error *err)
{
	if (e == 0 && g->failed)
		e = error_nomem(err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&g->arena);
	return e;
}

int report_github(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct github g = { .r = r, .opt = opt };
	arena_init(&g.arena, ARENA_NO_LIMIT);
	json_writer_init(&g.w, out, 2, 0);
	int e = report_sections(&g.arena, r, &g.sections, err);
	if (e == 0)
		e = report_relations(&g.arena, r, &g.relations, err);
	if (e == 0)
		write_snapshot(&g);
	return finish(&g, e, out, err);
}

/* Workflow commands end at the line; properties also at ':' and ','. */
static void command_text(struct github *g, struct buf *out, struct str s, bool property)
{
	s = clean(g, s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%')
			buf_add_c(out, "%25");
		else if (property && s.p[i] == ':')
			buf_add_c(out, "%3A");
		else if (property && s.p[i] == ',')
			buf_add_c(out, "%2C");
		else
			buf_add_char(out, s.p[i]);
	}
}

int report_github_annotations(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct github g = { .r = r, .opt = opt };
	struct report_row_vec rows = { 0 };
	const struct report_row *row;
	arena_init(&g.arena, ARENA_NO_LIMIT);
	int e = report_rows(&g.arena, r, opt, &rows, err);
	if (e == 0)
		vec_foreach(row, &rows) {
			const struct finding *f = row->finding;
			if (f->suppressed.active)
				continue;
			bool rated = judge_has_severity(f->kind);
			buf_add_c(out, !rated ? "::warning title=" : f->severity >= SEVERITY_HIGH ? "::error title=" : f->severity == SEVERITY_MEDIUM ? "::warning title=" : "::notice title=");
			command_text(&g, out, row->id, true);
			/* Only files of the repository can be marked: lock files and what a source tree holds. */
			if (row->path.n && (row->lock_file || !f->subject.package)) {
				buf_add_c(out, ",file=");
				command_text(&g, out, row->path, true);
				if (row->line)
					buf_addf(out, ",line=%u", row->line);
				if (row->line && row->end_line > row->line)
					buf_addf(out, ",endLine=%u", row->end_line);
			}
			buf_add_c(out, "::");
			command_text(&g, out, row->message, false);
			buf_add_char(out, '\n');
		}
	return finish(&g, e, out, err);
}
