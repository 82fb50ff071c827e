#include "model/finding.h"

const char *finding_kind_name(enum finding_kind k)
{
	switch (k) {
	case FINDING_VULNERABILITY:
		return "vulnerability";
	case FINDING_SECRET:
		return "secret";
	case FINDING_MISCONFIGURATION:
		return "misconfiguration";
	case FINDING_LICENSE:
		return "license";
	case FINDING_NETWORK:
		return "network";
	case FINDING_RUNTIME:
		return "runtime";
	case FINDING_AUDIT:
		return "audit";
	case FINDING_UNREADABLE:
		return "unreadable";
	case FINDING_END_OF_LIFE:
		return "end-of-life";
	case FINDING_NO_DATA:
		return "no-data";
	}
	return "unknown";
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* A lock file or binary is a group of its own; system packages and folded kinds are one group whatever file named them. */
static struct str group_path(const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	return info->os || info->aggregated ? STR_NONE : p->path;
}

/* Where it was found: packages by group and name, all else by place. */
static int compare_subjects(const struct subject *a, const struct subject *b)
{
	int r;
	const struct package *p = a->package, *q = b->package;
	if (!p || !q) {
		if ((r = (p == NULL) - (q == NULL)))
			return r;
		if ((r = compare_numbers(a->kind, b->kind)) || (r = str_cmp(a->path, b->path)) || (r = str_cmp(a->object, b->object)))
			return r;
		return (r = compare_numbers(a->line, b->line)) ? r : compare_numbers(a->col, b->col);
	}
	if ((r = compare_numbers(p->kind, q->kind)) || (r = str_cmp(group_path(p), group_path(q))))
		return r;
	return str_cmp(p->name, q->name);
}

/* Total but for findings that are alike in all that is shown, so the order does not hang on the sort's stability. */
static int compare_findings(const void *x, const void *y)
{
	const struct finding *a = x, *b = y;
	int r;
	if ((r = compare_numbers(a->kind, b->kind)) || (r = compare_subjects(&a->subject, &b->subject)) ||
	    (r = compare_numbers(b->severity, a->severity)) || (r = str_cmp(a->id, b->id)))
		return r;
	const struct package *p = a->subject.package, *q = b->subject.package;
	if (p && q &&
	    ((r = str_cmp(p->version, q->version)) || (r = str_cmp(p->path, q->path)) || (r = str_cmp(p->nested_path, q->nested_path)) ||
	     (r = str_cmp(p->arch, q->arch)) || (r = compare_numbers(p->line, q->line))))
		return r;
	return (r = str_cmp(a->source_id, b->source_id)) ? r : str_cmp(a->data_source, b->data_source);
}

void finding_sort(struct finding_vec *v)
{
	if (v->n > 1)
		qsort(v->v, v->n, sizeof(v->v[0]), compare_findings);
}

void finding_count(const struct finding_vec *v, enum finding_kind kind, size_t ret_counts[SEVERITY_COUNT])
{
	memset(ret_counts, 0, SEVERITY_COUNT * sizeof(ret_counts[0]));
	const struct finding *f;
	vec_foreach(f, v)
		if (f->kind == kind && !f->suppressed.active && (unsigned)f->severity < SEVERITY_COUNT)
			ret_counts[f->severity]++;
}
