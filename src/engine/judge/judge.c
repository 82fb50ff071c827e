#include "engine/judge/judge.h"
#include "base/map.h"

bool judge_has_severity(enum finding_kind kind)
{
	return kind != FINDING_UNREADABLE && kind != FINDING_END_OF_LIFE && kind != FINDING_NO_DATA;
}

static bool section_fits(enum ignore_section section, enum finding_kind kind)
{
	switch (section) {
	case IGNORE_ANY:
		return true;
	case IGNORE_VULNERABILITIES:
		return kind == FINDING_VULNERABILITY;
	case IGNORE_MISCONFIGURATIONS:
		return kind == FINDING_MISCONFIGURATION;
	case IGNORE_SECRETS:
		return kind == FINDING_SECRET;
	case IGNORE_LICENSES:
		return kind == FINDING_LICENSE;
	}
	return false;
}

static struct str without_slash(struct str path)
{
	while (path.n && path.p[0] == '/')
		path = str_from(path, 1);
	return path;
}

/* Trivy compares a path with the package's file, also inside an archive ("app.jar/BOOT-INF/lib/x.jar"). */
static int path_fits(struct arena *a, const struct ignore_rule *rule, const struct finding *f, bool *ret, struct error *err)
{
	const struct package *p = f->subject.package;
	const struct str *glob;
	struct str path = p ? p->path : f->subject.path, full = path;
	if (p && p->nested_path.n && !(full = arena_printf(a, "%.*s/%.*s", STR_FMT(path), STR_FMT(p->nested_path))).p)
		return error_nomem(err);
	*ret = rule->paths.n == 0;
	vec_foreach(glob, &rule->paths) {
		struct str g = without_slash(*glob);
		*ret |= str_glob(g, path) || (full.n != path.n && str_glob(g, full));
	}
	return 0;
}

static bool any_purl_fits(const struct ignore_rule *rule, const struct package *p, const struct distro *distro)
{
	const struct package_pattern *purl;
	vec_foreach(purl, &rule->purls) {
		if (p && package_pattern_fits(purl, p, distro))
			return true;
	}
	return rule->purls.n == 0;
}

/* Rules by identifier: map from id to the rules that have it, in file order. */
/* Trivy names one check "DS-0002" and "AVD-DS-0002". */
static struct str rule_key(struct str id)
{
	str_strip_prefix(&id, STR("AVD-"));
	return id;
}

static int index_rules(struct arena *a, struct ignore_rule_vec *rules, struct map *ret, struct error *err)
{
	map_init(ret, a);
	for (size_t i = 0; i < rules->n; i++) {
		bool is_new;
		void **slot = map_at(ret, rule_key(rules->v[i].id), &is_new);
		if (slot && is_new)
			*slot = arena_new(a, struct u32_vec);
		struct u32_vec *list = slot ? *slot : NULL;
		uint32_t index = (uint32_t)i;
		if (!list || !vec_push(a, list, index))
			return error_nomem(err);
	}
	return 0;
}

/* The first rule in file order that one of the finding's names leads to and whose other parts agree. */
static int find_rule(struct arena *a, const struct map *by_id, struct ignore_rule_vec *rules, struct str name, const struct finding *f,
		     const struct distro *distro, struct ignore_rule **best, struct error *err)
{
	const struct u32_vec *list = map_get(by_id, rule_key(name));
	for (size_t i = 0; list && i < list->n; i++) {
		struct ignore_rule *rule = &rules->v[list->v[i]];
		bool fits;
		if ((*best && rule >= *best) || rule->expired || !section_fits(rule->section, f->kind))
			continue;
		int r = path_fits(a, rule, f, &fits, err);
		if (r < 0)
			return r;
		if (fits && any_purl_fits(rule, f->subject.package, distro))
			*best = rule;
	}
	return 0;
}

static int suppress(struct arena *a, struct finding *f, struct ignore_rule *rule, struct error *err)
{
	rule->hits++;
	f->suppressed = (struct suppression){ .active = true, .reason = rule->reason, .until = rule->until, .status = STR("ignored") };
	f->suppressed.by = arena_printf(a, "%.*s:%u", STR_FMT(rule->file), rule->line);
	return f->suppressed.by.p ? 0 : error_nomem(err);
}

int judge_ignore(struct arena *a, struct finding_vec *findings, const struct distro *distro, struct ignore_rule_vec *rules, int64_t today,
		 struct error *err)
{
	struct map by_id;
	struct finding *f;
	int r = index_rules(a, rules, &by_id, err);
	for (size_t i = 0; i < rules->n; i++)
		rules->v[i].expired = rules->v[i].until.n && rules->v[i].until_day <= today;
	vec_foreach(f, findings) {
		struct ignore_rule *best = NULL;
		if (r < 0 || !rules->n)
			break;
		if (f->suppressed.active)
			continue;
		r = find_rule(a, &by_id, rules, f->id, f, distro, &best, err);
		if (r == 0 && f->source_id.n)
			r = find_rule(a, &by_id, rules, f->source_id, f, distro, &best, err);
		for (size_t i = 0; r == 0 && f->vulnerability && i < f->vulnerability->aliases.n; i++)
			r = find_rule(a, &by_id, rules, f->vulnerability->aliases.v[i], f, distro, &best, err);
		if (r == 0 && best)
			r = suppress(a, f, best, err);
	}
	return r;
}

void judge_unfixed(struct finding_vec *findings, struct judge_counts *counts)
{
	size_t kept = 0;
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->v[i];
		if (f->kind == FINDING_VULNERABILITY && f->fixed.n == 0)
			counts->unfixed += !f->suppressed.active;
		else
			findings->v[kept++] = *f;
	}
	findings->n = kept;
}

void judge_filter_severity(struct finding_vec *findings, const bool severities[SEVERITY_COUNT], struct judge_counts *counts)
{
	size_t kept = 0;
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->v[i];
		if (judge_has_severity(f->kind) && !severities[f->severity])
			counts->hidden[f->severity] += !f->suppressed.active;
		else
			findings->v[kept++] = *f;
	}
	findings->n = kept;
}
