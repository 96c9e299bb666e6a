/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a process has code: the executable mappings of /proc/PID/maps; and the names of code that
 * a program made itself, which are in its file /tmp/perf-PID.map.
 */
#ifndef IPITRACE_HOST_USER_PROC_MAPS_H
#define IPITRACE_HOST_USER_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAPPING_NAME 48

struct code_mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the file */
	uint64_t dev; /* as the kernel numbers it; with inode: which file */
	uint64_t inode; /* 0: no file, perhaps code made at run time */
	char name[MAPPING_NAME]; /* the path's last name; "": none */
};

/* All zero: no mappings. In ascending order. */
struct proc_maps {
	struct code_mapping *mappings;
	size_t nr;
	size_t room;
};

/*
 * Read the open file /proc/PID/maps, from its beginning. Returns 0; -ESRCH if it is empty: the
 * process is gone, or runs another program since the file was opened; -ENOMEM.
 */
int proc_maps__read(struct proc_maps *maps, int fd);

/* The mapping that has @addr; NULL: none. */
const struct code_mapping *proc_maps__find(const struct proc_maps *maps, uint64_t addr);

void proc_maps__free(struct proc_maps *maps);

#define MADE_NAME    96
/* Some 300,000 functions. */
#define PERF_MAP_MAX (32 << 20)

struct made_name {
	uint64_t addr; /* 0: none is asked for */
	uint64_t offset; /* how far in the function it is */
	bool found;
	char name[MADE_NAME];
};

/*
 * Name the functions that have the addresses of @names, by the lines of @fd from @from, where a
 * line begins, to @to. Of several the last one counts: a compiler reuses its memory, and writes
 * behind the older lines. Returns where the last whole line ends, for the lines that will follow.
 */
off_t perf_map__read(int fd, off_t from, off_t to, struct made_name *names, size_t nr);

#endif /* IPITRACE_HOST_USER_PROC_MAPS_H */
