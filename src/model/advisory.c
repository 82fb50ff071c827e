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
