#include "model/severity.h"

#include "base/error.h"

static const char *const names[SEVERITY_COUNT] = { "UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL" };

/* Words of the vendors and trackers beside the five names: Debian urgencies, Red Hat and Microsoft ratings, GitHub, Ubuntu, Alpine. */
static const struct {
	struct str word;
	enum severity severity;
} words[] = {
	{ STR_INIT("critical"), SEVERITY_CRITICAL },
	{ STR_INIT("high"), SEVERITY_HIGH },
	{ STR_INIT("important"), SEVERITY_HIGH },
	{ STR_INIT("medium"), SEVERITY_MEDIUM },
	{ STR_INIT("moderate"), SEVERITY_MEDIUM },
	{ STR_INIT("low"), SEVERITY_LOW },
	{ STR_INIT("negligible"), SEVERITY_LOW },
	{ STR_INIT("minimal"), SEVERITY_LOW },
	{ STR_INIT("unimportant"), SEVERITY_LOW },
	{ STR_INIT("info"), SEVERITY_LOW },
	{ STR_INIT("informational"), SEVERITY_LOW },
	{ STR_INIT("none"), SEVERITY_LOW },
	{ STR_INIT(""), SEVERITY_UNKNOWN },
	{ STR_INIT("unknown"), SEVERITY_UNKNOWN },
	{ STR_INIT("undefined"), SEVERITY_UNKNOWN },
	{ STR_INIT("untriaged"), SEVERITY_UNKNOWN },
	{ STR_INIT("unassigned"), SEVERITY_UNKNOWN },
	{ STR_INIT("not yet assigned"), SEVERITY_UNKNOWN },
};

const char *severity_name(enum severity s)
{
	return (unsigned)s < SEVERITY_COUNT ? names[s] : names[SEVERITY_UNKNOWN];
}

int severity_parse(struct str text, enum severity *ret)
{
	text = str_trim(text);
	/* Debian marks an urgency that was set without a human's look with trailing stars ("low**"). */
	while (text.n && text.p[text.n - 1] == '*')
		text.n--;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(text, words[i].word)) {
			*ret = words[i].severity;
			return 0;
		}
	return ERR_NOT_FOUND;
}

enum severity severity_from_score(double score)
{
	if (!(score >= 0.1))
		return SEVERITY_UNKNOWN;
	return score >= 9.0 ? SEVERITY_CRITICAL : score >= 7.0 ? SEVERITY_HIGH : score >= 4.0 ? SEVERITY_MEDIUM : SEVERITY_LOW;
}
