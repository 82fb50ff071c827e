#include "front/cli/cli.h"

#include <malloc.h>

#define OWN_PAGES_BYTES (1 << 20)

int main(int argc, char **argv, char **envp)
{
	/* Large allocations get pages of their own and give them back when they are freed. glibc would stop doing so after the first few. */
	mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES);
	return cli_main(argc, argv, envp, STDOUT_FILENO, STDERR_FILENO);
}
