#include "test.h"

#include "base/buf.h"
#include "engine/license/license_policy.h"
#include "format/license/copyright.h"
#include "format/license/license_table.h"

struct fixture {
	struct arena arena;
	struct license_names names;
};

static void open_names(struct fixture *f)
{
	arena_init(&f->arena, 64 << 20);
	assert_int_equal(license_names_init(&f->names, &f->arena, NULL), 0);
}

static const struct {
	const char *text, *spdx;
} read_cases[] = {
	/* identifiers, in any case, old and new */
	{ "MIT", "MIT" },
	{ "mit", "MIT" },
	{ "Apache-2.0", "Apache-2.0" },
	{ "GPL-2.0", "GPL-2.0-only" },
	{ "GPL-2.0+", "GPL-2.0-or-later" },
	{ "GPL-2.0-or-later", "GPL-2.0-or-later" },
	{ "LGPL-2.1-only", "LGPL-2.1-only" },
	{ "Apache-2.0+", "Apache-2.0+" },
	{ "GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0" },
	{ "BSD-2-Clause-NetBSD", "BSD-2-Clause" },
	{ "LicenseRef-Something-1.0", "LicenseRef-Something-1.0" },
	{ "0BSD", "0BSD" },
	{ "W3C-20150513", "W3C-20150513" },
	/* Debian */
	{ "GPL-2+", "GPL-2.0-or-later" },
	{ "GPL-2", "GPL-2.0-only" },
	{ "GPL-3+", "GPL-3.0-or-later" },
	{ "LGPL-2.1+", "LGPL-2.1-or-later" },
	{ "LGPL-2+", "LGPL-2.0-or-later" },
	{ "Expat", "MIT" },
	{ "MIT/X11", "MIT" },
	{ "BSD-3-clause", "BSD-3-Clause" },
	{ "BSD-2-clause", "BSD-2-Clause" },
	{ "GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later" },
	{ "GFDL-1.2", "GFDL-1.2-only" },
	{ "public-domain", "LicenseRef-public-domain" },
	{ "Artistic or GPL-1+", "Artistic-1.0-Perl OR GPL-1.0-or-later" },
	{ "GPL-1+ or Artistic, and BSD-3-clause", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause" },
	{ "GPL-2+ with Autoconf exception", "GPL-2.0-or-later WITH Autoconf-exception-generic" },
	{ "GPL-3+ with GCC exception", "GPL-3.0-or-later WITH GCC-exception-3.1" },
	{ "GPL-3+-WITH-BISON-EXCEPTION", "GPL-3.0-or-later WITH Bison-exception-2.2" },
	{ "GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note" },
	{ "BSD-tcp_wrappers", "TCP-wrappers" },
	{ "LGPL-2.1+, GPL-2+", "LGPL-2.1-or-later AND GPL-2.0-or-later" },
	{ "MIT, ISC or Zlib", "MIT OR ISC OR Zlib" },
	/* Fedora and other rpm */
	{ "GPLv2+", "GPL-2.0-or-later" },
	{ "GPLv2", "GPL-2.0-only" },
	{ "LGPLv2+", "LGPL-2.0-or-later" },
	{ "LGPLv3+_or_GPLv2+", "LGPL-3.0-or-later OR GPL-2.0-or-later" },
	{ "ASL 2.0", "Apache-2.0" },
	{ "BSD with advertising", "BSD-4-Clause" },
	{ "Public Domain", "LicenseRef-public-domain" },
	{ "(GPLv2+ or AFL) and GPLv2+", "(GPL-2.0-or-later OR AFL-3.0) AND GPL-2.0-or-later" },
	{ "GPL+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl" },
	{ "BSD and MIT and Boost", "BSD-3-Clause AND MIT AND BSL-1.0" },
	{ "MPLv2.0", "MPL-2.0" },
	{ "GPLv3+ and GPLv3+ with exceptions and GPLv2+ with exceptions and LGPLv2+ and BSD",
	  "GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.0-or-later AND BSD-3-Clause" },
	/* apk */
	{ "MIT BSD GPL2+", "MIT AND BSD-3-Clause AND GPL-2.0-or-later" },
	{ "GPL-2.0-only AND (BSD-2-Clause OR MIT)", "GPL-2.0-only AND (BSD-2-Clause OR MIT)" },
	{ "MPL-2.0 GPL-2.0-or-later", "MPL-2.0 AND GPL-2.0-or-later" },
	/* Python classifiers and fields */
	{ "MIT License", "MIT" },
	{ "The MIT License (MIT)", "MIT" },
	{ "Apache Software License", "Apache-2.0" },
	{ "Apache License, Version 2.0", "Apache-2.0" },
	{ "Apache 2.0 License", "Apache-2.0" },
	{ "BSD License", "BSD-3-Clause" },
	{ "Python Software Foundation License", "PSF-2.0" },
	{ "Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0" },
	{ "GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later" },
	{ "GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only" },
	{ "GNU General Public License (GPL)", "GPL-1.0-or-later" },
	{ "GNU Library or Lesser General Public License (LGPL)", "LGPL-2.0-or-later" },
	{ "Historical Permission Notice and Disclaimer (HPND)", "HPND" },
	{ "BSD 3-Clause", "BSD-3-Clause" },
	{ "3-Clause BSD License", "BSD-3-Clause" },
	{ "BSD-3-Clause OR Apache-2.0", "BSD-3-Clause OR Apache-2.0" },
	{ "Dual License", "LicenseRef-Dual-License" },
	{ "['MIT']", "MIT" },
	/* npm, Cargo, gems, Maven */
	{ "(MIT OR Apache-2.0)", "MIT OR Apache-2.0" },
	{ "MIT/Apache-2.0", "MIT OR Apache-2.0" },
	{ "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT" },
	{ "UNLICENSED", "LicenseRef-UNLICENSED" },
	{ "SEE LICENSE IN LICENSE.md", "LicenseRef-SEE-LICENSE-IN-LICENSE.md" },
	{ "The Apache Software License, Version 2.0", "Apache-2.0" },
	{ "http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0" },
	{ "https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0" },
	{ "Eclipse Public License v. 2.0", "EPL-2.0" },
	{ "EPL 2.0", "EPL-2.0" },
	{ "GNU Lesser General Public License, version 2.1", "LGPL-2.1-only" },
	{ "CDDL + GPLv2 with classpath exception", "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0" },
	{ "GPL2 w/ CPE", "GPL-2.0-only WITH Classpath-exception-2.0" },
	{ "GNU General Public License, version 2 (GPL2), with the classpath exception", "GPL-2.0-only WITH Classpath-exception-2.0" },
	{ "COMMON DEVELOPMENT AND DISTRIBUTION LICENSE (CDDL) Version 1.0", "CDDL-1.0" },
	{ "Common Development and Distribution License 1.1", "CDDL-1.1" },
	{ "Ruby", "Ruby" },
	{ "BSD 2-Clause \"Simplified\" License", "BSD-2-Clause" },
	{ "GPL (>= 2)", "GPL-2.0-or-later" },
	{ "CC0 1.0 Universal", "CC0-1.0" },
	{ "Unlicense", "Unlicense" },
	/* what is known stays apart from what is not */
	{ "MIT AND Frobozz Magic Licence", "MIT AND LicenseRef-Frobozz-Magic-Licence" },
	{ "MIT OR ", "LicenseRef-MIT-OR" },
	{ "", "LicenseRef-unknown" },
	{ "()", "LicenseRef-unknown" },
	{ "\xff\xfe\x01", "LicenseRef-unknown" },
	{ "MIT AND MIT", "MIT" },
	{ "GPL-2.0-only with magic exception", "LicenseRef-GPL-2.0-only-with-magic-exception" },
};

static void reads_what_packages_write(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	for (size_t i = 0; i < ARRAY_LEN(read_cases); i++) {
		const struct license_expr *e = NULL, *again = NULL;
		assert_int_equal(license_read(&f.names, &f.arena, str_c(read_cases[i].text), &e, NULL), 0);
		struct str got = license_text(&f.arena, e);
		if (!str_eq_c(got, read_cases[i].spdx))
			fail_msg("\"%s\": %.*s instead of %s", read_cases[i].text, STR_FMT(got), read_cases[i].spdx);
		/* What is written is an expression, and reading it gives the same. */
		struct error err = { 0 };
		if (license_check(&f.names, &f.arena, got, &again, &err) < 0)
			fail_msg("\"%s\": %s", read_cases[i].text, err.text);
		if (!str_eq(license_text(&f.arena, again), got))
			fail_msg("\"%s\": not the same when read again", read_cases[i].text);
	}
	arena_release(&f.arena);
}

static const struct {
	const char *text, *spdx; /* NULL: refused */
} check_cases[] = {
	{ "MIT", "MIT" },
	{ "mit", "MIT" },
	{ "GPL-2.0+", "GPL-2.0+" },
	{ "Apache-2.0+", "Apache-2.0+" },
	{ "MIT AND (Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0)", "MIT AND (Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0)" },
	{ "MIT OR ISC AND Zlib", "MIT OR ISC AND Zlib" },
	{ "(MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib" },
	{ "((MIT))", "MIT" },
	{ "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2", "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2" },
	{ "MIT and ISC", NULL },
	{ "MIT ISC", NULL },
	{ "MIT OR", NULL },
	{ "OR MIT", NULL },
	{ "(MIT", NULL },
	{ "MIT)", NULL },
	{ "", NULL },
	{ "Frobozz", NULL },
	{ "MIT/ISC", NULL },
	{ "MIT WITH ISC", NULL },
	{ "GPL-2.0-only WITH", NULL },
	{ "GPL-2.0-only WITH Classpath exception 2.0", NULL },
	{ "(MIT OR ISC) WITH Classpath-exception-2.0", NULL },
	{ "LicenseRef-", NULL },
	{ "LicenseRef-a_b", NULL },
};

static void checks_as_the_specification(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	for (size_t i = 0; i < ARRAY_LEN(check_cases); i++) {
		const struct license_expr *e = NULL;
		struct error err = { 0 };
		int r = license_check(&f.names, &f.arena, str_c(check_cases[i].text), &e, &err);
		if (!check_cases[i].spdx && r != ERR_FORMAT)
			fail_msg("\"%s\": taken (%d)", check_cases[i].text, r);
		if (check_cases[i].spdx && (r < 0 || !str_eq_c(license_text(&f.arena, e), check_cases[i].spdx)))
			fail_msg("\"%s\": %s", check_cases[i].text, err.text);
	}
	arena_release(&f.arena);
}

static const struct {
	const char *text, *category;
} category_cases[] = {
	{ "MIT", "notice" },
	{ "AGPL-3.0-only", "forbidden" },
	{ "GPL-3.0-only", "restricted" },
	{ "GPL-2.0-only WITH Classpath-exception-2.0", "restricted" },
	{ "MPL-2.0", "reciprocal" },
	{ "CC0-1.0", "unencumbered" },
	{ "Frobozz", "unknown" },
	{ "MIT OR GPL-3.0-only", "notice" },
	{ "MIT AND GPL-3.0-only", "restricted" },
	{ "MIT AND (GPL-3.0-only OR Unlicense)", "notice" },
	{ "GPL-3.0-only AND Frobozz", "restricted" },
	{ "MIT AND Frobozz", "unknown" },
	{ "MIT OR Frobozz", "notice" },
	{ "Frobozz OR Foobar", "unknown" },
};

static void categories(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	for (size_t i = 0; i < ARRAY_LEN(category_cases); i++) {
		const struct license_expr *e = NULL;
		assert_int_equal(license_read(&f.names, &f.arena, str_c(category_cases[i].text), &e, NULL), 0);
		const char *got = license_category_name(license_category_of(e));
		if (strcmp(got, category_cases[i].category) != 0)
			fail_msg("%s: %s", category_cases[i].text, got);
	}
	arena_release(&f.arena);
}

#define NONE LICENSE_NO_RULE
static const struct {
	const char *allow, *deny, *text;
	enum license_verdict verdict;
} policy_cases[] = {
	{ "", "", "MIT", NONE },
	{ "MIT", "", "MIT", LICENSE_ALLOWED },
	{ "mit", "", "Expat", LICENSE_ALLOWED },
	{ "MIT", "", "ISC", LICENSE_NOT_ALLOWED },
	{ "MIT", "", "MIT OR GPL-3.0-only", LICENSE_ALLOWED },
	{ "MIT", "", "MIT AND GPL-3.0-only", LICENSE_NOT_ALLOWED },
	{ "MIT", "", "Frobozz", LICENSE_NOT_ALLOWED },
	{ "Frobozz", "", "frobozz", LICENSE_ALLOWED },
	{ "notice", "", "ISC", LICENSE_ALLOWED },
	{ "BSD-*", "", "BSD-3-Clause", LICENSE_ALLOWED },
	{ "GPLv2", "", "GPL-2.0-only", LICENSE_ALLOWED },
	{ "GPLv2", "", "GPL-2.0-or-later", LICENSE_NOT_ALLOWED },
	{ "GPL-2.0-only", "", "GPL-2.0-only WITH Classpath-exception-2.0", LICENSE_ALLOWED },
	{ "GPL-2.0-only WITH Classpath-exception-2.0", "", "GPL-2.0-only", LICENSE_NOT_ALLOWED },
	{ "", "GPL-*", "GPL-3.0-only", LICENSE_DENIED },
	{ "", "GPL-*", "LGPL-3.0-only", NONE },
	{ "", "GPL-3.0-only", "MIT OR GPL-3.0-only", NONE },
	{ "", "GPL-3.0-only", "MIT AND GPL-3.0-only", LICENSE_DENIED },
	{ "", "GPL-3.0-only", "GPL-3.0-only WITH GCC-exception-3.1", LICENSE_DENIED },
	{ "GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only", "GPL-3.0-only WITH GCC-exception-3.1", LICENSE_ALLOWED },
	{ "MIT", "MIT", "MIT", LICENSE_DENIED },
	{ "", "forbidden", "AGPL-3.0-or-later", LICENSE_DENIED },
	{ "", "unknown", "Frobozz", LICENSE_DENIED },
};

static struct str_vec list_of(struct arena *a, const char *item)
{
	struct str_vec v = { 0 };
	if (*item)
		vec_push(a, &v, str_c(item));
	return v;
}

static void policies(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	for (size_t i = 0; i < ARRAY_LEN(policy_cases); i++) {
		struct str_vec allow = list_of(&f.arena, policy_cases[i].allow), deny = list_of(&f.arena, policy_cases[i].deny);
		struct license_policy p;
		const struct license_expr *e = NULL;
		assert_int_equal(license_policy_make(&f.arena, &f.names, &allow, &deny, &p, NULL), 0);
		assert_int_equal(license_read(&f.names, &f.arena, str_c(policy_cases[i].text), &e, NULL), 0);
		enum license_verdict got = license_policy_judge(&p, e);
		if (got != policy_cases[i].verdict)
			fail_msg("allow %s, deny %s, %s: %d", policy_cases[i].allow, policy_cases[i].deny, policy_cases[i].text, (int)got);
	}
	struct str_vec bad = list_of(&f.arena, "MIT OR ISC"), none = { 0 };
	struct license_policy p;
	assert_int_equal(license_policy_make(&f.arena, &f.names, &bad, &none, &p, NULL), ERR_USAGE);
	arena_release(&f.arena);
}

static const struct {
	const char *text, *licenses; /* joined by '|' */
} copyright_cases[] = {
	{ "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ with Autoconf exception\n text\n\nLicense: Expat\nLicense: GPL-2+ with Autoconf exception\n",
	  "GPL-2+ with Autoconf exception|Expat" },
	{ "License: MIT (Expat)\r\n", "MIT" },
	{ "License:\n some text\n", "" },
	{ "License: The main library is licensed under GPL-2\n", "GPL-2" },
	{ " see /usr/share/common-licenses/LGPL-2.1'. or `/usr/share/common-licenses/GPL-3'\n", "LGPL-2.1|GPL-3" },
	{ "in /usr/share/common-licenses/.\n", "" },
	{ "On Debian systems, /usr/share/common-licenses/GPL.", "GPL" },
	{ "nothing at all", "" },
};

static void copyright_files(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(copyright_cases); i++) {
		struct str_vec v = { 0 };
		struct str all = STR("");
		assert_int_equal(copyright_licenses(&a, str_c(copyright_cases[i].text), &v, NULL), 0);
		for (size_t k = 0; k < v.n; k++)
			all = arena_printf(&a, "%.*s%s%.*s", STR_FMT(all), k ? "|" : "", STR_FMT(v.v[k]));
		if (!str_eq_c(all, copyright_cases[i].licenses))
			fail_msg("case %zu: %.*s", i, STR_FMT(all));
	}
	assert_true(str_eq_c(copyright_package(STR("usr/share/doc/zlib1g/copyright")), "zlib1g"));
	assert_int_equal(copyright_package(STR("usr/share/doc/x/examples/copyright")).n, 0);
	assert_int_equal(copyright_package(STR("usr/share/doc/copyright")).n, 0);
	arena_release(&a);
}

/* No name that is written hides an identifier, and full names mean what they name. */
static void every_identifier_is_itself(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	for (size_t i = 0; i < license_row_count; i++) {
		const struct license_row *row = &license_rows[i];
		const struct license_expr *e = NULL;
		assert_int_equal(license_read(&f.names, &f.arena, str_c(row->id), &e, NULL), 0);
		struct str got = license_text(&f.arena, e);
		if (!str_eq_c(got, row->replaced ? row->replaced : row->id))
			fail_msg("%s is read as %.*s", row->id, STR_FMT(got));
		if (e->op != LICENSE_TERM || (!row->replaced && e->category != row->category))
			fail_msg("%s: another category", row->id);
	}
	for (size_t i = 0; i < license_name_row_count; i++) {
		const struct license_name_row *row = &license_name_rows[i];
		const struct license_expr *e = NULL;
		if (strncmp(row->expression, "WITH ", 5) == 0)
			continue;
		assert_int_equal(license_read(&f.names, &f.arena, str_c(row->text), &e, NULL), 0);
		struct str got = license_text(&f.arena, e);
		if (!str_eq_c(got, row->expression))
			fail_msg("%s is read as %.*s instead of %s", row->text, STR_FMT(got), row->expression);
	}
	arena_release(&f.arena);
}

static void bounds(void **state)
{
	(void)state;
	struct fixture f;
	open_names(&f);
	static const char *const units[] = { "(", "MIT AND ", "a(", ",", "MIT ", "x OR ", "GPL WITH ", ")(", "x, version " };
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		for (size_t n = 0; n < 4000; n++) {
			const struct license_expr *e = NULL;
			buf_add_c(&b, units[i]);
			if (n > 40 && n % 500)
				continue;
			struct arena a;
			arena_init(&a, 16 << 20);
			assert_int_equal(license_read(&f.names, &a, buf_str(&b), &e, NULL), 0);
			assert_non_null(license_text(&a, e).p);
			license_check(&f.names, &a, buf_str(&b), &e, NULL);
			arena_release(&a);
		}
		buf_release(&b);
	}
	arena_release(&f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_packages_write),
		cmocka_unit_test(checks_as_the_specification),
		cmocka_unit_test(every_identifier_is_itself),
		cmocka_unit_test(categories),
		cmocka_unit_test(policies),
		cmocka_unit_test(copyright_files),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
