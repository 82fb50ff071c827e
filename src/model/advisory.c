#include "model/advisory.h"

const char *advisory_status_name(enum advisory_status s)
{
	switch (s) {
	case ADVISORY_AFFECTED:
		return "affected";
	case ADVISORY_FIXED:
		return "fixed";
	case ADVISORY_NOT_AFFECTED:
		return "not_affected";
	case ADVISORY_UNDER_INVESTIGATION:
		return "under_investigation";
	case ADVISORY_WILL_NOT_FIX:
		return "will_not_fix";
	case ADVISORY_FIX_DEFERRED:
		return "fix_deferred";
	case ADVISORY_END_OF_LIFE:
		return "end_of_life";
	}
	return "unknown";
}

enum advisory_status advisory_status_parse(struct str word)
{
	for (int s = ADVISORY_AFFECTED; s <= ADVISORY_END_OF_LIFE; s++)
		if (str_eq_c(word, advisory_status_name((enum advisory_status)s)))
			return (enum advisory_status)s;
	return ADVISORY_AFFECTED;
}
