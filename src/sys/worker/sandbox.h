/* Takes a process's rights away, for good: what a worker does before it looks at a byte from outside.
 *
 *   limits        address space, processor time, file size, no core, no processes (setrlimit)
 *   identity      root becomes nobody; capabilities are dropped; no_new_privs; not dumpable
 *   Landlock      no file can be opened, nothing connected, nobody signalled (kernel 5.13 and later; system calls by number)
 *   seccomp       default deny: a table of calls (sandbox.c); opening files is answered EACCES, what is not in the table ends the process
 *
 * A worker with a root directory may read and list below it: Landlock allows that, openat is let through for reading only, root changes its
 * root directory to it, and the identity stays, without capabilities but the one to read files of others.
 *
 * A measure that the kernel or a surrounding container refuses is left out and reported; the others still hold. Linux, x86-64 and arm64. */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H
#include "base/base.h"

/* Built with a sanitizer: its runtime needs address space and standard error, so that its report gets out of a worker. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

enum sandbox_measure {
	SANDBOX_LIMITS = 1,
	SANDBOX_IDENTITY = 2,
	SANDBOX_LANDLOCK = 4,
	SANDBOX_SECCOMP = 8,
	SANDBOX_ALL = 15,
};
struct sandbox_options {
	int root_fd;           /* -1, or the directory that may be read */
	uint64_t memory_bytes; /* address space on top of what the process has now; 0: no limit */
	uint64_t file_bytes;   /* largest file it may write through a descriptor it has */
	unsigned cpu_s;        /* processor time, 0: no limit */
};
/* Applies everything; returns the measures that hold. For a process with one thread. Cost: about 60 us. */
unsigned sandbox_enter(const struct sandbox_options *opt);
#endif
