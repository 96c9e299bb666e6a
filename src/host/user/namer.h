/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names the frames of a sampled stack: finds which file is mapped at each address, and which
 * function the file has there. Keeps processes and files that were seen, so that stacks of a
 * process can be named for some time after its end. The opener, a process of its own, opens the
 * files.
 */
#ifndef IPITRACE_HOST_USER_NAMER_H
#define IPITRACE_HOST_USER_NAMER_H

#include "host/user/elf_image.h"
#include "model/snapshot.h"

/*
 * The opener: a process that keeps the right to read other processes' files of /proc. It only opens
 * four kinds of files for reading, and passes their descriptors on. It does not read the files,
 * because anybody may have made them.
 */

enum opener_file {
	OPEN_MAPS, /* /proc/PID/maps; readable until the process ends */
	OPEN_MAPPED, /* the file mapped as code from start to end, even if deleted or replaced */
	OPEN_PERF_MAP, /* the process's own /tmp/perf-PID.map, in its mount and pid namespace */
	/* the symbols of the build-id, in the process's mount namespace; pid 0: in ipitrace's */
	OPEN_DEBUG,
};

/* A request has only numbers, so that no process can make the opener open a path. */
struct opener_request {
	uint32_t file;
	uint32_t pid;
	uint64_t start, end;
	uint32_t build_id_len;
	uint8_t build_id[BUILD_ID_MAX];
};

/* Get process @pid's number in its own pid namespace, and its user. False: it has ended. */
bool opener__identity(uint32_t pid, uint32_t *inner, uint32_t *uid);

/* Allow this process only the system calls of opener__run(). Returns 0 or a negative errno. */
int opener__confine(void);

/* In the opener's process: serve @socket's requests until the other end is closed. */
void opener__run(int socket);

/*
 * Ask the opener for a file, and wait for the answer. Returns a descriptor, which the caller
 * closes, or a negative errno.
 */
int opener__ask(int socket, const struct opener_request *request);

/*
 * Where a process has code: the executable mappings of /proc/PID/maps; and the names of functions
 * that a program compiles at run time, which it writes to /tmp/perf-PID.map.
 */

#define MAPPING_NAME 48

struct code_mapping {
	uint64_t start, end;
	uint64_t offset; /* offset of the mapping in the file */
	uint64_t dev; /* the kernel's device number; it identifies the file together with inode */
	uint64_t inode; /* 0: no file, perhaps code made at run time */
	char name[MAPPING_NAME]; /* the last part of the path; "": none */
};

/* All zero: no mappings. In ascending order. */
struct proc_maps {
	struct code_mapping *mappings;
	size_t nr, room;
};

/*
 * Read the open file /proc/PID/maps, from its beginning. Returns 0; -ESRCH if it is empty: the
 * process has ended, or has executed another program since the file was opened; -ENOMEM.
 */
int proc_maps__read(struct proc_maps *maps, int fd);

/* Returns the mapping that has @addr; NULL: none. */
const struct code_mapping *proc_maps__find(const struct proc_maps *maps, uint64_t addr);

void proc_maps__free(struct proc_maps *maps);

#define MADE_NAME    96
/* Bytes of a perf map that are read at most: some 300,000 functions. */
#define PERF_MAP_MAX (32 << 20)

struct made_name {
	uint64_t addr; /* 0: this entry is unused */
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
	 * The distance from the function's beginning. If there is no name, the address in the file;
	 * if there is no file, addr.
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

/*
 * Returns a namer, which is never freed, because it lasts as long as its process; NULL if there is
 * no memory. @opener: the socket to the opener.
 */
struct namer *namer__new(int opener);

/* Name the frames of @stack in process @tgid, innermost first. */
void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named);

/*
 * Leave this process only what naming needs: the files that are open, and its two sockets. Returns
 * 0 or a negative errno.
 */
int namer__confine(void);

/*
 * The files that processes have mapped, kept open, and the names that were found in them.
 *
 * A process's mapping is known only by the file that was opened for that process: /proc/PID/maps
 * says what was mapped when it was read, and a debug file is what the process's own mount namespace
 * has at the path. Processes share a file only if fstat() says that the same file was opened for
 * both.
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

/*
 * Returns images, which are never freed, because they last as long as the process; NULL if there is
 * no memory. @opener: the socket to the opener.
 */
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
