#include "sys/worker/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define NOBODY 65534

/* --- limits --- */

static uint64_t address_space(void)
{
	char text[64];
	_cleanup_close_ int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = 0;
	return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool set_limit(__rlimit_resource_t what, uint64_t value)
{
	struct rlimit now, want = { value, value };
	if (getrlimit(what, &now) < 0)
		return false;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		want.rlim_cur = want.rlim_max = now.rlim_max;
	return setrlimit(what, &want) == 0;
}

static bool enter_limits(const struct sandbox_options *opt)
{
	bool ok = set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_FSIZE, opt->file_bytes) && set_limit(RLIMIT_NPROC, 0);
	if (opt->cpu_s)
		ok &= set_limit(RLIMIT_CPU, opt->cpu_s);
	if (opt->memory_bytes && !SANDBOX_SANITIZED) { /* sanitizers map terabytes */
		uint64_t have = address_space();
		ok &= have && set_limit(RLIMIT_AS, have + opt->memory_bytes);
	}
	return ok;
}

/* --- identity --- */

static bool drop_capabilities(bool keep_read)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 }, now[2] = { 0 };
	/* The bounding set stays: it matters only to exec, which no_new_privs makes harmless and the filter forbids. */
	if (keep_read && syscall(SYS_capget, &h, now) == 0)
		d[0].effective = d[0].permitted = now[0].permitted & (1u << CAP_DAC_READ_SEARCH);
	return syscall(SYS_capset, &h, d) == 0;
}

static bool enter_identity(const struct sandbox_options *opt)
{
	bool root = geteuid() == 0, ok = true;
	int death_signal = 0;
	pid_t parent = getppid();
	prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
	if (root && opt->root_fd >= 0) {
		/* Where the right is missing Landlock still holds the worker below its directory. */
		if (fchdir(opt->root_fd) == 0 && chroot(".") < 0)
			ok = errno == EPERM;
	} else if (root) {
		/* In a user namespace without that number, or in a container without the right, root stays, without capabilities. */
		ok = syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0 &&
		     syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0;
	}
	ok &= drop_capabilities(opt->root_fd >= 0);
	ok &= prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	if (!SANDBOX_SANITIZED)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Another identity or fewer capabilities made the kernel forget it (PR_SET_PDEATHSIG(2const)). */
	if (death_signal) {
		prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0);
		if (getppid() != parent)
			_exit(1);
	}
	return ok;
}

/* --- Landlock --- */

/* Rights by ABI version; the header of the build machine may know fewer than the kernel. */
struct landlock_attr {
	uint64_t handled_fs, handled_net, scoped;
};

static bool enter_landlock(const struct sandbox_options *opt)
{
	/* What each version of the interface can deny in the file system: bits 0 to n-1. */
	static const unsigned fs_bits[] = { 0, 13, 14, 15, 15, 16 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi <= 0)
		return false;
	struct landlock_attr attr = { .handled_fs = (UINT64_C(1) << fs_bits[MIN_OF((size_t)abi, ARRAY_LEN(fs_bits) - 1)]) - 1 };
	size_t size = sizeof(uint64_t);
	if (abi >= 4) {
		attr.handled_net = 3; /* bind and connect, TCP */
		size = 2 * sizeof(uint64_t);
	}
	if (abi >= 6) {
		attr.scoped = 3; /* abstract sockets and signals */
		size = 3 * sizeof(uint64_t);
	}
	_cleanup_close_ int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (rules < 0)
		return false;
	if (opt->root_fd >= 0) {
		struct landlock_path_beneath_attr below = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
							    .parent_fd = opt->root_fd };
		if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
			return false;
	}
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

/* --- seccomp --- */

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the system call filter knows x86-64 and arm64"
#endif

enum filter_set { SET_ALL = 1, SET_ROOT = 2 };
enum filter_answer { ANSWER_ALLOW, ANSWER_ALLOW_MASKED, ANSWER_ALLOW_SELF, ANSWER_EACCES };
struct filter_rule {
	uint16_t call;
	uint8_t sets;   /* for which workers: SET_ALL, SET_ROOT (those with a root directory) */
	uint8_t answer;
	uint8_t arg;    /* ANSWER_ALLOW_MASKED: allowed when (argument & mask) == 0, else EACCES; ANSWER_ALLOW_SELF: when it is the own process */
	uint32_t mask;  /* of the argument's low half */
};
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* The calls a worker may make; the frequent ones first. */
static const struct filter_rule rules[] = {
	{ SYS_pread64, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_recvfrom, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sendto, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sendmsg, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_read, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_pwrite64, SET_ALL, ANSWER_ALLOW, 0, 0 },
	/* reading below the root directory */
	{ SYS_openat, SET_ROOT, ANSWER_ALLOW_MASKED, 2, WRITING },
	{ SYS_getdents64, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_newfstatat, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_fstat, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_statx, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_readlinkat, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_fstatfs, SET_ROOT, ANSWER_ALLOW, 0, 0 },
	{ SYS_close, SET_ALL, ANSWER_ALLOW, 0, 0 },
	/* memory */
	{ SYS_mmap, SET_ALL, ANSWER_ALLOW_MASKED, 2, PROT_EXEC },
	{ SYS_mprotect, SET_ALL, ANSWER_ALLOW_MASKED, 2, PROT_EXEC },
	{ SYS_munmap, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_mremap, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_madvise, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_brk, SET_ALL, ANSWER_ALLOW, 0, 0 },
	/* what libc does on the side: locks, time, randomness, the way out and abort() */
	{ SYS_futex, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_clock_gettime, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_gettimeofday, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_getrandom, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sched_yield, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sched_getaffinity, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sysinfo, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_lseek, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_exit_group, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_exit, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_rt_sigreturn, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_rt_sigprocmask, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_rt_sigaction, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_sigaltstack, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_restart_syscall, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_getpid, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_gettid, SET_ALL, ANSWER_ALLOW, 0, 0 },
	{ SYS_tgkill, SET_ALL, ANSWER_ALLOW_SELF, 0, 0 }, /* abort(); without Landlock's scopes nothing else keeps it from the user's processes */
	/* what libraries try and can do without */
	{ SYS_openat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_openat2, SET_ALL, ANSWER_EACCES, 0, 0 },
#ifdef SYS_open
	{ SYS_open, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_stat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_lstat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_access, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_readlink, SET_ALL, ANSWER_EACCES, 0, 0 },
#endif
	{ SYS_newfstatat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_fstat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_statx, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_faccessat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_readlinkat, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_fcntl, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_write, SET_ALL, SANDBOX_SANITIZED ? ANSWER_ALLOW : ANSWER_EACCES, 0, 0 }, /* a sanitizer's report; the worker has no other use for it */
	{ SYS_writev, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_ioctl, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_prlimit64, SET_ALL, ANSWER_EACCES, 0, 0 },
	{ SYS_uname, SET_ALL, ANSWER_EACCES, 0, 0 },
};

#define OFFSET(field) ((uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(what)  BPF_STMT(BPF_RET | BPF_K, (what))
#define LOAD(offset)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))

static bool enter_seccomp(const struct sandbox_options *opt)
{
	struct sock_filter prog[8 + 6 * ARRAY_LEN(rules)];
	unsigned n = 0, sets = SET_ALL | (opt->root_fd >= 0 ? SET_ROOT : 0);
	/* A sanitizer's runtime has calls of its own; its report is worth more than the filter's last word. */
	uint32_t refuse = SANDBOX_SANITIZED ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
	prog[n++] = (struct sock_filter)LOAD(OFFSET(arch));
	prog[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	prog[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	/* Calls of the x32 interface have a high bit set and so match no row. */
	prog[n++] = (struct sock_filter)LOAD(OFFSET(nr));
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct filter_rule *r = &rules[i];
		if (!(r->sets & sets))
			continue;
		if (r->answer == ANSWER_ALLOW_MASKED || r->answer == ANSWER_ALLOW_SELF) {
			bool masked = r->answer == ANSWER_ALLOW_MASKED;
			prog[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->call, 0, 4);
			prog[n++] = (struct sock_filter)LOAD(OFFSET(args) + 8u * r->arg); /* low half: both machines are little-endian */
			prog[n++] = masked ? (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, r->mask, 1, 0)
					   : (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1);
			prog[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
			prog[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EACCES);
			continue;
		}
		prog[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->call, 0, 1);
		prog[n++] = (struct sock_filter)RETURN(r->answer == ANSWER_ALLOW ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES);
	}
	prog[n++] = (struct sock_filter)RETURN(refuse);
	struct sock_fprog p = { .len = (unsigned short)n, .filter = prog };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0) == 0;
}

unsigned sandbox_enter(const struct sandbox_options *opt)
{
	unsigned holds = 0;
	if (enter_limits(opt))
		holds |= SANDBOX_LIMITS;
	if (enter_identity(opt))
		holds |= SANDBOX_IDENTITY;
	if (enter_landlock(opt))
		holds |= SANDBOX_LANDLOCK;
	if (enter_seccomp(opt))
		holds |= SANDBOX_SECCOMP;
	return holds;
}
