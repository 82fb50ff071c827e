/* Every feed reader over the samples of tests/data/feeds: kind recognised, records, diagnostics. `feeds_test --update` writes what is expected anew. */
#include "test.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "format/bbolt/bbolt.h"
#include "format/feeds/feed.h"

static bool update_expected;

static struct str data_dir(struct arena *a)
{
	const char *top = getenv("BULKHEAD_TOP");
	return arena_printf(a, "%s/tests/data/feeds", top ? top : ".");
}

static bool read_file(struct arena *a, const char *path, struct str *ret)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) < 0)
		return false;
	char *p = malloc((size_t)st.st_size + 1); /* exact copies on the arena would hide reads past the end */
	size_t n = fread(p, 1, (size_t)st.st_size, f);
	fclose(f);
	*ret = arena_str(a, str_make(p, n));
	free(p);
	return true;
}

/* ---- printing records ---------------------------------------------------------------------------------------------------------- */

static void put_list(struct buf *b, const char *name, const struct str_vec *v)
{
	if (!v->n)
		return;
	buf_addf(b, " %s", name);
	for (size_t i = 0; i < v->n; i++)
		buf_addf(b, "%c%.*s", i ? '|' : '=', STR_FMT(v->v[i]));
}

static void put_text(struct buf *b, const char *name, struct str s)
{
	if (s.n)
		buf_addf(b, " %s=\"%.*s\"", name, STR_FMT(str_trim_right(s)));
}

static int print_record(void *ctx, const struct feed_record *r, struct error *err)
{
	struct buf *b = ctx;
	buf_addf(b, "%.*s unit=%.*s source=%.*s", STR_FMT(r->id), STR_FMT(r->unit), STR_FMT(r->source));
	put_text(b, "source-name", r->source_name);
	put_list(b, "ids", &r->ids);
	put_text(b, "title", r->title);
	put_text(b, "description", r->description);
	put_text(b, "published", r->published);
	put_text(b, "modified", r->modified);
	put_list(b, "references", &r->references);
	put_list(b, "aliases", &r->aliases);
	put_list(b, "cwes", &r->cwes);
	for (size_t i = 0; i < r->cvss.n; i++)
		buf_addf(b, " cvss=%.*s/%u/%.*s/%.1f", STR_FMT(r->cvss.v[i].source), r->cvss.v[i].version, STR_FMT(r->cvss.v[i].vector), r->cvss.v[i].score);
	for (size_t i = 0; i < r->ratings.n; i++)
		buf_addf(b, " rating=%.*s/%s", STR_FMT(r->ratings.v[i].source), severity_name(r->ratings.v[i].severity));
	if (r->severity)
		buf_addf(b, " severity=%s", severity_name(r->severity));
	if (r->withdrawn)
		buf_add_c(b, " withdrawn");
	if (r->kev)
		buf_addf(b, " kev=%.*s/%.*s%s", STR_FMT(r->kev_added), STR_FMT(r->kev_due), r->kev_ransomware ? "/ransomware" : "");
	buf_add_c(b, "\n");
	for (size_t i = 0; i < r->affected.n; i++) {
		const struct feed_affected *f = &r->affected.v[i];
		buf_addf(b, "  %.*s %.*s %s", STR_FMT(f->ecosystem), STR_FMT(f->name), advisory_status_name(f->status));
		for (size_t j = 0; j < f->ranges.n; j++)
			buf_addf(b, " [%.*s,%.*s%c", STR_FMT(f->ranges.v[j].low), STR_FMT(f->ranges.v[j].high), f->ranges.v[j].high_closed ? ']' : ')');
		if (f->all_versions)
			buf_add_c(b, " all");
		put_list(b, "versions", &f->versions);
		put_list(b, "fixed", &f->fixed);
		put_list(b, "constraints", &f->constraints);
		put_list(b, "unaffected", &f->unaffected);
		if (f->severity)
			buf_addf(b, " severity=%s", severity_name(f->severity));
		put_text(b, "arch", f->arch);
		put_text(b, "module", f->module);
		put_text(b, "vendor-id", f->vendor_id);
		buf_add_c(b, "\n");
	}
	return 0;
}

static int print_epss(void *ctx, struct str id, double score, double percentile, struct error *err)
{
	buf_addf(ctx, "%.*s epss=%.5f percentile=%.5f\n", STR_FMT(id), score, percentile);
	return 0;
}

/* What the reader of a sample's kind says, as text. */
static void run_sample(struct arena *a, struct str name, struct str content, struct buf *out)
{
	struct arena scratch;
	struct diags diags;
	struct error err = { 0 };
	struct feed_context context = { .arena = a };
	struct feed_sink sink = { .ctx = out, .record = print_record, .epss = print_epss, .diags = &diags };
	arena_init(&scratch, 64 << 20);
	diags_init(&diags, a);
	enum feed_kind kind = feed_recognise(name, content);
	buf_addf(out, "kind: %s\n", feed_kind_name(kind));
	int r = kind == FEED_UNKNOWN ? 0 : feed_read(kind, &context, &scratch, name, content, &sink, &err);
	if (r < 0)
		buf_addf(out, "error: %s\n", err.text);
	for (size_t i = 0; i < diags.list.n; i++)
		buf_addf(out, "%s: %.*s:%u: %.*s\n", diags.list.v[i].level == DIAG_UNREADABLE ? "unreadable" : "note", STR_FMT(diags.list.v[i].path),
			 diags.list.v[i].line, STR_FMT(diags.list.v[i].text));
	buf_addf(out, "records %llu, unreadable %llu, passed over %llu, date %.*s\n", (unsigned long long)sink.records, (unsigned long long)sink.unreadable,
		 (unsigned long long)sink.passed_over, STR_FMT(sink.data_date));
	if (context.debian_releases.n)
		buf_addf(out, "releases:\n%.*s", STR_FMT(context.debian_releases));
	arena_release(&scratch);
}

static int compare_names(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void test_samples(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct str dir = data_dir(&a);
	struct str_vec names = { 0 };
	DIR *d = opendir(dir.p);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		struct str name = str_c(e->d_name);
		if (e->d_name[0] != '.' && !str_has_suffix(name, STR(".expected")) && !str_eq_c(name, "README.md") && !str_has_suffix(name, STR(".bbolt")))
			assert_non_null(vec_push(&a, &names, arena_str(&a, name)));
	}
	closedir(d);
	qsort(names.v, names.n, sizeof(*names.v), compare_names);
	assert_true(names.n >= 14);
	for (size_t i = 0; i < names.n; i++) {
		struct str content, expected = STR(""), path = arena_printf(&a, "%s/%.*s", dir.p, STR_FMT(names.v[i]));
		struct str expected_path = arena_printf(&a, "%s.expected", path.p);
		struct buf out;
		buf_init(&out, 1 << 20);
		assert_true(read_file(&a, path.p, &content));
		run_sample(&a, names.v[i], content, &out);
		if (update_expected) {
			FILE *f = fopen(expected_path.p, "wb");
			assert_non_null(f);
			fwrite(out.p, 1, out.n, f);
			fclose(f);
		}
		(void)read_file(&a, expected_path.p, &expected);
		if (!str_eq(buf_str(&out), expected))
			fail_msg("%s:\n%.*s\nexpected:\n%.*s", path.p, STR_FMT(buf_str(&out)), STR_FMT(expected));
		buf_release(&out);
	}
	arena_release(&a);
}

/* A sample cut at every length, and with each byte inverted: readers may complain, they must not crash. */
static void test_dates(void **state)
{
	static const struct {
		const char *name, *id, *modified, *published, *kev, *want;
	} cases[] = {
		{ "modified", "GO-2026-1", "2026-08-01T00:00:00Z", "2025-01-01T00:00:00Z", "", "2026-08-01T00:00:00Z" },
		{ "published", "GO-2026-1", "0001-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "", "2025-01-01T00:00:00Z" },
		{ "year of the id", "GO-2026-4599", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "", "2026" },
		{ "KEV", "CVE-2021-1", "", "", "2021-11-03", "2021-11-03" },
		{ "a CVE's year is not the feed's", "CVE-2021-1", "", "", "", "" },
		{ "no year", "GHSA-1234-abcd-efgh", "", "0001-01-01T00:00:00Z", "", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct feed_record rec = { .id = str_c(cases[i].id), .modified = str_c(cases[i].modified), .published = str_c(cases[i].published),
						 .kev_added = str_c(cases[i].kev) };
		struct str got = feed_record_date(&rec);
		if (!str_eq_c(got, cases[i].want))
			fail_msg("%s: \"%.*s\"", cases[i].name, STR_FMT(got));
	}
}

static void test_damage(void **state)
{
	static const char *const names[] = { "osv-record.json", "osv-lines.jsonl", "debian-dsa.list", "debian-tracker.json", "alpine-native.json", "rubysec.yaml",
					     "friendsofphp.yaml", "kev-native.json", "epss.csv", "nvd.json", "starter.tsv", "debian-config.json" };
	struct arena a;
	arena_init(&a, 0);
	struct str dir = data_dir(&a);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct str content, path = arena_printf(&a, "%s/%s", dir.p, names[i]);
		assert_true(read_file(&a, path.p, &content));
		enum feed_kind kind = feed_recognise(str_c(names[i]), content);
		for (size_t n = 0; n < content.n; n += 3) {
			struct arena scratch, keep;
			struct diags diags;
			struct error err;
			struct buf out;
			char *cut = malloc(n + 1);
			memcpy(cut, content.p, n);
			arena_init(&scratch, 64 << 20);
			arena_init(&keep, 64 << 20);
			diags_init(&diags, &keep);
			buf_init(&out, 1 << 20);
			struct feed_context context = { .arena = &keep };
			struct feed_sink sink = { .ctx = &out, .record = print_record, .epss = print_epss, .diags = &diags };
			(void)feed_recognise(str_c(names[i]), str_make(cut, n));
			(void)feed_read(kind, &context, &scratch, str_c(names[i]), str_make(cut, n), &sink, &err);
			if (n) {
				cut[n / 2] = (char)~cut[n / 2];
				(void)feed_read(kind, &context, &scratch, str_c(names[i]), str_make(cut, n), &sink, &err);
			}
			buf_release(&out);
			arena_release(&keep);
			arena_release(&scratch);
			free(cut);
		}
	}
	arena_release(&a);
}

/* tests/data/feeds/many.bbolt holds keys that we can compute, a large value over several pages and a nested bucket. */
static void test_bbolt(void **state)
{
	struct arena a;
	struct str content, value;
	struct bbolt db;
	struct bbolt_bucket root, many, big, nested;
	struct bbolt_cursor c;
	struct bbolt_entry e;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_true(read_file(&a, arena_printf(&a, "%s/many.bbolt", data_dir(&a).p).p, &content));
	assert_int_equal(bbolt_open(content, &db, &err), 0);
	root = bbolt_root(&db);
	assert_int_equal(bbolt_bucket(&root, STR("many"), &many, &err), 0);
	for (uint32_t i = 0; i < 360; i++) {
		struct str key = arena_printf(&a, "%08x", i * 2654435761u), expected = arena_printf(&a, "value %u", i);
		assert_int_equal(bbolt_get(&many, key, &value, &err), 0);
		assert_true(str_eq(value, expected));
	}
	assert_int_equal(bbolt_get(&many, STR("none"), &value, &err), ERR_NOT_FOUND);
	size_t n = 0;
	struct str last = STR("");
	assert_int_equal(bbolt_cursor_init(&c, &many, &err), 0);
	for (; bbolt_cursor_next(&c, &e, &err) > 0; n++, last = e.key)
		assert_true(str_cmp(last, e.key) < 0);
	assert_int_equal(n, 360);
	assert_int_equal(bbolt_bucket(&root, STR("big"), &big, &err), 0);
	assert_int_equal(bbolt_get(&big, STR("large"), &value, &err), 0);
	assert_int_equal(value.n, 5000);
	assert_int_equal(value.p[4999], 'a' + 4999 % 26);
	assert_int_equal(bbolt_bucket(&big, STR("nested"), &nested, &err), 0);
	assert_int_equal(bbolt_get(&nested, STR("k"), &value, &err), 0);
	assert_str(value, "v");
	assert_int_equal(bbolt_bucket(&big, STR("large"), &nested, &err), ERR_NOT_FOUND);
	/* either meta page alone is enough; none is an error */
	char *copy = malloc(content.n);
	memcpy(copy, content.p, content.n);
	memset(copy, 0, 512);
	assert_int_equal(bbolt_open(str_make(copy, content.n), &db, &err), 0);
	memset(copy + 1024, 0, 512);
	assert_int_equal(bbolt_open(str_make(copy, content.n), &db, &err), ERR_FORMAT);
	free(copy);
	arena_release(&a);
}

static uint64_t entries_below(const struct bbolt_bucket *b, int *ret_code)
{
	struct bbolt_cursor c;
	struct bbolt_entry e;
	struct error err;
	uint64_t n = 0;
	int r = bbolt_cursor_init(&c, b, &err);
	while (r >= 0 && (r = bbolt_cursor_next(&c, &e, &err)) > 0) {
		n++;
		if (e.is_bucket) {
			n += entries_below(&e.bucket, &r);
			if (r < 0)
				break;
		}
	}
	*ret_code = r;
	return n;
}

/* Pages whose every element is the same bucket, the next page: 28 KiB that hold 200^5 entries. */
static void test_bbolt_shared_pages(void **state)
{
	enum { PAGE = 4096, ELEMENTS = 200, PAGES = 7, VALUE = 16 + ELEMENTS * 16 };
	char *file = calloc(PAGES, PAGE);
	uint64_t meta[8] = { 0x2ED0CDAED, PAGE, 2, 0, 0, PAGES, 1, 0xcbf29ce484222325u };
	for (size_t i = 0; i < 56; i++)
		meta[7] = (meta[7] ^ ((unsigned char *)meta)[i]) * 0x100000001b3u;
	memcpy(file + 16, meta, sizeof(meta));
	for (uint64_t id = 2; id < PAGES; id++) {
		char *page = file + id * PAGE;
		uint16_t head[] = { 2, ELEMENTS };
		uint64_t bucket[] = { id + 1, 0 };
		memcpy(page, &id, sizeof(id));
		memcpy(page + 8, head, sizeof(head));
		for (uint32_t i = 0; i < ELEMENTS; i++) {
			uint32_t element[] = { id + 1 < PAGES, VALUE - (16 + i * 16), 0, 16 };
			memcpy(page + 16 + (size_t)i * 16, element, sizeof(element));
		}
		memcpy(page + VALUE, bucket, sizeof(bucket));
	}
	struct bbolt db;
	struct error err = { 0 };
	int code = 0;
	assert_int_equal(bbolt_open(str_make(file, PAGES * PAGE), &db, &err), 0);
	struct bbolt_bucket root = bbolt_root(&db);
	uint64_t n = entries_below(&root, &code);
	assert_int_equal(code, ERR_FORMAT);
	assert_in_range(n, ELEMENTS, BBOLT_WORK_FACTOR * PAGES * PAGE / 16);
	free(file);
}

/* One record of very many ids, and one of very many versions: the first is refused aloud, the second read, both in time that grows with the bytes. */
static void test_long_lists(void **state)
{
	struct arena a;
	struct buf osv, php, out;
	arena_init(&a, 0);
	buf_init(&osv, 32 << 20);
	buf_init(&php, 32 << 20);
	buf_init(&out, 64 << 20);
	buf_add_c(&osv, "{\"id\": \"GHSA-1\", \"affected\": [], \"aliases\": [\"CVE-2000-0\"");
	for (unsigned i = 300000; i-- > 1;)
		buf_addf(&osv, ",\"CVE-2000-%07u\"", i);
	buf_add_c(&osv, "]}");
	run_sample(&a, STR("osv.json"), buf_str(&osv), &out);
	assert_true(str_contains(buf_str(&out), STR("GHSA-1: more than 5000 vulnerabilities")));
	assert_true(str_contains(buf_str(&out), STR("records 0, unreadable 1")));
	buf_clear(&out);
	buf_add_c(&php, "title: x\nreference: composer://a/b\ncve: CVE-2000-1\nbranches:\n  1.x:\n    versions:\n");
	for (unsigned i = 0; i < 60000; i++)
		buf_addf(&php, "    - '>=%u'\n", i);
	run_sample(&a, STR("a.yaml"), buf_str(&php), &out);
	assert_true(str_contains(buf_str(&out), STR("records 1, unreadable 0")));
	assert_true(str_contains(buf_str(&out), STR(">=0, >=1, ")) && str_contains(buf_str(&out), STR(", >=59999")));
	buf_release(&osv);
	buf_release(&php);
	buf_release(&out);
	arena_release(&a);
}

/* What should be a list and is not is no empty list. */
static void test_no_list(void **state)
{
	static const char *const texts[] = { "{\"id\": \"X-1\", \"affected\": {}}", "{\"catalogVersion\": \"1\", \"vulnerabilities\": {}}",
					     "{\"distroversion\": \"v3.1\", \"packages\": {}}", "{\"p\": {\"\": {\"releases\": {}}}}" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct arena a;
		struct buf out;
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		run_sample(&a, STR("x.json"), str_c(texts[i]), &out);
		if (!str_contains(buf_str(&out), STR("records 0, unreadable 1")))
			fail_msg("%s: %.*s", texts[i], STR_FMT(buf_str(&out)));
		buf_release(&out);
		arena_release(&a);
	}
}

int main(int argc, char **argv)
{
	update_expected = argc > 1 && strcmp(argv[1], "--update") == 0;
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples), cmocka_unit_test(test_dates), cmocka_unit_test(test_damage), cmocka_unit_test(test_bbolt),
					    cmocka_unit_test(test_bbolt_shared_pages), cmocka_unit_test(test_long_lists), cmocka_unit_test(test_no_list) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
