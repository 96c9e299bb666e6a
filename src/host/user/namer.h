/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a sampled stack to the names of its frames: which file is mapped there, which function
 * the file has there. Processes and files that were seen are kept, so that a process can be
 * named for some time after its end. The files come from the opener, a process of its own.
 */
#ifndef IPITRACE_HOST_USER_NAMER_H
#define IPITRACE_HOST_USER_NAMER_H

#include "host/user/elf_image.h"
#include "model/snapshot.h"

/*
 * The opener: a process that keeps the right to look into other processes, and does nothing
 * but open four kinds of files for reading and hand over their descriptors. What is in the
 * files, which may be anybody's, it does not read.
 */

enum opener_file {
	OPEN_MAPS, /* /proc/PID/maps; readable until the process is gone */
	OPEN_MAPPED, /* the file that is mapped as code at start-end, also if it was deleted or replaced */
	OPEN_PERF_MAP, /* the process's own /tmp/perf-PID.map, in its mount and pid namespace */
	OPEN_DEBUG, /* the symbols of the build-id, of its mount namespace; pid 0: of ours */
};

/* Numbers alone: no path comes from a process. */
struct opener_request {
	uint32_t file;
	uint32_t pid;
	uint64_t start, end;
	uint32_t build_id_len;
	uint8_t build_id[BUILD_ID_MAX];
};

/* The number of process @pid in its own pid namespace, and its user. False: it is gone. */
bool opener__identity(uint32_t pid, uint32_t *inner, uint32_t *uid);

/* Leave the process the system calls that opener__run() makes. 0 or a negative errno. */
int opener__confine(void);

/* The opener's own process: serves the requests that @socket has until the other end is closed. */
void opener__run(int socket);

/* The descriptor, the caller's, or a negative errno. Waits for the opener. */
int opener__ask(int socket, const struct opener_request *request);

/*
 * Where a process has code: the executable mappings of /proc/PID/maps; and the names of code that
 * a program made itself, which are in its file /tmp/perf-PID.map.
 */

#define MAPPING_NAME 48

struct code_mapping {
	uint64_t start, end;
	uint64_t offset; /* in the file */
	uint64_t dev; /* as the kernel numbers it; with inode: which file */
	uint64_t inode; /* 0: no file, perhaps code made at run time */
	char name[MAPPING_NAME]; /* the path's last name; "": none */
};

/* All zero: no mappings. In ascending order. */
struct proc_maps {
	struct code_mapping *mappings;
	size_t nr, room;
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

/* The namer. */

#define USER_NAME 96

struct named_frame {
	uint64_t addr;
	/* From the function; without a name in the file's addresses; without a file too: addr. */
	uint64_t offset;
	char name[USER_NAME]; /* "": none */
	char module[MAPPING_NAME]; /* "": none */
};

struct named_stack {
	uint32_t nr;
	uint32_t end; /* enum user_end */
	struct named_frame frames[USER_FRAMES];
};

struct namer;

/* @opener: the socket to it. Lasts as long as its process. NULL without memory. */
struct namer *namer__new(int opener);

/* The frames of @stack in process @tgid, innermost first. */
void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named);

/* Leave the process what naming needs: what it has open, and its two sockets. 0 or a negative errno. */
int namer__confine(void);

/*
 * The files that processes have mapped, kept open, and the names that were found in them.
 *
 * A process's mappings are known by the files that were opened for that process alone: /proc/PID/maps
 * says what was mapped when it was read, and a debug file is what the process's own mount
 * namespace has there. Processes share a file where fstat() says that the same one was opened.
 */
struct images;
struct mapped_file;

/* The process that has the mappings. */
struct images_owner {
	uint32_t pid;
	uint64_t program; /* a number of that process and what it executes, never used again */
	int maps_fd; /* its /proc/PID/maps, which reads as empty when another has taken the pid */
};

/* Whether the process still is, and executes what it did. */
bool images_owner__runs(const struct images_owner *owner);

/* @opener: the socket to it. Lasts as long as its process. NULL without memory. */
struct images *images__new(int opener);

/* The file that @owner has at @mapping, valid until the next call; NULL: it cannot be read. */
struct mapped_file *images__get(struct images *images, const struct images_owner *owner,
				const struct code_mapping *mapping);

/* Valid until the next call of a function of these. */
const struct elf_image *images__elf(struct images *images, const struct mapped_file *file);

/*
 * The function at @vaddr: of the file, or, where the file is stripped, of the file with its
 * symbols that has the same build-id. False: none.
 */
bool images__function(struct images *images, struct mapped_file *file,
		      const struct images_owner *owner, uint64_t vaddr, char *name, size_t size,
		      uint64_t *offset);

#endif /* IPITRACE_HOST_USER_NAMER_H */
