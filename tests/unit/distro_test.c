/* model/distro: names, ecosystems, folding, support dates; format/osrelease: every form of file, merging. */
#include "test.h"

#include "format/osrelease/osrelease.h"
#include "model/distro_table.h"

static int64_t days(int y, int m, int d)
{
	/* days from civil, proleptic Gregorian */
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void test_names(void **state)
{
	static const struct {
		const char *id, *version, *codename, *family, *space, *qualifier, *ecosystem;
	} cases[] = {
		{ "debian", "11.6", "bullseye", "debian", "debian", "debian-11.6", "Debian:11" },
		{ "debian", "", "trixie", "debian", "debian", "debian-trixie", "Debian:13" },
		{ "debian", "", "", "debian", "debian", "debian", "" },
		{ "ubuntu", "22.04", "jammy", "ubuntu", "ubuntu", "ubuntu-22.04", "Ubuntu:22.04" },
		{ "alpine", "3.10.4", "", "alpine", "alpine", "3.10.4", "Alpine:v3.10" },
		{ "alpine", "3.22.0_alpha20250108", "", "alpine", "alpine", "3.22.0_alpha20250108", "Alpine:edge" },
		{ "rhel", "8.9", "Ootpa", "redhat", "redhat", "redhat-8.9", "Red Hat:8" },
		{ "centos", "7.9.2009", "Core", "centos", "centos", "centos-7.9.2009", "Red Hat:7" },
		{ "centos-stream", "9", "", "centos-stream", "centos-stream", "centos-stream-9", "" },
		{ "almalinux", "8.4", "", "alma", "alma", "alma-8.4", "AlmaLinux:8" },
		{ "rocky", "9.3", "", "rocky", "rocky", "rocky-9.3", "Rocky Linux:9" },
		{ "ol", "8.9", "", "oracle", "oracle", "oracle-8.9", "Oracle Linux:8" },
		{ "amzn", "2018.03", "", "amazon", "amazon", "amazon-2018.03", "Amazon Linux:1" },
		{ "amzn", "2", "", "amazon", "amazon", "amazon-2", "Amazon Linux:2" },
		{ "amzn", "2023.3.20240108", "", "amazon", "amazon", "amazon-2023.3.20240108", "Amazon Linux:2023" },
		{ "sles", "15.3", "", "sles", "suse", "sles-15.3", "SUSE:Linux Enterprise Server 15 SP3" },
		{ "sles", "15", "", "sles", "suse", "sles-15", "SUSE:Linux Enterprise Server 15" },
		{ "sles", "16.0", "", "sles", "suse", "sles-16.0", "SUSE:Linux Enterprise Server 16.0" },
		{ "sle-micro", "5.5", "", "slem", "suse", "slem-5.5", "SUSE:Linux Enterprise Micro 5.5" },
		{ "opensuse-leap", "15.5", "", "opensuse-leap", "opensuse", "opensuse-leap-15.5", "openSUSE:Leap 15.5" },
		{ "opensuse-tumbleweed", "20240101", "", "opensuse-tumbleweed", "opensuse", "opensuse-tumbleweed-20240101", "openSUSE:Tumbleweed" },
		{ "mariner", "2.0.20230126", "", "cbl-mariner", "cbl-mariner", "cbl-mariner-2.0", "Azure Linux:2" },
		{ "azurelinux", "3.0", "", "azurelinux", "azurelinux", "azurelinux-3.0", "Azure Linux:3" },
		{ "photon", "4.0", "", "photon", "photon", "photon-4.0", "Photon OS:4.0" },
		{ "openeuler", "22.03-LTS-SP3", "", "openeuler", "openeuler", "openeuler-22.03-LTS-SP3", "openEuler:22.03-LTS-SP3" },
		{ "wolfi", "20230201", "", "wolfi", "wolfi", "20230201", "Wolfi" },
		{ "wolfi", "", "", "wolfi", "wolfi", "wolfi", "Wolfi" },
		{ "haiku", "1", "", "haiku", "haiku", "haiku-1", "" },
		{ "", "", "", "", "", "", "" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct distro d = { .id = str_c(cases[i].id), .version = str_c(cases[i].version), .codename = str_c(cases[i].codename) };
		assert_str(distro_trivy_family(&d), cases[i].family);
		assert_str(distro_purl_namespace(&d), cases[i].space);
		assert_str(distro_purl_qualifier(&a, &d), cases[i].qualifier);
		assert_str(distro_ecosystem(&a, &d), cases[i].ecosystem);
	}
	arena_release(&a);
}

static void test_fold(void **state)
{
	static const struct {
		const char *osv, *ours;
	} cases[] = {
		{ "Debian:11", "Debian:11" },
		{ "PyPI", "PyPI" },
		{ "", "" },
		{ "Alpine:v3.10", "Alpine:v3.10" },
		{ "Ubuntu:22.04:LTS", "Ubuntu:22.04" },
		{ "Ubuntu:23.10", "Ubuntu:23.10" },
		{ "Ubuntu:Pro:18.04:LTS", "Ubuntu:18.04" },
		{ "Ubuntu:Pro:FIPS-updates:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04:LTS" },
		{ "Red Hat:enterprise_linux:8::appstream", "Red Hat:8" },
		{ "Red Hat:enterprise_linux:10.0", "Red Hat:10" },
		{ "Red Hat:rhel_eus:8.6::baseos", "Red Hat:rhel_eus:8.6::baseos" },
		{ "SUSE:Linux Enterprise Server 15 SP3", "SUSE:Linux Enterprise Server 15 SP3" },
		{ "SUSE:Linux Enterprise Server 15 SP3-LTSS", "SUSE:Linux Enterprise Server 15 SP3" },
		{ "SUSE:Linux Enterprise Server 15-ESPOS", "SUSE:Linux Enterprise Server 15" },
		{ "SUSE:Linux Enterprise Server 16.0", "SUSE:Linux Enterprise Server 16.0" },
		{ "SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:Linux Enterprise Server 15 SP5" },
		{ "SUSE:Linux Enterprise Module for Python 3 15 SP5", "SUSE:Linux Enterprise Server 15 SP5" },
		{ "SUSE:Linux Enterprise Micro 5.5", "SUSE:Linux Enterprise Micro 5.5" },
		{ "SUSE:Linux Enterprise Micro for Rancher 5.3", "SUSE:Linux Enterprise Micro 5.3" },
		{ "SUSE:Linux Micro 6.0", "SUSE:Linux Enterprise Micro 6.0" },
		{ "SUSE:Linux Enterprise", "SUSE:Linux Enterprise" },
		{ "SUSE:Manager Server 4.3", "SUSE:Manager Server 4.3" },
		{ "Azure Linux:3.0", "Azure Linux:3" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_str(distro_ecosystem_fold(&a, str_c(cases[i].osv)), cases[i].ours);
	arena_release(&a);
}

/* What a scan looks up must be what an import stored: folding is the identity on our own names. */
static void test_fold_is_stable(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < distro_family_count; i++)
		for (size_t j = 0; j < distro_families[i].release_count; j++) {
			struct distro d = { .id = str_c(distro_families[i].id), .version = str_c(distro_families[i].releases[j].version) };
			struct str ours = distro_ecosystem(&a, &d);
			if (!str_eq(distro_ecosystem_fold(&a, ours), ours))
				fail_msg("%.*s folds to something else", STR_FMT(ours));
		}
	arena_release(&a);
}

static void test_support(void **state)
{
	static const struct {
		const char *id, *version, *codename;
		int y, m, d;
		enum distro_support support;
		int eol_y, eol_m, eol_d; /* 0: unknown */
	} cases[] = {
		{ "debian", "11.6", "", 2024, 8, 14, DISTRO_SUPPORTED, 2024, 8, 14 },
		{ "debian", "11.6", "", 2024, 8, 15, DISTRO_EXTENDED, 2024, 8, 14 },
		{ "debian", "11", "", 2026, 9, 1, DISTRO_END_OF_LIFE, 2024, 8, 14 },
		{ "debian", "12.15", "", 2026, 11, 23, DISTRO_EXTENDED, 2026, 7, 11 },
		{ "debian", "", "forky", 2026, 11, 23, DISTRO_SUPPORTED, 0, 0, 0 },
		{ "debian", "3.1", "", 2026, 1, 1, DISTRO_END_OF_LIFE, 2008, 3, 31 },
		{ "debian", "99", "", 2026, 1, 1, DISTRO_SUPPORT_UNKNOWN, 0, 0, 0 },
		{ "debian", "", "", 2026, 1, 1, DISTRO_SUPPORT_UNKNOWN, 0, 0, 0 },
		{ "ubuntu", "18.04", "", 2023, 5, 31, DISTRO_SUPPORTED, 2023, 5, 31 },
		{ "ubuntu", "18.04", "", 2024, 1, 1, DISTRO_PAID_ONLY, 2023, 5, 31 },
		{ "ubuntu", "23.10", "", 2024, 8, 1, DISTRO_END_OF_LIFE, 2024, 7, 11 },
		{ "alpine", "3.10.4", "", 2021, 4, 30, DISTRO_SUPPORTED, 2021, 5, 1 },
		{ "alpine", "3.10.4", "", 2024, 1, 1, DISTRO_END_OF_LIFE, 2021, 5, 1 },
		{ "alpine", "3.1", "", 2024, 1, 1, DISTRO_END_OF_LIFE, 2016, 11, 1 },
		{ "alpine", "3.30.0_alpha20300101", "", 2030, 1, 1, DISTRO_SUPPORTED, 0, 0, 0 },
		{ "rhel", "7.9", "", 2025, 1, 1, DISTRO_PAID_ONLY, 2024, 6, 30 },
		{ "centos", "7.9.2009", "", 2025, 1, 1, DISTRO_END_OF_LIFE, 2024, 6, 30 },
		{ "sles", "15", "", 2020, 1, 1, DISTRO_PAID_ONLY, 2019, 12, 31 },
		{ "sles", "15.3", "", 2026, 1, 1, DISTRO_END_OF_LIFE, 2022, 12, 31 },
		{ "amzn", "2018.03", "", 2024, 1, 1, DISTRO_END_OF_LIFE, 2023, 12, 31 },
		{ "amzn", "2023.3.20240108", "", 2026, 11, 23, DISTRO_SUPPORTED, 2029, 6, 30 },
		{ "mariner", "2.0.20230126", "", 2026, 11, 23, DISTRO_END_OF_LIFE, 2025, 7, 31 },
		{ "azurelinux", "3.0", "", 2026, 11, 23, DISTRO_SUPPORTED, 0, 0, 0 },
		{ "wolfi", "20230201", "", 2030, 1, 1, DISTRO_SUPPORTED, 0, 0, 0 },
		{ "haiku", "1", "", 2026, 1, 1, DISTRO_SUPPORT_UNKNOWN, 0, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct distro d = { .id = str_c(cases[i].id), .version = str_c(cases[i].version), .codename = str_c(cases[i].codename) };
		int64_t eol = -1, want = cases[i].eol_y ? days(cases[i].eol_y, cases[i].eol_m, cases[i].eol_d) : 0;
		enum distro_support got = distro_support_at(&d, days(cases[i].y, cases[i].m, cases[i].d), &eol);
		if (got != cases[i].support || eol != want)
			fail_msg("%s %s: support %d, end day %lld", cases[i].id, cases[i].version, got, (long long)eol);
		assert_int_equal(distro_support_at(&d, days(cases[i].y, cases[i].m, cases[i].d), NULL), got);
	}
	assert_str(distro_release_of_codename(STR("debian"), STR("bullseye")), "11");
	assert_str(distro_release_of_codename(STR("ubuntu"), STR("jammy")), "22.04");
	assert_str(distro_release_of_codename(STR("debian"), STR("")), "");
}

static void test_files(void **state)
{
	static const struct {
		const char *path, *text, *id, *version, *codename, *name;
	} cases[] = {
		{ "etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\nNAME=x\nVERSION_ID=\"11\"\nVERSION_CODENAME=bullseye\nID=debian\n", "debian", "11",
		  "bullseye", "Debian GNU/Linux 11 (bullseye)" },
		{ "usr/lib/os-release", "ID='ubuntu'\r\nVERSION_ID='22.04'\r\nUBUNTU_CODENAME=jammy\r\nNAME=Ubuntu\r\n", "ubuntu", "22.04", "jammy", "Ubuntu" },
		{ "etc/os-release", "# x\n\nID=\"sl-micro\"\nVERSION_ID=\"6.0\"", "sle-micro", "6.0", "", "" },
		{ "etc/os-release", "NAME=\"CentOS Stream\"\nID=\"centos\"\nVERSION_ID=\"9\"\n", "centos-stream", "9", "", "CentOS Stream" },
		{ "etc/os-release", "ID=opensuse\nVERSION_ID=\"42.3\"\nNAME=\"openSUSE Leap\"\n", "opensuse-leap", "42.3", "", "openSUSE Leap" },
		{ "etc/os-release", "ID=opensuse\nVERSION_ID=\"20161225\"\nNAME=openSUSE\n", "opensuse-tumbleweed", "20161225", "", "openSUSE" },
		{ "etc/os-release", "ID=\"openEuler\"\nVERSION=\"22.03 (LTS-SP3)\"\nVERSION_ID=\"22.03\"\nNAME=\"openEuler\"", "openeuler", "22.03-LTS-SP3", "", "openEuler" },
		{ "etc/os-release", "NAME=\"a \\\"b\\\" \\$c\"\nID=x # y\n", "x", "", "", "a \"b\" $c" },
		{ "etc/os-release", "ID=\"unterminated\nVERSION_ID=1\n", "unterminated", "1", "", "" },
		{ "etc/os-release", "garbage\n\0x", "", "", "", "" },
		{ "etc/os-release", "", "", "", "", "" },
		{ "etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\nDISTRIB_DESCRIPTION=\"Ubuntu 14.04 LTS\"\n", "ubuntu", "14.04",
		  "trusty", "Ubuntu 14.04 LTS" },
		{ "etc/debian_version", "11.6\n", "debian", "11.6", "", "" },
		{ "etc/debian_version", "trixie/sid\n", "debian", "", "trixie", "" },
		{ "etc/debian_version", "kali-rolling\n", "debian", "", "", "" },
		{ "etc/debian_version", "\n", "", "", "", "" },
		{ "etc/alpine-release", "3.10.4\n", "alpine", "3.10.4", "", "" },
		{ "etc/redhat-release", "CentOS Linux release 7.9.2009 (Core)\n", "centos", "7.9.2009", "Core", "CentOS Linux release 7.9.2009 (Core)" },
		{ "etc/redhat-release", "Red Hat Enterprise Linux release 8.9 (Ootpa)", "rhel", "8.9", "Ootpa", "Red Hat Enterprise Linux release 8.9 (Ootpa)" },
		{ "etc/redhat-release", "AlmaLinux release 8.4 (Electric Cheetah)\n", "almalinux", "8.4", "Electric Cheetah", "AlmaLinux release 8.4 (Electric Cheetah)" },
		{ "etc/redhat-release", "Anolis OS release 8.6\n", "anolis", "8.6", "", "Anolis OS release 8.6" },
		{ "etc/oracle-release", "Oracle Linux Server release 6.10\n", "ol", "6.10", "", "Oracle Linux Server release 6.10" },
		{ "etc/system-release", "Amazon Linux AMI release 2018.03\n", "amzn", "2018.03", "", "Amazon Linux AMI release 2018.03" },
		{ "etc/mariner-release", "CBL-Mariner 2.0.20230126\nMARINER_BUILD_NUMBER=1\n", "mariner", "2.0.20230126", "", "CBL-Mariner 2.0.20230126" },
		{ "etc/photon-release", "VMware Photon OS 4.0\n", "photon", "4.0", "", "VMware Photon OS 4.0" },
		{ "etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n", "sles", "11.4", "", "SUSE Linux Enterprise Server 11 (x86_64)" },
		{ "etc/SuSE-release", "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n", "opensuse", "13.1", "Bottle", "openSUSE 13.1 (x86_64)" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct distro d;
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		diags_init(&diags, &a);
		struct input in = input_from_str(str_c(cases[i].path), str_c(cases[i].text));
		assert_int_equal(osrelease_parse(&a, &in, &d, &diags, &err), 0);
		if (!str_eq_c(d.id, cases[i].id) || !str_eq_c(d.version, cases[i].version) || !str_eq_c(d.codename, cases[i].codename) || !str_eq_c(d.name, cases[i].name))
			fail_msg("case %zu %s: id \"%.*s\" version \"%.*s\" codename \"%.*s\" name \"%.*s\"", i, cases[i].path, STR_FMT(d.id), STR_FMT(d.version),
				 STR_FMT(d.codename), STR_FMT(d.name));
		assert_int_equal(d.known, cases[i].id[0] != 0);
		int wants = osrelease_wants_etc(in.name, 0, 1) + osrelease_wants_usr(in.name, 0, 1) + osrelease_wants_family(in.name, 0, 1) +
			    osrelease_wants_redhat(in.name, 0, 1) + osrelease_wants_debian(in.name, 0, 1);
		if (wants != 1)
			fail_msg("%s wanted %d times", cases[i].path, wants);
		arena_release(&a);
	}
}

static void test_diagnostics(void **state)
{
	struct arena a;
	struct distro d;
	struct diags diags;
	arena_init(&a, 0);
	diags_init(&diags, &a);
	struct input in = input_from_str(STR("etc/os-release"), STR("ID=debian\nwhat\nNAME=\"x\n"));
	assert_int_equal(osrelease_parse(&a, &in, &d, &diags, NULL), 0);
	assert_int_equal(diags.list.n, 2);
	assert_int_equal(diags.list.v[0].line, 2);
	assert_int_equal(diags.list.v[1].line, 3);
	struct input big = { .name = STR("etc/os-release"), .size = 100u << 20, .data = "" };
	assert_int_equal(osrelease_parse(&a, &big, &d, &diags, NULL), ERR_LIMIT);
	arena_release(&a);
}

static void test_merge(void **state)
{
	static const struct {
		const char *name;
		const char *files[3][2]; /* by priority */
		const char *id, *version, *version_id, *codename;
	} cases[] = {
		{ "debian", { { "etc/os-release", "ID=debian\nVERSION_ID=11\nVERSION_CODENAME=bullseye" }, { "etc/debian_version", "11.6" } }, "debian", "11.6", "11", "bullseye" },
		{ "ubuntu", { { "etc/os-release", "ID=ubuntu\nVERSION_ID=22.04" }, { "etc/debian_version", "bookworm/sid" } }, "ubuntu", "22.04", "22.04", "" },
		{ "oracle", { { "etc/oracle-release", "Oracle Linux Server release 5.11" }, { "etc/redhat-release", "Red Hat Enterprise Linux Server release 5.11 (Tikanga)" } }, "ol", "5.11", "", "" },
		{ "centos 7", { { "etc/os-release", "ID=centos\nNAME=CentOS\nVERSION_ID=7" }, { "etc/redhat-release", "CentOS Linux release 7.9.2009 (Core)" } }, "centos", "7.9.2009", "7", "Core" },
		{ "other major", { { "etc/os-release", "ID=debian\nVERSION_ID=1" }, { "etc/debian_version", "11.6" } }, "debian", "1", "1", "" },
		{ "testing", { { "etc/os-release", "ID=debian\nVERSION_CODENAME=trixie" }, { "etc/debian_version", "trixie/sid" } }, "debian", "", "", "trixie" },
		{ "no id", { { "etc/os-release", "NAME=x" }, { "etc/debian_version", "10.1" } }, "debian", "10.1", "", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct distro all = { 0 };
		arena_init(&a, 0);
		for (size_t j = 0; j < 3 && cases[i].files[j][0]; j++) {
			struct distro d;
			struct input in = input_from_str(str_c(cases[i].files[j][0]), str_c(cases[i].files[j][1]));
			assert_int_equal(osrelease_parse(&a, &in, &d, NULL, NULL), 0);
			distro_merge(&all, &d);
		}
		if (!str_eq_c(all.id, cases[i].id) || !str_eq_c(all.version, cases[i].version) || !str_eq_c(all.version_id, cases[i].version_id) ||
		    !str_eq_c(all.codename, cases[i].codename) || !all.known)
			fail_msg("%s: %.*s %.*s", cases[i].name, STR_FMT(all.id), STR_FMT(all.version));
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_fold),  cmocka_unit_test(test_fold_is_stable), cmocka_unit_test(test_support),
		cmocka_unit_test(test_files), cmocka_unit_test(test_merge), cmocka_unit_test(test_diagnostics),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
