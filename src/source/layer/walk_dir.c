#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/map.h"
#include "source/layer/walk_internal.h"
#include "sys/file/file.h"

#define DEPTH_MAX      200u       /* each level keeps a descriptor */
#define NAMES_BYTES    (256u << 20) /* names of the folders on the way down */
#define IN_PLACE_BYTES (64u << 10)

/* A folder being walked: its names in order, and how far they are done. */
struct level {
	int fd;
	dev_t dev;
	size_t path_n; /* of its own path */
	struct arena names_arena;
	struct name *names;
	size_t count, at;
};
struct name {
	struct str text;
	unsigned char type; /* DT_… */
};
VEC_DECLARE(name_vec, struct name);

struct dir_walk {
	struct walk w;
	char path[WALK_PATH_BYTES];
	struct level levels[DEPTH_MAX];
	size_t depth;
	struct arena paths;        /* of inodes' names, and scratch for whiteouts */
	struct map first_names;    /* layered: inode -> path it was read under (struct str) */
};

/* File systems that the kernel makes up: no packages there, and reading them may block or never end. */
static const uint32_t pseudo_file_systems[] = {
	PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC,
	BPF_FS_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC, SELINUX_MAGIC, NSFS_MAGIC, BINFMTFS_MAGIC, HUGETLBFS_MAGIC, AUTOFS_SUPER_MAGIC,
	0x62656570 /* configfs */, 0x65735543 /* fusectl */, 0x19800202 /* mqueue */, 0x67596969 /* rpc_pipefs */,
};

static bool is_pseudo(int fd)
{
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(pseudo_file_systems); i++)
		if ((uint32_t)fs.f_type == pseudo_file_systems[i])
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return str_cmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static int read_names(struct level *l, struct error *err)
{
	_Alignas(16) char buf[32768];
	struct name_vec names = { 0 };
	for (;;) {
		ssize_t n = getdents64(l->fd, buf, sizeof(buf));
		if (n < 0)
			return error_set_errno(err, errno, "listing");
		if (n == 0)
			break;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);
			struct str name = str_c(d->d_name);
			at += d->d_reclen;
			if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
				continue;
			struct name x = { arena_str(&l->names_arena, name), d->d_type };
			if (!x.text.p || !vec_push(&l->names_arena, &names, x))
				return error_set(err, ERR_LIMIT, "too many names");
		}
	}
	if (names.n)
		qsort(names.v, names.n, sizeof(names.v[0]), compare_names);
	l->names = names.v;
	l->count = names.n;
	return 0;
}

static void leave(struct dir_walk *d)
{
	struct level *l = &d->levels[--d->depth];
	close(l->fd);
	arena_release(&l->names_arena);
}

/* Takes fd over. What cannot be listed becomes a diagnostic. */
static void enter(struct dir_walk *d, int fd, size_t path_n)
{
	struct str path = { d->path, path_n };
	struct stat st;
	struct error why = { 0 };
	if (d->depth == DEPTH_MAX || fstat(fd, &st) < 0) {
		walk_diag(&d->w, DIAG_UNREADABLE, path, d->depth == DEPTH_MAX ? "more than %u folders deep" : "cannot be looked at", DEPTH_MAX);
		close(fd);
		return;
	}
	bool other = d->depth && st.st_dev != d->levels[d->depth - 1].dev;
	if (other && is_pseudo(fd)) {
		walk_diag(&d->w, DIAG_NOTE, path, "a file system of the kernel: passed over");
		close(fd);
		return;
	}
	struct level *l = &d->levels[d->depth++];
	*l = (struct level){ .fd = fd, .dev = st.st_dev, .path_n = path_n };
	arena_init(&l->names_arena, NAMES_BYTES);
	if (read_names(l, &why) < 0) {
		walk_diag(&d->w, DIAG_UNREADABLE, path, "%s", why.text);
		leave(d);
	}
}

static int fd_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	return file_pread(*(const int *)ctx, dst, n, off, err);
}

/* A file with several names is read under the first that a row wants. */
static struct str inode_key(const struct stat *st, uint64_t key[2])
{
	key[0] = st->st_dev;
	key[1] = st->st_ino;
	return str_make((const char *)key, 2 * sizeof(key[0]));
}

/* Another file of the tree, for a parser that asks for it (struct input): folder by folder from the top, so that no symbolic link leads out. */
static int open_in_tree(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	const struct dir_walk *d = tree;
	struct str rest = path, part;
	struct stat st;
	_cleanup_close_ int at = openat(d->levels[0].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (at >= 0 && str_next(&rest, '/', &part)) {
		const char *name = arena_cstr(a, part);
		if (!name)
			return error_nomem(err);
		int next = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		close(at);
		at = next;
	}
	if (at < 0 || fstat(at, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(err, ERR_NOT_FOUND, "%.*s: no such file", STR_FMT(path));
	if ((uint64_t)st.st_size > max_bytes)
		return error_set(err, ERR_LIMIT, "%.*s: larger than %llu bytes", STR_FMT(path), (unsigned long long)max_bytes);
	char *p = arena_alloc_aligned(a, (size_t)st.st_size + 1, 1);
	if (!p)
		return error_nomem(err);
	int r = file_pread(at, p, (size_t)st.st_size, 0, err);
	if (r == 0)
		*ret = str_make(p, (size_t)st.st_size);
	return r;
}

static int read_wanted(struct dir_walk *d, int fd, struct str path, uint64_t rows, const struct stat *st, struct error *err)
{
	unsigned char head[WALK_HEAD_BYTES];
	uint64_t size = (uint64_t)st->st_size, key[2], selected = rows;
	struct error why = { 0 };
	_cleanup_free_ char *own = NULL;
	struct input in = { .name = path, .size = size, .data = "", .open = open_in_tree, .tree = d };
	ssize_t n = file_pread_some(fd, head, (size_t)MIN_OF(size, (uint64_t)sizeof(head)), 0, &why);
	int r = n < 0 ? (int)n : 0;
	if (r == 0)
		rows = walk_sniff(&d->w, path, rows, size, head, (size_t)n);
	if (r == 0 && rows && size > IN_PLACE_BYTES && !walk_needs_memory(&d->w, rows)) {
		in.data = NULL;
		in.pread = fd_pread;
		in.ctx = &fd;
	} else if (r == 0 && rows && size) {
		char *p = size <= WALK_KEEP_BYTES ? NULL : (own = malloc(size));
		if (size <= WALK_KEEP_BYTES) {
			buf_clear(&d->w.body);
			p = buf_reserve(&d->w.body, (size_t)size);
		}
		if (!p)
			return error_nomem(err);
		r = file_pread(fd, p, (size_t)size, 0, &why);
		in.data = p;
	}
	if (r < 0) {
		walk_diag(&d->w, DIAG_UNREADABLE, path, "%s", why.text);
		return 0;
	}
	r = walk_file(&d->w, path, selected, rows, &in, err);
	if (r == 0 && st->st_nlink > 1)
		r = walk_file(&d->w, inode_key(st, key), selected, 0, NULL, err);
	return r;
}

/* Another name of a file that was read: the file stays in the image when a layer above removes the first. */
static void take_further_name(struct dir_walk *d, struct str path, struct str inode)
{
	const struct str *first = map_get(&d->first_names, inode);
	const struct walk_looked *looked = first ? walk_find_looked(&d->w, *first) : NULL;
	if (looked && looked->from < looked->to)
		walk_link(&d->w, path, *first, true);
}

static int keep_first_name(struct dir_walk *d, struct str path, struct str inode, struct error *err)
{
	struct str *first = arena_new(&d->paths, struct str), key = arena_str(&d->paths, inode);
	if (!first || !key.p || !(*first = arena_str(&d->paths, path)).p || map_put(&d->first_names, key, first) < 0)
		return error_nomem(err);
	return 0;
}

static int take_regular(struct dir_walk *d, const struct level *l, const struct name *name, struct str path, const struct stat *st, struct error *err)
{
	uint64_t rows = walk_select(&d->w, path, st->st_mode & 07777, (uint64_t)st->st_size), key[2];
	const struct walk_looked *seen = st->st_nlink > 1 ? walk_find_looked(&d->w, inode_key(st, key)) : NULL;
	if (!(rows & ~(seen ? seen->rows : 0))) {
		if (seen && d->w.opt->layered)
			take_further_name(d, path, inode_key(st, key));
		return 0;
	}
	walk_doing(&d->w, path, d->w.out->h.entry_count);
	_cleanup_close_ int fd = openat(l->fd, name->text.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat now;
	if (fd < 0 || fstat(fd, &now) < 0) {
		struct error why = { 0 };
		error_set_errno(&why, errno, "opening");
		walk_diag(&d->w, DIAG_UNREADABLE, path, "%s", why.text);
		return 0;
	}
	if (!S_ISREG(now.st_mode)) /* it changed under our eyes */
		return 0;
	int r = read_wanted(d, fd, path, rows, &now, err);
	if (r == 0 && now.st_nlink > 1 && d->w.opt->layered)
		r = keep_first_name(d, path, inode_key(&now, key), err);
	walk_doing(&d->w, STR(""), d->w.out->h.entry_count);
	return r;
}

static void take_dir(struct dir_walk *d, const struct level *l, const struct name *name, struct str path)
{
	const struct walk_options *opt = d->w.opt;
	for (size_t i = 0; i < opt->skip_dirs_count; i++)
		if (str_glob(opt->skip_dirs[i], path))
			return;
	int fd = openat(l->fd, name->text.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		struct error why = { 0 };
		error_set_errno(&why, errno, "opening");
		walk_diag(&d->w, DIAG_UNREADABLE, path, "%s", why.text);
		return;
	}
	enter(d, fd, path.n);
}

/* What a layer's entry does to the layers below; true when that is all it does. */
static bool take_layered(struct dir_walk *d, struct str path, unsigned char type, const struct stat *st)
{
	if (type == DT_CHR && st->st_rdev == 0) {
		walk_whiteout(&d->w, path, false);
		return true;
	}
	if (walk_take_whiteout(&d->w, &d->paths, path))
		return true;
	walk_present(&d->w, path, type == DT_DIR);
	return false;
}

static int take_name(struct dir_walk *d, const struct level *l, const struct name *name, struct error *err)
{
	size_t dir_n = l->path_n ? l->path_n + 1 : 0, n = dir_n + name->text.n;
	struct stat st = { 0 };
	if (n >= WALK_PATH_BYTES) {
		walk_diag(&d->w, DIAG_UNREADABLE, str_make(d->path, l->path_n), "a path of more than %u bytes", WALK_PATH_BYTES);
		return 0;
	}
	if (l->path_n)
		d->path[l->path_n] = '/';
	memcpy(d->path + dir_n, name->text.p, name->text.n);
	struct str path = { d->path, n };
	d->w.out->h.entry_count++;
	unsigned char type = name->type;
	if (type == DT_REG || type == DT_UNKNOWN || type == DT_CHR || (type == DT_DIR && d->w.lookers)) {
		if (fstatat(l->fd, name->text.p, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return 0; /* gone */
		type = (unsigned char)IFTODT(st.st_mode);
	}
	if (d->w.opt->layered && take_layered(d, path, type, &st))
		return 0;
	if (UNLIKELY(d->w.lookers) && (type == DT_REG || type == DT_DIR)) {
		int r = walk_look(&d->w, path, &(struct analyzer_entry){ .mode = st.st_mode & 07777, .is_dir = type == DT_DIR, .size = (uint64_t)st.st_size }, err);
		if (r < 0)
			return r;
	}
	if (type == DT_REG)
		return take_regular(d, l, name, path, &st, err);
	if (type == DT_DIR)
		take_dir(d, l, name, path);
	if (type == DT_LNK) {
		char target[4096];
		ssize_t k = readlinkat(l->fd, name->text.p, target, sizeof(target));
		if (k > 0)
			walk_link(&d->w, path, str_make(target, (size_t)k), false);
	}
	return 0;
}

int walk_directory(int dir_fd, const struct walk_options *opt, struct facts_writer *out, struct error *err)
{
	struct dir_walk *d = calloc(1, sizeof(*d));
	if (!d)
		return error_nomem(err);
	arena_init(&d->paths, NAMES_BYTES);
	map_init(&d->first_names, &d->paths);
	int r = walk_init(&d->w, opt, out, err);
	int fd = r == 0 ? openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r == 0 && fd < 0)
		r = error_set_errno(err, errno, "opening");
	if (r == 0)
		enter(d, fd, 0);
	while (r == 0 && d->depth) {
		struct level *l = &d->levels[d->depth - 1];
		if (l->at == l->count)
			leave(d);
		else
			r = take_name(d, l, &l->names[l->at++], err);
		if (d->depth && (out->h.entry_count & 255) == 0)
			walk_doing(&d->w, STR(""), out->h.entry_count);
	}
	while (d->depth)
		leave(d);
	if (r == 0)
		walk_last(&d->w);
	walk_release(&d->w);
	arena_release(&d->paths);
	free(d);
	return r;
}
