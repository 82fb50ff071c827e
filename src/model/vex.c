#include "model/vex.h"

static const char *const status_names[] = { [VEX_NOT_AFFECTED] = "not_affected", [VEX_AFFECTED] = "affected", [VEX_FIXED] = "fixed",
					    [VEX_UNDER_INVESTIGATION] = "under_investigation" };

const char *vex_status_name(enum vex_status s)
{
	return status_names[s];
}

int vex_status_parse(struct str word, enum vex_status *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
		if (str_eq_c(word, status_names[i])) {
			*ret = (enum vex_status)i;
			return 0;
		}
	return ERR_NOT_FOUND;
}

const char *vex_justification(size_t i)
{
	static const char *const names[] = { "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
					     "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist" };
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}
