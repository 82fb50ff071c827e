#include "sys/cpu/cpu.h"

#include <fcntl.h>
#include <sched.h>

unsigned cpu_from_quota(struct str cpu_max)
{
	struct str quota, period;
	uint64_t q, p;
	str_cut(str_trim(cpu_max), ' ', &quota, &period);
	if (str_to_u64(quota, &q) < 0 || str_to_u64(period, &p) < 0 || p == 0 || q == 0)
		return 0;
	uint64_t n = q / p + (q % p != 0);
	return n > 4096 ? 4096 : (unsigned)n;
}

struct str cpu_cgroup_path(struct str text, bool *ret_v2)
{
	struct str line, id, rest, controllers, path, v1 = STR_NONE;
	while (str_next_line(&text, &line)) {
		if (!str_cut(line, ':', &id, &rest) || !str_cut(rest, ':', &controllers, &path))
			continue;
		struct str name;
		while (str_next(&controllers, ',', &name))
			if (str_eq(name, STR("cpu")))
				v1 = path;
		if (str_eq(id, STR("0")) && str_has_prefix(rest, STR(":")) && !v1.n) {
			*ret_v2 = true;
			return path;
		}
	}
	*ret_v2 = false;
	return v1;
}

static struct str read_small(const char *path, char *buf, size_t cap)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, cap);
	return n < 0 ? STR_NONE : str_make(buf, (size_t)n);
}

/* The smallest quota from the group up to the root. Inside a container the group's path is often not visible at the mount, which then is
 * the group itself: the root is tried too. */
static unsigned quota_count(void)
{
	char text[4096], path[512], value[128];
	bool v2;
	unsigned best = 0;
	struct str group = cpu_cgroup_path(read_small("/proc/self/cgroup", text, sizeof(text)), &v2);
	if (!group.p || group.n > 300)
		group = STR("/");
	for (int depth = 0; depth < 32; depth++) {
		unsigned n = 0;
		if (v2) {
			snprintf(path, sizeof(path), "/sys/fs/cgroup%.*s/cpu.max", STR_FMT(group));
			n = cpu_from_quota(read_small(path, value, sizeof(value)));
		} else {
			char both[160];
			snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%.*s/cpu.cfs_quota_us", STR_FMT(group));
			struct str q = str_trim(read_small(path, value, 60));
			snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%.*s/cpu.cfs_period_us", STR_FMT(group));
			struct str p = str_trim(read_small(path, value + 64, 60));
			if (q.n && p.n) {
				snprintf(both, sizeof(both), "%.*s %.*s", STR_FMT(q), STR_FMT(p));
				n = cpu_from_quota(str_c(both));
			}
		}
		if (n && (!best || n < best))
			best = n;
		size_t slash = str_rfind_char(group, '/');
		if (group.n <= 1 || slash == STR_NOT_FOUND)
			break;
		group.n = slash ? slash : 1;
	}
	return best;
}

unsigned cpu_allowed_count(void)
{
	cpu_set_t set;
	unsigned n = 1, quota;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = (unsigned)CPU_COUNT(&set);
	else if (sysconf(_SC_NPROCESSORS_ONLN) > 0)
		n = (unsigned)sysconf(_SC_NPROCESSORS_ONLN); /* more processors than the mask type holds */
	if (n < 2)
		return 1;
	quota = quota_count();
	return quota && quota < n ? quota : n;
}
