/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a sampled stack to the names of its frames: which file is mapped at each address, and which
 * function the file has there. Processes and files that were seen are kept, so that stacks of a process
 * can be named for some time after its end. The opener, a process of its own, opens the files.
 */
#ifndef IPITRACE_HOST_USER_NAMER_H
#define IPITRACE_HOST_USER_NAMER_H

#include "host/user/elf_image.h"
#include "model/snapshot.h"

/*
 * The opener: a process that keeps the right to look into other processes, and does nothing
 * but open four kinds of files for reading and hand over their descriptors. It does not read the
 * files, because anybody may have made them.
 */

enum opener_file {
	OPEN_MAPS, /* /proc/PID/maps; readable until the process is gone */
	OPEN_MAPPED, /* the file that is mapped as code at start-end, also if it was deleted or replaced */
	OPEN_PERF_MAP, /* the process's own /tmp/perf-PID.map, in its mount and pid namespace */
	OPEN_DEBUG, /* the symbols of the build-id, in the process's mount namespace; pid 0: in that of ipitrace */
};

/* Only numbers: no path comes from a process. */
struct opener_request {
	uint32_t file;
	uint32_t pid;
	uint64_t start, end;
	uint32_t build_id_len;
	uint8_t build_id[BUILD_ID_MAX];
};

/* Get the number of process @pid in its own pid namespace, and its user. False: it is gone. */
bool opener__identity(uint32_t pid, uint32_t *inner, uint32_t *uid);

/* Leave this process only the system calls that opener__run() makes. 0 or a negative errno. */
int opener__confine(void);

/* The opener's own process: serves the requests that @socket has until the other end is closed. */
void opener__run(int socket);

/*
 * Ask the opener for a descriptor, which the caller closes. Waits for the opener. Returns a
 * negative errno if there is none.
 */
int opener__ask(int socket, const struct opener_request *request);

/*
 * Where a process has code: the executable mappings of /proc/PID/maps; and the names of code that
 * a program made itself, which are in its file /tmp/perf-PID.map.
 */

#define MAPPING_NAME 48

struct code_mapping {
	uint64_t start, end;
	uint64_t offset; /* offset of the mapping in the file */
	uint64_t dev; /* the kernel's device number; it identifies the file together with inode */
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

/* Returns the mapping that has @addr; NULL: none. */
const struct code_mapping *proc_maps__find(const struct proc_maps *maps, uint64_t addr);

void proc_maps__free(struct proc_maps *maps);

#define MADE_NAME    96
/* Some 300,000 functions. */
#define PERF_MAP_MAX (32 << 20)

struct made_name {
	uint64_t addr; /* 0: no name is asked for */
	uint64_t offset; /* offset of addr from the function's beginning */
	bool found;
	char name[MADE_NAME];
};

/*
 * Name the functions that have the addresses of @names, by the lines of @fd from @from, where a
 * line begins, to @to. If several lines have an address, the last one counts: a compiler reuses its
 * memory, and writes new lines after the older lines. Returns where the last whole line ends, which is
 * where later lines will begin.
 */
off_t perf_map__read(int fd, off_t from, off_t to, struct made_name *names, size_t nr);

/* The namer. */

#define USER_NAME 96

struct named_frame {
	uint64_t addr;
	/*
	 * The distance from the function's beginning. Without a name: an address of the file.
	 * Without a file: addr.
	 */
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

/* @opener: the socket to the opener. Never freed: the namer lasts as long as its process. NULL: no memory. */
struct namer *namer__new(int opener);

/* Name the frames of @stack in process @tgid, innermost first. */
void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named);

/* Leave this process only what naming needs: the files that are open, and its two sockets. 0 or a negative errno. */
int namer__confine(void);

/*
 * The files that processes have mapped, kept open, and the names that were found in them.
 *
 * A process's mappings are known only by the files that were opened for that process: /proc/PID/maps
 * says what was mapped when it was read, and a debug file is what the process's own mount
 * namespace has at the path. Processes share a file where fstat() says that the same one was opened.
 */
struct images;
struct mapped_file;

/* The process that has the mappings. */
struct images_owner {
	uint32_t pid;
	uint64_t program; /* a number for this process and the program that it executes, never used again */
	int maps_fd; /* its /proc/PID/maps, which reads as empty once another process has the pid */
};

/* Whether the process still exists, and executes the same program. */
bool images_owner__runs(const struct images_owner *owner);

/* @opener: the socket to the opener. Never freed: the images last as long as the process. NULL: no memory. */
struct images *images__new(int opener);

/*
 * Returns the file that @owner has at @mapping, valid until the next call; NULL: it cannot be read.
 */
struct mapped_file *images__get(struct images *images, const struct images_owner *owner,
				const struct code_mapping *mapping);

/*
 * Returns the ELF file of @file, valid until the next call of one of these functions; NULL: no
 * longer open.
 */
const struct elf_image *images__elf(struct images *images, const struct mapped_file *file);

/*
 * Get the function at @vaddr of the file. If the file is stripped, the file with its symbols, which
 * has the same build-id, names the function. False: none.
 */
bool images__function(struct images *images, struct mapped_file *file,
		      const struct images_owner *owner, uint64_t vaddr, char *name, size_t size,
		      uint64_t *offset);

#endif /* IPITRACE_HOST_USER_NAMER_H */
