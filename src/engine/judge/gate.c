#include "engine/judge/judge.h"

static int parse_threshold(struct str text, struct gate *ret, struct error *err)
{
	struct str number = text;
	ret->or_equal = str_strip_prefix(&number, STR("="));
	number = str_trim(number);
	bool percent = str_strip_suffix(&number, STR("%"));
	if (str_to_double(number, &ret->threshold) < 0)
		return error_set(err, ERR_USAGE, "\"epss>%.*s\": a probability is meant, such as epss>0.5 or epss>=50%%", STR_FMT(text));
	if (percent)
		ret->threshold /= 100;
	if (!(ret->threshold >= 0 && ret->threshold <= 1))
		return error_set(err, ERR_USAGE, "\"epss>%.*s\": a probability lies between 0 and 1", STR_FMT(text));
	return 0;
}

int gate_parse(struct str text, struct gate *ret, struct error *err)
{
	struct gate g = { .text = text };
	struct str head = str_trim(text), rest;
	bool compares = str_cut(head, '>', &head, &rest);
	head = str_trim(head);
	if (compares && str_eq_nocase(head, STR("epss"))) {
		int r = parse_threshold(rest, &g, err);
		if (r < 0)
			return r;
		g.kind = GATE_EPSS;
		*ret = g;
		return 0;
	}
	static const struct {
		struct str word;
		enum gate_kind kind;
		enum severity severity;
	} words[] = {
		{ STR_INIT("critical"), GATE_SEVERITY, SEVERITY_CRITICAL }, { STR_INIT("high"), GATE_SEVERITY, SEVERITY_HIGH },
		{ STR_INIT("medium"), GATE_SEVERITY, SEVERITY_MEDIUM }, { STR_INIT("low"), GATE_SEVERITY, SEVERITY_LOW },
		{ STR_INIT("unknown"), GATE_UNKNOWN, SEVERITY_UNKNOWN }, { STR_INIT("any"), GATE_ANY, SEVERITY_UNKNOWN },
		{ STR_INIT("kev"), GATE_KEV, SEVERITY_UNKNOWN },
	};
	for (size_t i = 0; !compares && i < ARRAY_LEN(words); i++) {
		if (str_eq_nocase(head, words[i].word)) {
			g.kind = words[i].kind;
			g.severity = words[i].severity;
			*ret = g;
			return 0;
		}
	}
	return error_set(err, ERR_USAGE, "\"%.*s\" is no gate (there are: critical, high, medium, low, unknown, any, kev, 'epss>0.5')", STR_FMT(text));
}

static void judge_finding(const struct finding *f, const struct gate *gate, struct verdict *v)
{
	const struct vulnerability *known = f->vulnerability;
	if (!judge_has_severity(f->kind))
		return;
	switch (gate->kind) {
	case GATE_SEVERITY:
		v->count += f->severity != SEVERITY_UNKNOWN && f->severity >= gate->severity;
		v->unjudged += f->severity == SEVERITY_UNKNOWN;
		return;
	case GATE_UNKNOWN:
		v->count += f->severity == SEVERITY_UNKNOWN;
		return;
	case GATE_ANY:
	case GATE_SHOWN:
		v->count++;
		return;
	case GATE_KEV:
		v->count += known && known->kev;
		return;
	case GATE_EPSS:
		if (f->kind != FINDING_VULNERABILITY)
			return;
		if (!known || known->epss < 0)
			v->unjudged++;
		else
			v->count += known->epss > gate->threshold || (gate->or_equal && known->epss >= gate->threshold);
		return;
	case GATE_STRICT:
	case GATE_END_OF_LIFE:
		return;
	}
}

static void judge_strict(const struct report *r, struct verdict *v)
{
	const struct finding *f;
	const struct diag *d;
	size_t reported = 0, unreadable = 0;
	vec_foreach(f, &r->findings) {
		reported += f->kind == FINDING_UNREADABLE;
		if (f->suppressed.active)
			continue;
		v->strict.unreadable += f->kind == FINDING_UNREADABLE;
		v->strict.no_data += f->kind == FINDING_NO_DATA;
		v->strict.end_of_life += f->kind == FINDING_END_OF_LIFE;
		v->strict.unrated += judge_has_severity(f->kind) && f->severity == SEVERITY_UNKNOWN;
	}
	/* The same trouble is there twice, as a diagnostic of the reader and as a finding of the scan; each counts once. */
	vec_foreach(d, &r->facts.diags.list)
		unreadable += d->level == DIAG_UNREADABLE;
	if (unreadable > reported)
		v->strict.unreadable += unreadable - reported;
	v->strict.starter_only = r->starter_only;
	v->count = v->strict.unreadable + v->strict.no_data + v->strict.end_of_life + v->strict.unrated + v->strict.starter_only;
}

void judge_gate(const struct report *r, const struct gate *gate, struct verdict *ret)
{
	struct verdict v = { .gate = gate };
	const struct finding *f;
	if (gate->kind == GATE_STRICT)
		judge_strict(r, &v);
	vec_foreach(f, &r->findings) {
		if (f->suppressed.active)
			continue;
		if (gate->kind == GATE_END_OF_LIFE)
			v.count += f->kind == FINDING_END_OF_LIFE;
		else
			judge_finding(f, gate, &v);
	}
	*ret = v;
}
