/* Runs a program, gives it text on standard input and returns what it writes to standard output. Standard error goes nowhere; other descriptors
 * are closed (O_CLOEXEC). The program is looked up in PATH. Errors: ERR_NOT_FOUND (no such program), ERR_LIMIT (too much output), ERR_TIMEOUT,
 * ERR_SYSTEM; the process is killed then. Thread-safe. */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H
#include "base/arena.h"
#include "base/error.h"

/* argv ends with NULL. *ret_status: exit code, or 128 + signal. Output lies on the arena. */
int process_run(struct arena *a, const char *const argv[], struct str input, size_t max_output, unsigned timeout_s, struct str *ret_output,
		int *ret_status, struct error *err);
#endif
