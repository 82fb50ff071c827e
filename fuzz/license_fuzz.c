/* Licence texts: the lenient reader, the strict one, a copyright file. What the lenient one writes the strict one takes, and reads as the same
 * (but for unknown terms that SPDX has one reference for). */
#include "base/base.h"
#include "format/license/copyright.h"
#include "format/license/license.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(const struct license_names *n, struct arena *a, struct str text)
{
	const struct license_expr *e, *again;
	struct error err = { 0 };
	if (license_read(n, a, text, &e, &err) < 0)
		return;
	struct str out = license_text(a, e), shown = license_shown(a, e);
	if (!out.p || !shown.p || out.n > LICENSE_TEXT_MAX)
		return;
	if (license_check(n, a, out, &again, &err) < 0) {
		if (err.code != ERR_LIMIT && err.code != ERR_NOMEM)
			abort();
		return;
	}
	struct str second = license_text(a, again);
	if (!second.p || license_check(n, a, second, &again, &err) < 0)
		return;
	struct str third = license_text(a, again);
	if (third.p && !str_eq(second, third))
		abort();
	if (license_is_known(e) && !str_eq(out, second))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena fixed;
	static struct license_names names;
	static bool ready;
	struct arena a;
	struct str text = { (const char *)data, size }, line;
	struct str_vec licenses = { 0 };
	const struct license_expr *e;
	if (!ready) {
		arena_init(&fixed, ARENA_NO_LIMIT);
		if (license_names_init(&names, &fixed, NULL) < 0)
			abort();
		ready = true;
	}
	arena_init(&a, 32 << 20);
	license_check(&names, &a, text, &e, NULL);
	read_one(&names, &a, text);
	if (copyright_licenses(&a, text, &licenses, NULL) == 0)
		for (size_t i = 0; i < MIN_OF(licenses.n, (size_t)8); i++)
			read_one(&names, &a, licenses.v[i]);
	if (str_next_line(&text, &line))
		copyright_package(line);
	arena_release(&a);
	return 0;
}
