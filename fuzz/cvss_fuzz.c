/* CVSS vectors: whatever is taken has scores from 0 to 10 with one decimal. */
#include "engine/cvss/cvss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cvss c;
	if (cvss_parse(str_make((const char *)data, size), &c, NULL) == 0) {
		int base = (int)(c.base * 10 + 0.5), overall = (int)(c.overall * 10 + 0.5);
		if (base < 0 || base > 100 || overall < 0 || overall > 100 || c.base != base / 10.0 || c.overall != overall / 10.0)
			abort();
	}
	return 0;
}
