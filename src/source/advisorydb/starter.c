#include "source/advisorydb/advisorydb_private.h"

/* In a file of its own, so that only programs that want the starter database link the one that the build makes. */
int advisorydb_open_starter(struct advisorydb **ret, struct error *err)
{
	return advisorydb_open_built_in(str_make((const char *)starter_database, starter_database_size), ret, err);
}
