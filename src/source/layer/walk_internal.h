/* What walking a tar and walking a directory share: the state of one walk and the reading of one wanted file. */
#ifndef SOURCE_WALK_INTERNAL_H
#define SOURCE_WALK_INTERNAL_H
#include "source/layer/walk.h"

#define WALK_KEEP_BYTES (4u << 20) /* bodies up to here are read into the one buffer that is kept */
#define WALK_HEAD_BYTES 64u
#define WALK_PATH_BYTES 4096u        /* no system opens a longer one (PATH_MAX) */

/* Files that were looked at, by hash of their path: which rows, and where their records lie. */
struct walk_looked {
	uint64_t hash; /* 0: empty */
	uint64_t rows;
	size_t from, to; /* of writer->files; equal: none */
};
struct walk {
	const struct walk_options *opt;
	struct facts_writer *out;
	struct arena fixed, file; /* the index; the file being read */
	struct analyzer_index index;
	uint64_t placed;          /* rows with places, when there are aliases */
	uint64_t lookers;         /* rows that look at entries */
	struct buf place;         /* reused */
	struct buf body;          /* reused */
	void *states[64];         /* of rows with begin() */
	uint64_t key; /* of the table below */
	struct walk_looked *looked;
	size_t looked_n, looked_slots;
	bool present_full, links_full, whiteouts_full;
	uint64_t nested_bytes, nested_entries, nested_held; /* spent on archives inside files (walk_nested.c) */
	bool nested_full;
};
int walk_init(struct walk *w, const struct walk_options *opt, struct facts_writer *out, struct error *err);
void walk_release(struct walk *w);
/* Rows that want the file; none for a path that the user skips. */
uint64_t walk_select(struct walk *w, struct str path, uint32_t mode, uint64_t size);
/* Without the rows whose sniff() says no, and without those the file is too large for (with a diagnostic). */
uint64_t walk_sniff(struct walk *w, struct str path, uint64_t rows, uint64_t size, const unsigned char *head, size_t n);
/* Parses the file with each of the rows, writes down what they found and that the file was looked at (`selected`: before sniff). */
int walk_file(struct walk *w, struct str path, uint64_t selected, uint64_t rows, const struct input *in, struct error *err);
/* One row on one file, or (outer set) on a member of the layer's file `outer`; in->name is then the path that is shown. */
void walk_row(struct walk *w, size_t row, const struct input *in, struct str outer);
/* The members of an archive, by those of `rows` that make sense there; depth 1 for a file of the layer. What is no archive is 0. */
int walk_nested(struct walk *w, const struct input *in, struct str outer, unsigned depth, uint64_t rows, struct error *err);
/* Shows the entry to the rows that look at entries; before walk_file. */
int walk_look(struct walk *w, struct str path, const struct analyzer_entry *e, struct error *err);
/* What they have to say at the end. */
void walk_last(struct walk *w);
bool walk_needs_memory(const struct walk *w, uint64_t rows); /* some row's parser does not read in parts */
void walk_diag(struct walk *w, enum diag_level level, struct str path, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Bookkeeping of entries. walk_replaced takes back what an earlier entry of the same path gave. */
void walk_present(struct walk *w, struct str path, bool is_dir);
void walk_link(struct walk *w, struct str path, struct str target, bool hard);
void walk_whiteout(struct walk *w, struct str path, bool opaque);
/* Takes an entry that is a whiteout by its name; false: it is none. `paths` is scratch. */
bool walk_take_whiteout(struct walk *w, struct arena *paths, struct str path);
void walk_replaced(struct walk *w, struct str path);
const struct walk_looked *walk_find_looked(const struct walk *w, struct str path);
void walk_doing(const struct walk *w, struct str path, uint64_t done);
#endif
