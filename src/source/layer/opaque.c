#include "source/layer/opaque.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define DEPTH_MAX 200u
#define DIRS_MAX  1000000u

struct level {
	DIR *dir;
	size_t path_n;
};
struct search {
	struct arena *arena;
	struct opaque_dirs *out;
	struct level levels[DEPTH_MAX];
	size_t depth;
	uint64_t seen;
	char path[PATH_MAX];
};

/* CAP_SYS_ADMIN of the first user namespace: only that shows `trusted` attributes; without it they read as absent. */
static bool sees_trusted(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	return syscall(SYS_capget, &h, d) == 0 && (d[0].effective & (1u << CAP_SYS_ADMIN));
}

static bool attribute_is(int fd, const char *name, char value)
{
	char text[4];
	return fgetxattr(fd, name, text, sizeof(text)) >= 1 && text[0] == value;
}

static bool is_opaque(int fd)
{
	static const char *const names[] = { "trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (attribute_is(fd, names[i], 'y'))
			return true;
	return false;
}

static int look_at(struct search *s, int fd, size_t path_n, struct error *err)
{
	struct str path = { s->path, path_n };
	if (is_opaque(fd)) {
		struct str copy = arena_str(s->arena, path);
		if (!copy.p || !vec_push(s->arena, &s->out->dirs, copy))
			return error_nomem(err);
	}
	if (!s->out->redirected.n && (fgetxattr(fd, "trusted.overlay.redirect", NULL, 0) > 0 || fgetxattr(fd, "user.overlay.redirect", NULL, 0) > 0)) {
		s->out->redirected = arena_str(s->arena, path);
		if (!s->out->redirected.p)
			return error_nomem(err);
	}
	return 0;
}

/* Takes fd over. */
static int enter(struct search *s, int fd, size_t path_n, struct error *err)
{
	int r = look_at(s, fd, path_n, err);
	DIR *dir = r == 0 && s->depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return r;
	}
	s->levels[s->depth++] = (struct level){ dir, path_n };
	return 0;
}

static int take_name(struct search *s, const struct level *l, const struct dirent *e, struct error *err)
{
	size_t dir_n = l->path_n ? l->path_n + 1 : 0, n = strlen(e->d_name);
	if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
		return 0;
	if ((e->d_name[0] == '.' && (n == 1 || (n == 2 && e->d_name[1] == '.'))) || dir_n + n >= sizeof(s->path))
		return 0;
	int fd = openat(dirfd(l->dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (++s->seen > DIRS_MAX) {
		close(fd);
		return error_set(err, ERR_LIMIT, "more than %u folders", DIRS_MAX);
	}
	if (l->path_n)
		s->path[l->path_n] = '/';
	memcpy(s->path + dir_n, e->d_name, n);
	return enter(s, fd, dir_n + n, err);
}

int opaque_find(struct arena *a, int dir_fd, struct opaque_dirs *ret, struct error *err)
{
	struct opaque_dirs found = { 0 };
	struct search *s = calloc(1, sizeof(*s));
	struct stat st;
	if (!s)
		return error_nomem(err);
	s->arena = a;
	s->out = &found;
	found.blind = fstat(dir_fd, &st) == 0 && st.st_uid == 0 && !sees_trusted();
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? error_set_errno(err, errno, "opening") : enter(s, fd, 0, err);
	while (r == 0 && s->depth) {
		struct level *l = &s->levels[s->depth - 1];
		struct dirent *e = readdir(l->dir);
		if (e) {
			r = take_name(s, l, e, err);
		} else {
			closedir(l->dir);
			s->depth--;
		}
	}
	while (s->depth)
		closedir(s->levels[--s->depth].dir);
	free(s);
	if (r == 0)
		*ret = found;
	return r;
}
