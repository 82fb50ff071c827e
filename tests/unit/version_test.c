/* src/engine/version, orders: the cases of tests/data/version (one file an order), the ecosystems' own programs as oracles where the machine
 * has them (dpkg, rpm, Python's packaging, node-semver), and laws that hold for any text. */
#include "test.h"

#include "base/buf.h"
#include "engine/version/version.h"

static const struct scheme {
	enum version_scheme scheme;
	const char *name;
	size_t min_cases; /* so that a lost file is noticed */
	const char *alphabet; /* words that random versions are made of, '|' between */
	const char *tame;     /* the same for well-formed versions, after numbers; NULL: as alphabet */
} schemes[] = {
	{ VERSION_DEB, "deb", 40, "0|1|2|9|10|01|.|-|+|~|:|a|b|A|rc|deb11u|~~|.0" },
	{ VERSION_RPM, "rpm", 40, "0|1|2|9|10|01|.|-|+|~|^|_|a|b|A|rc|el8|~~|.0|1:" },
	{ VERSION_APK, "apk", 40, "0|1|2|9|10|01|.|.|_alpha|_beta|_pre|_rc|_p|_git|_cvs|-r|-r1|a|b|.0|_|-" },
	{ VERSION_SEMVER, "semver", 30, "0|1|2|9|10|01|.|.|-|+|a|b|A|rc|alpha|.0|v" },
	{ VERSION_NPM, "npm", 15, "0|1|2|9|10|.|.|-|+|a|b|A|rc|.0", "-rc|-alpha|-alpha.1|-1|-10|-beta.9|-beta.10|-A|-x.7.z|.5|.a|+x" },
	{ VERSION_CARGO, "cargo", 5, "0|1|2|9|10|.|.|-|+|a|b|A|rc|.0" },
	{ VERSION_GO, "go", 20, "0|1|2|9|10|.|.|-|+|v|go|a|rc|beta|.0|+incompatible" },
	{ VERSION_PEP440, "pep440", 60, "0|1|2|9|10|01|.|.|-|_|+|a|b|rc|c|post|dev|alpha|rev|r|!|.0|v|A|local", "a|b1|rc|.0|.10|.1|2|.post1|.post|.dev2|dev|-1|+a|+1.b|.a2|-r3|_c.1|rc.1" },
	{ VERSION_MAVEN, "maven", 50, "0|1|2|9|10|01|.|.|-|a|b|m|rc|cr|sp|ga|final|alpha|SNAPSHOT|foo|x|.0|-0",
	  /* Maven's own order is not transitive when a qualifier stands between dots: 2.foo.0 < 2-rc < 2 < 2.foo.0 */
	  "-alpha|-beta2|-rc-1|-SNAPSHOT|-sp|-jre|-1|-m1|-10|-2" },
	{ VERSION_GEM, "gem", 25, "0|1|2|9|10|01|.|.|-|a|b|A|rc|pre|.0" },
	{ VERSION_NUGET, "nuget", 15, "0|1|2|9|10|01|.|.|-|+|a|b|A|rc|.0" },
	{ VERSION_COMPOSER, "composer", 30, "0|1|2|9|10|01|.|.|-|+|a|b|beta|RC|alpha|dev|-dev|patch|pl|p|x|*|.0|v|dev-|master|foo|@" },
	{ VERSION_NONE, NULL, 0, "0|1|10|01|.|-|a|b" },
};

static int sign(int r)
{
	return (r > 0) - (r < 0);
}

struct pair {
	struct str a, b;
	int expected;
};
VEC_DECLARE(pair_vec, struct pair);

static void load_cases(struct arena *a, const char *scheme, struct pair_vec *out)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/tests/data/version/%s.txt", getenv("BULKHEAD_TOP"), scheme);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	for (char line[4096]; fgets(line, sizeof(line), f);) {
		struct str s = str_trim(str_c(line));
		if (!s.n || s.p[0] == '#')
			continue;
		s = arena_str(a, s);
		int expected = 0;
		size_t at = str_find(s, STR(" = "));
		if (at == STR_NOT_FOUND) {
			expected = str_contains(s, STR(" < ")) ? -1 : 1;
			at = str_find(s, expected < 0 ? STR(" < ") : STR(" > "));
		}
		if (at == STR_NOT_FOUND)
			fail_msg("%s: no relation in \"%s\"", path, line);
		vec_push(a, out, ((struct pair){ str_sub(s, 0, at), str_from(s, at + 3), expected }));
	}
	fclose(f);
}

static void test_cases(void **state)
{
	for (size_t i = 0; schemes[i].name; i++) {
		struct arena a;
		struct pair_vec cases = { 0 };
		arena_init(&a, 0);
		load_cases(&a, schemes[i].name, &cases);
		const struct pair *c;
		vec_foreach(c, &cases) {
			int r = sign(version_compare(schemes[i].scheme, c->a, c->b)), back = sign(version_compare(schemes[i].scheme, c->b, c->a));
			if (r != c->expected || back != -c->expected)
				fail_msg("%s: %.*s %c %.*s, got %d and %d", schemes[i].name, STR_FMT(c->a), c->expected < 0 ? '<' : c->expected ? '>' : '=', STR_FMT(c->b), r, back);
		}
		assert_true(cases.n >= schemes[i].min_cases);
		arena_release(&a);
	}
}

/* Random texts, the same on every run. */

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

static struct str random_version(struct arena *a, const char *alphabet, unsigned numbers)
{
	struct str words[64], all = str_c(alphabet);
	uint32_t n = 0;
	while (n < ARRAY_LEN(words) && str_next(&all, '|', &words[n]))
		n++;
	char text[128] = { 0 };
	size_t length = 0, parts = numbers ? random_below(5) : 1 + random_below(8);
	for (unsigned i = 0; i < numbers; i++) {
		if (i)
			text[length++] = '.';
		text[length++] = (char)('0' + random_below(3));
	}
	for (size_t i = 0; i < parts; i++) {
		struct str w = words[random_below(n)];
		memcpy(text + length, w.p, w.n);
		length += w.n;
	}
	return arena_str(a, str_make(text, length));
}

/* A total preorder: reflexive, antisymmetric, transitive; and equal texts compare alike with any third. */
static void test_laws(void **state)
{
	enum { POOL = 70 };
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct arena a;
		struct str pool[POOL];
		static signed char order[POOL][POOL];
		arena_init(&a, 0);
		for (unsigned round = 0; round < 8; round++) {
			const char *tame = schemes[i].tame ? schemes[i].tame : schemes[i].alphabet;
			bool well_formed = round % 2;
			for (size_t x = 0; x < POOL; x++)
				pool[x] = random_version(&a, well_formed ? tame : schemes[i].alphabet, well_formed ? 1 + round / 2 : 0);
			for (size_t x = 0; x < POOL; x++)
				for (size_t y = 0; y < POOL; y++)
					order[x][y] = (signed char)sign(version_compare(schemes[i].scheme, pool[x], pool[y]));
			for (size_t x = 0; x < POOL; x++)
				for (size_t y = 0; y < POOL; y++) {
					if (order[x][y] != -order[y][x])
						fail_msg("%s: %.*s and %.*s: %d, %d", schemes[i].name, STR_FMT(pool[x]), STR_FMT(pool[y]), order[x][y], order[y][x]);
					bool chain = order[x][y] <= 0 && (well_formed || schemes[i].scheme != VERSION_MAVEN);
					for (size_t z = 0; chain && z < POOL; z++)
						if (order[y][z] <= 0 && (order[x][z] > 0 || (order[x][z] == 0 && (order[x][y] || order[y][z]))))
							fail_msg("%s: %.*s <= %.*s <= %.*s but not the ends", schemes[i].name, STR_FMT(pool[x]), STR_FMT(pool[y]),
								 STR_FMT(pool[z]));
				}
		}
		arena_release(&a);
	}
}

/* Oracles: a shell command reads lines "a<TAB>b" and prints -1, 0 or 1 a line, or "?" where it cannot compare. */
static const struct oracle {
	const char *name;
	enum version_scheme scheme;
	const char *data;
	unsigned numbers; /* that a version must begin with */
	const char *probe, *command;
} oracles[] = {
	{ "dpkg", VERSION_DEB, "deb", 1, "dpkg --version",
	  "while IFS='\t' read -r a b; do if dpkg --compare-versions \"$a\" lt \"$b\" 2>/dev/null; then echo -1; elif dpkg --compare-versions \"$a\" eq \"$b\" "
	  "2>/dev/null; then echo 0; elif dpkg --compare-versions \"$a\" gt \"$b\" 2>/dev/null; then echo 1; else echo '?'; fi; done" },
	{ "rpm", VERSION_RPM, "rpm", 1, "rpm --eval '%{lua: print(rpm.vercmp(\"1\",\"2\"))}' | grep -q -- -1",
	  "rpm --eval \"%{lua: for l in io.lines('$F') do local t = l:find('\\t', 1, true) io.write(rpm.vercmp(l:sub(1, t - 1), l:sub(t + 1)), '\\n') end}\" | "
	  "tr -d '\\t ' | grep ." },
	{ "packaging", VERSION_PEP440, "pep440", 1, "python3 -c 'import packaging.version'",
	  "python3 -c 'import sys\nfrom packaging.version import Version\nfor l in sys.stdin:\n a, b = l.rstrip(\"\\n\").split(\"\\t\")\n try:\n  a, b = Version(a), Version(b)\n"
	  "  print((a > b) - (a < b))\n except Exception:\n  print(\"?\")'" },
	{ "node-semver", VERSION_NPM, "npm", 3,
	  "node -e 'const p=require(\"path\"),d=p.dirname(require(\"fs\").realpathSync(process.execPath));for(const m of [\"semver\",p.join(d,\"../lib/node_modules/npm/node_modules/semver\"),"
	  "p.join(d,\"../share/nodejs/semver\")])try{require(m);process.exit(0)}catch(e){};process.exit(1)'",
	  "node -e 'const p=require(\"path\"),d=p.dirname(require(\"fs\").realpathSync(process.execPath));let s;for(const m of [\"semver\",p.join(d,\"../lib/node_modules/npm/node_modules/semver\"),"
	  "p.join(d,\"../share/nodejs/semver\")])try{s=require(m);break}catch(e){};"
	  "for(const l of require(\"fs\").readFileSync(0,\"utf8\").trim().split(\"\\n\")){const [a,b]=l.split(\"\\t\");try{console.log(s.compare(a,b,true))}catch(e){console.log(\"?\")}}'" },
};

static size_t ask_oracle(const struct oracle *o, const struct pair_vec *pairs)
{
	char path[] = "/tmp/bulkhead-version-XXXXXX", line[64];
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	assert_non_null(f);
	const struct pair *p;
	vec_foreach(p, pairs)
		fprintf(f, "%.*s\t%.*s\n", STR_FMT(p->a), STR_FMT(p->b));
	fclose(f);
	struct buf command;
	buf_init(&command, 1 << 16);
	buf_addf(&command, "F=%s; export F; { %s\n} <%s", path, o->command, path);
	buf_add_char(&command, 0);
	FILE *out = popen(command.p, "r");
	assert_non_null(out);
	size_t answered = 0, lines = 0;
	struct buf wrong; /* all of them, then fail: one run shows the pattern */
	buf_init(&wrong, 1 << 16);
	vec_foreach(p, pairs) {
		if (!fgets(line, sizeof(line), out))
			break;
		lines++;
		if (line[0] == '?')
			continue;
		answered++;
		int theirs = line[0] == '-' ? -1 : line[0] == '1', ours = sign(version_compare(o->scheme, p->a, p->b));
		if (ours != theirs && wrong.n < 1000)
			buf_addf(&wrong, "\n%s says %d for %.*s and %.*s, we %d", o->name, theirs, STR_FMT(p->a), STR_FMT(p->b), ours);
	}
	pclose(out);
	unlink(path);
	buf_release(&command);
	if (wrong.n)
		fail_msg("%.*s", STR_FMT(buf_str(&wrong)));
	if (lines != pairs->n)
		fail_msg("%s answered %zu of %zu", o->name, lines, pairs->n);
	return answered;
}

static void test_oracles(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(oracles); i++) {
		const struct oracle *o = &oracles[i];
		char probe[2048];
		snprintf(probe, sizeof(probe), "{ %s; } >/dev/null 2>&1", o->probe);
		if (system(probe) != 0) {
			printf("SKIPPED oracle %s: not on this machine\n", o->name);
			continue;
		}
		struct arena a;
		struct pair_vec pairs = { 0 };
		arena_init(&a, 0);
		load_cases(&a, o->data, &pairs);
		/* dpkg is asked by one or more processes a pair */
		size_t random_pairs = o->scheme == VERSION_DEB ? 150 : 1500;
		const struct scheme *scheme = schemes;
		while (scheme->scheme != o->scheme)
			scheme++;
		for (size_t k = 0; k < random_pairs; k++) {
			/* node's loose reading splits odd numbers ("1.2.02.b" is 1.2.0-2.b) in ways we do not follow */
			const char *words = scheme->tame && (k % 2 || o->scheme == VERSION_NPM) ? scheme->tame : scheme->alphabet;
			vec_push(&a, &pairs, ((struct pair){ random_version(&a, words, o->numbers), random_version(&a, words, o->numbers), 0 }));
		}
		size_t answered = ask_oracle(o, &pairs);
		printf("oracle %s: %zu of %zu pairs answered, all as ours\n", o->name, answered, pairs.n);
		assert_true(answered > random_pairs / 5);
		arena_release(&a);
	}
}

static void test_valid_and_prerelease(void **state)
{
	static const struct {
		enum version_scheme scheme;
		const char *version;
		bool valid, prerelease;
	} cases[] = {
		{ VERSION_DEB, "1:2.30.2-1~bpo1", true, false }, { VERSION_DEB, "abc", false, false }, { VERSION_DEB, "1.0-", false, false },
		{ VERSION_DEB, "1.0_1", false, false }, { VERSION_RPM, "1:1.0~rc1-1.el8", true, false }, { VERSION_RPM, "1.0/1", false, false },
		{ VERSION_APK, "1.2.3_rc1-r4", true, true }, { VERSION_APK, "1.2-4", false, false }, { VERSION_APK, "1.2_p1", true, false },
		{ VERSION_SEMVER, "1.2.3", true, false }, { VERSION_SEMVER, "1.2.3-rc.1+b", true, true }, { VERSION_SEMVER, "1.2", false, false },
		{ VERSION_SEMVER, "01.2.3", false, false }, { VERSION_SEMVER, "1.2.3-01", false, true }, { VERSION_SEMVER, "1.2.3+01", true, false },
		{ VERSION_SEMVER, "1.2.3-", false, true }, { VERSION_SEMVER, "1.2.3-a..b", false, true }, { VERSION_SEMVER, "1.2.3-a.", false, true },
		{ VERSION_NPM, "v1.2.3", true, false }, { VERSION_NPM, "latest", false, true }, { VERSION_CARGO, "0.1.0-alpha.1", true, true },
		{ VERSION_GO, "v1.2.3+incompatible", true, false }, { VERSION_GO, "go1.21rc2", true, true }, { VERSION_GO, "go1.21.5", true, false },
		{ VERSION_GO, "(devel)", false, true }, { VERSION_GO, "v0.0.0-20191109021931-daa7c04131f5", true, true }, { VERSION_GO, "v1", true, false },
		{ VERSION_PEP440, "1.0.post1", true, false }, { VERSION_PEP440, "1.0rc1", true, true }, { VERSION_PEP440, "1.0.dev1", true, true },
		{ VERSION_PEP440, "2004d", false, false }, { VERSION_PEP440, "1.0+", false, false }, { VERSION_PEP440, "1.0+a..b", false, false },
		{ VERSION_PEP440, "", false, false }, { VERSION_PEP440, "1!", false, false }, { VERSION_PEP440, "1.0-", false, false }, { VERSION_PEP440, "1.", false, false },
		{ VERSION_MAVEN, "1.0-SNAPSHOT", true, true }, { VERSION_MAVEN, "1.0.Final", true, false }, { VERSION_MAVEN, "1.0-M1", true, true },
		{ VERSION_MAVEN, "1.0-jre", true, false }, { VERSION_MAVEN, "", false, false }, { VERSION_GEM, "1.0.0.rc1", true, true },
		{ VERSION_GEM, "1.0.0", true, false }, { VERSION_GEM, "a.b", false, true }, { VERSION_GEM, "1..0", false, false }, { VERSION_GEM, "1.0-x86", true, true },
		{ VERSION_NUGET, "1.2.3.4", true, false }, { VERSION_NUGET, "1.2.3.4.5", false, false }, { VERSION_NUGET, "1.0-BETA", true, true },
		{ VERSION_COMPOSER, "1.0.x-dev", true, true }, { VERSION_COMPOSER, "dev-master", true, true }, { VERSION_COMPOSER, "1.0-foo", false, true },
		{ VERSION_COMPOSER, "1.0.0-p1", true, false }, { VERSION_COMPOSER, "1.0.0-beta.2", true, true }, { VERSION_COMPOSER, "foo", false, true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str v = str_c(cases[i].version);
		if (version_is_valid(cases[i].scheme, v) != cases[i].valid)
			fail_msg("\"%s\" (order %d) should be %s", cases[i].version, cases[i].scheme, cases[i].valid ? "valid" : "refused");
		if (version_is_prerelease(cases[i].scheme, v) != cases[i].prerelease)
			fail_msg("\"%s\" (order %d) should be %s pre-release", cases[i].version, cases[i].scheme, cases[i].prerelease ? "a" : "no");
	}
}

/* The limit, and texts at it that would need the most room. */
static void test_long(void **state)
{
	static const char *const patterns[] = { "1a", ".a1", "-", "1-", "a", "1", ".", "1.a1-", "~1", "^1", "_p1", "-r1", "+1", "\xff", "-dev", "x." };
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		for (size_t size = VERSION_TEXT_MAX - 2; size <= VERSION_TEXT_MAX + 2; size++) {
			char *text = arena_alloc(&a, size);
			for (size_t k = 0; k < size; k++)
				text[k] = patterns[i][k % strlen(patterns[i])];
			struct str v = str_make(text, size), w = str_make(text, size - 1);
			for (unsigned s = 0; s < VERSION_SCHEME_COUNT; s++) {
				int r = sign(version_compare((enum version_scheme)s, v, w));
				assert_int_equal(r, -sign(version_compare((enum version_scheme)s, w, v)));
				if (size > VERSION_TEXT_MAX)
					assert_int_equal(r, 1);
				version_is_valid((enum version_scheme)s, v);
				version_is_prerelease((enum version_scheme)s, v);
			}
		}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_laws), cmocka_unit_test(test_oracles),
					    cmocka_unit_test(test_valid_and_prerelease), cmocka_unit_test(test_long) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
