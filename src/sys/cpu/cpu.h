/* How many processors this process may use at once: the affinity mask, cut by the CPU quota of its cgroup and of those above it (cgroup v2
 * cpu.max, v1 cpu.cfs_quota_us), as container limits are set with. At least 1. Reads a few small files: 20 to 50 us. Thread-safe. */
#ifndef SYS_CPU_H
#define SYS_CPU_H
#include "base/str.h"

unsigned cpu_allowed_count(void);

/* The parts, for tests. cpu.max: "max 100000" or "150000 100000" -> processors rounded up, 0 when unlimited or unreadable. */
unsigned cpu_from_quota(struct str cpu_max);
/* Path of this process's group in /proc/self/cgroup's text: of the unified hierarchy ("0::/x") or of v1's cpu controller; empty when absent. */
struct str cpu_cgroup_path(struct str proc_self_cgroup, bool *ret_v2);
#endif
