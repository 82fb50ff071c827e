#include "base/defaults.h"

struct str default_value_at(struct str key, size_t i)
{
	for (size_t k = 0; k < default_value_count; k++)
		if (str_eq(default_values[k].key, key) && i-- == 0)
			return default_values[k].value;
	return STR_NONE;
}
