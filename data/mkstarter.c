/* Build tool: mkstarter TABLE.tsv OUT.c OUT.db imports the starter table like any feed and writes the database both as a file and as C, so that
 * the built-in database is read by the same code as any other. */
#include "feature/advisories/advisories.h"

static int write_c(const char *db, const char *out)
{
	FILE *in = fopen(db, "rb"), *to = fopen(out, "w");
	if (!in || !to)
		return 1;
	fputs("/* Made from data/starter.tsv by data/mkstarter.c. */\n#include \"source/advisorydb/advisorydb_private.h\"\n\n"
	      "const unsigned char starter_database[] __attribute__((aligned(4096))) = {",
	      to);
	for (size_t n = 0;; n++) {
		int c = fgetc(in);
		if (c == EOF)
			break;
		fprintf(to, "%s%d,", n % 64 ? "" : "\n", c);
	}
	fputs("\n};\nconst size_t starter_database_size = sizeof(starter_database);\n", to);
	return ferror(in) | fclose(in) | fclose(to);
}

/* The table's own date is the date of the build: the same table gives the same bytes. */
static struct str table_date(struct arena *a, const char *path)
{
	char line[4096];
	struct str date = STR("1970-01-01");
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		struct str s = str_trim(str_c(line));
		if (str_strip_prefix(&s, STR("# date ")))
			date = arena_str(a, str_trim(s));
	}
	if (f)
		fclose(f);
	return arena_printf(a, "%.*sT00:00:00Z", STR_FMT(date));
}

int main(int argc, char **argv)
{
	struct arena a;
	struct advisories_summary sum = { 0 };
	struct error err = { 0 };
	if (argc != 4)
		return 2;
	arena_init(&a, ARENA_NO_LIMIT);
	struct advisories_options opt = { .fresh = true, .now = table_date(&a, argv[1]) };
	struct str path = str_c(argv[1]);
	int r = advisories_import(&a, &path, 1, str_c(argv[3]), &opt, &sum, &err);
	if (r < 0 || sum.unreadable) {
		fprintf(stderr, "mkstarter: %s\n", r < 0 ? err.text : "unreadable rows");
		for (size_t i = 0; i < sum.diags.list.n; i++)
			fprintf(stderr, "%s:%u: %.*s\n", argv[1], sum.diags.list.v[i].line, STR_FMT(sum.diags.list.v[i].text));
		return 1;
	}
	r = write_c(argv[3], argv[2]);
	arena_release(&a);
	return r;
}
