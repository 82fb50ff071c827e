#include "front/cli/commands.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define CLEAN_DEPTH_MAX 8

struct clean_command {
	struct global_options global;
	struct str cache_dir;
	bool scan_cache, vuln_db, all;
};
#define AT(member, type) OPTION_AT(struct clean_command, member, type)
static const struct option clean_options[] = {
	{ .name = "scan-cache", .type = OPTION_BOOL, .offset = AT(scan_cache, bool), .summary = "remove layer results (also when nothing is named)" },
	{ .name = "vuln-db", .type = OPTION_BOOL, .offset = AT(vuln_db, bool), .summary = "remove the advisory database and downloaded feeds" },
	{ .name = "all", .short_name = 'a', .type = OPTION_BOOL, .offset = AT(all, bool), .summary = "remove both" },
	{ .name = "cache-dir", .type = OPTION_TEXT, .offset = AT(cache_dir, struct str), .arg = "DIR", .shown_default = "~/.cache/bulkhead", .flags = OPTION_DIR_ARG,
	  .summary = "directory of layer results and the database" },
};
static const struct option_group clean_groups[] = { { "Options", clean_options, ARRAY_LEN(clean_options), 0 } };

/* What we put into the cache directory; nothing else in it is touched. */
static const struct {
	const char *name; /* a folder with all below it, or a file */
	bool database;
} parts[] = { { "layers", false }, { "feeds", true }, { CLI_DB_NAME, true }, { CLI_DB_NAME ".lock", true }, { CLI_DB_NAME ".new", true } };

struct cleaned {
	uint64_t files, bytes;
};

/* Never follows a symbolic link: descriptors all the way down. */
static int remove_entry(int dir_fd, const char *name, unsigned depth, struct cleaned *sum, struct error *err)
{
	struct stat st;
	int r = 0;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set_errno(err, errno, "%s", name);
	if (!S_ISDIR(st.st_mode)) {
		if (unlinkat(dir_fd, name, 0) < 0)
			return error_set_errno(err, errno, "%s", name);
		sum->files++;
		sum->bytes += (uint64_t)st.st_size;
		return 0;
	}
	if (depth >= CLEAN_DEPTH_MAX)
		return error_set(err, ERR_LIMIT, "%s: folders more than %d deep", name, CLEAN_DEPTH_MAX);
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		r = error_set_errno(err, errno, "%s", name);
		if (fd >= 0)
			close(fd);
		return r;
	}
	for (struct dirent *e; r == 0 && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = remove_entry(dirfd(d), e->d_name, depth + 1, sum, err);
	closedir(d);
	if (r == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
		r = error_set_errno(err, errno, "%s", name);
	return r < 0 ? error_wrap(err, r, "%s", name) : 0;
}

static int run_clean(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct clean_command *o = set->values;
	struct error err = { 0 };
	struct cleaned sum = { 0 };
	struct str dir = cli_cache_dir(c, o->cache_dir);
	char *name = dir.p ? arena_cstr(c->arena, dir) : NULL;
	bool database = o->vuln_db || o->all, layers = o->scan_cache || o->all || !o->vuln_db;
	if (!name) {
		error_nomem(&err);
		return cli_fail(c, &err);
	}
	_cleanup_close_ int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT) {
		error_set_errno(&err, errno, "%s", name);
		return cli_fail(c, &err);
	}
	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(parts); i++)
		if ((parts[i].database ? database : layers) && remove_entry(fd, parts[i].name, 0, &sum, &err) < 0)
			return cli_fail(c, &err);
	cli_note(c, "%s: %llu file%s removed, %.1f MiB", name, (unsigned long long)sum.files, sum.files == 1 ? "" : "s", (double)sum.bytes / (1 << 20));
	return EXIT_CODE_OK;
}

const struct command command_clean = {
	.name = "clean", .args = "", .summary = "Remove cached layer results, or the advisory database", .groups = clean_groups, .group_count = ARRAY_LEN(clean_groups),
	.values_size = sizeof(struct clean_command), .run = run_clean,
};
