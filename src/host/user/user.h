/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the functions in stacks of programs. In this order: a file, its symbols and segments;
 * from a frame to its caller; the opener of files, and the namer of a stack; the keeper of both.
 */
#ifndef IPITRACE_HOST_USER_USER_H
#define IPITRACE_HOST_USER_USER_H

#include <elf.h>
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include "model/snapshot.h"

/*
 * A program's or library's file: its symbols and its segments. Anybody may have made the file, so
 * it is read by pread(), because a mapped file may shrink; in parts, within the budget; and each
 * number in it is checked. Not by libelf, which would hold whole symbol tables in memory.
 */

#define IMAGE_SEGMENTS 16
#define BUILD_ID_MAX   20

/* A symbol table and its strings. size 0: none. */
struct elf_symbols {
	uint64_t offset;
	uint64_t size;
	uint64_t strings;
	uint64_t strings_size;
};

struct elf_image {
	int fd;
	uint16_t machine;
	struct {
		uint64_t vaddr, offset;
		uint64_t size; /* size of the segment in the file */
	} segments[IMAGE_SEGMENTS];
	unsigned int nr_segments;
	struct elf_symbols symtab; /* .symtab; .dynsym if the file is stripped */
	bool stripped;
	uint64_t unwind; /* address of .eh_frame_hdr; 0: none */
	uint8_t build_id[BUILD_ID_MAX];
	unsigned int build_id_len; /* 0: none */
};

/*
 * Read the headers of @fd, which the caller still owns. Returns 0, or -ENOEXEC if it is no 64-bit
 * ELF file of this machine's byte order.
 */
int elf_image__open(struct elf_image *image, int fd);

/* Whether both have the same build-id. */
bool elf_image__same_build(const struct elf_image *a, const struct elf_image *b);

/* Get the address that the file gives to its byte at @offset; false: none. */
bool elf_image__vaddr(const struct elf_image *image, uint64_t offset, uint64_t *vaddr);

/* Read @size bytes at @vaddr. False: they are not all in the file. */
bool elf_image__read(const struct elf_image *image, uint64_t vaddr, void *to, size_t size);

/*
 * Get the function that has @vaddr; *@offset gets the distance from its beginning. False: the file
 * names none there.
 */
bool elf_image__function(const struct elf_image *image, uint64_t vaddr, char *name, size_t size,
			 uint64_t *offset);

/* The functions below decode the file's code at an address (elf_code.c). */

/* Whether the instruction before @vaddr is a system call. */
bool elf_code__follows_syscall(const struct elf_image *image, uint64_t vaddr);

/*
 * Whether a function may return to @vaddr: a call is before it, or the code there ends the handler
 * of a signal. True if the code before it cannot be read, or is of another architecture than x86-64
 * and arm64.
 */
bool elf_code__may_return_to(const struct elf_image *image, uint64_t vaddr);

/*
 * The budget of a request: how many bytes it may read of files that anybody may have made, and how
 * much CPU time it may spend on them. Once one of the two is spent, files read as if they ended
 * there.
 */

/* Begin a request. Nothing limits reads before the first one. Only one thread may make requests. */
void budget__begin(uint64_t bytes, uint64_t cpu_ns);

/* Do what pread() does; return 0 when the budget is spent. */
#define BUDGET_READ_MIN 512
ssize_t budget__pread(int fd, void *to, size_t size, off_t offset);

/* Whether a read was refused since the request began. */
bool budget__over(void);

/* Begin a part of the request. */
void budget__part(void);

/*
 * Whether reads were refused, and half of the budget was spent before the present part of the
 * request began: another request may read more for this part.
 */
bool budget__cut(void);

/*
 * Finds a frame's caller by the tables that compilers write for exceptions (.eh_frame); programs
 * without frame pointers have these tables, too. Follows only the stack pointer, the frame pointer
 * and the return address of a frame.
 */

/* Where the caller's value of a register is. */
enum register_rule {
	RULE_SAME, /* the register still has it */
	RULE_AT, /* it is in memory, at the canonical frame address + offset */
	RULE_UNDEFINED, /* it is nowhere; for FRAME_RETURN: there is no caller */
	RULE_OTHER, /* it must be found in a way that ipitrace does not follow */
};

struct register_at {
	enum register_rule rule;
	int64_t offset;
};

/* The registers that the unwinder follows. */
enum frame_register {
	FRAME_SP,
	FRAME_FP,
	FRAME_RETURN,
	NR_FRAME_REGISTERS,
	FRAME_NONE,
};

struct frame_row {
	/*
	 * The register from which the canonical frame address has the distance cfa_offset;
	 * FRAME_NONE if that address must be found in a way that ipitrace does not follow.
	 */
	enum frame_register cfa;
	int64_t cfa_offset;
	struct register_at at[NR_FRAME_REGISTERS]; /* unused for FRAME_SP */
};

/* Get what .eh_frame of the file says about @vaddr (frame_table.c). False: it has no such row. */
bool frame_table__row(const struct elf_image *image, uint64_t vaddr, struct frame_row *row);

struct unwind_regs {
	uint64_t ip, sp, fp;
	uint64_t lr; /* arm64 */
};

enum unwind_step {
	UNWIND_STEPPED,
	UNWIND_BASE, /* the thread began here */
	UNWIND_UNKNOWN, /* no table has the address, or a table needs what is not followed */
	UNWIND_BEYOND, /* the caller's frame, or its address, is not among what was copied */
	UNWIND_NO_FP, /* as UNWIND_BEYOND, and the function keeps other data in the frame pointer */
};

/*
 * Make @regs the registers of the caller. @vaddr: the address of regs->ip in @image; @called: a
 * call returns there, so the function is that of the byte before.
 */
enum unwind_step unwind__step(const struct elf_image *image, uint64_t vaddr, bool called,
			      const struct user_stack *stack, struct unwind_regs *regs);

struct joined_frames {
	uint64_t addrs[USER_FRAMES]; /* innermost first */
	uint32_t nr;
	enum user_end end;
};

/* Functions by which join_frames() asks about a process; each gets @ctx. */
struct frame_ops {
	/* Make @regs the registers of the caller, by tables: unwind__step(). */
	enum unwind_step (*step)(void *ctx, bool called, struct unwind_regs *regs);
	/* Whether code is mapped before @addr, and a function may return to @addr. */
	bool (*is_caller)(void *ctx, uint64_t addr);
	/* Whether the instruction before @addr is a system call. */
	bool (*is_after_syscall)(void *ctx, uint64_t addr);
};

/*
 * Get the frames of a sampled stack: by unwind tables as far as the copied words go, then by the
 * frame pointers that the kernel followed. In a program that is compiled without frame pointers,
 * the register may hold anything, and the kernel may have followed its value to any word. So an
 * address that is no caller ends the list, and the register is not followed if the tables say that
 * the last function they describe keeps other data there. A wrapper of a system call makes no frame
 * of its own, so if only frame pointers were followed, the wrapper's caller would be missed.
 *
 * If a wrapper has no tables that can be searched (static programs have no sorted list of them), it
 * is taken to keep only its caller's address on the stack, as the wrappers of munmap(), madvise()
 * and mprotect() do.
 */
void join_frames(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
		 struct joined_frames *frames);

/*
 * Names the frames of a sampled stack: finds which file is mapped at each address, and which
 * function the file has there. Keeps processes and files that were seen, so that stacks of a
 * process can be named for some time after its end. The opener, a process of its own, opens the
 * files.
 */

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
 * memory, and writes new lines after the older lines. Returns where the last whole line ends, which
 * is where later lines will begin.
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
	uint64_t program; /* a number for this process and its program, never used again */
	int maps_fd; /* its /proc/PID/maps, which reads as empty once another process has the pid */
};

/* Whether the process still exists, and executes the same program. */
bool images_owner__runs(const struct images_owner *owner);

/*
 * Returns images, which are never freed, because they last as long as the process; NULL if there is
 * no memory. @opener: the socket to the opener.
 */
struct images *images__new(int opener);

/* Returns the file that @owner has at @mapping, valid until the next call; NULL: unreadable. */
struct mapped_file *images__get(struct images *images, const struct images_owner *owner,
				const struct code_mapping *mapping);

/* Returns the ELF file of @file, valid until the next call of these functions; NULL: closed. */
const struct elf_image *images__elf(struct images *images, const struct mapped_file *file);

/*
 * Get the function at @vaddr of the file. If the file is stripped, the file with its symbols, which
 * has the same build-id, names the function. False: none.
 */
bool images__function(struct images *images, struct mapped_file *file,
		      const struct images_owner *owner, uint64_t vaddr, char *name, size_t size,
		      uint64_t *offset);

/*
 * The keeper: a process between ipitrace and the two processes that use programs' files, reader and
 * opener. It starts both, passes requests on to them, and starts both again if they do not answer:
 * a file may be on a file system that somebody else runs (FUSE, NFS), where a process may wait for
 * ever.
 */

/* A stack to be named, and its answer. Both have one `id`, which shows a late answer. */
struct name_request {
	uint64_t id;
	uint32_t tgid;
	struct user_stack stack;
};

struct name_answer {
	uint64_t id;
	struct named_stack named;
};

enum kept_worker {
	KEPT_NONE,
	KEPT_READER,
	KEPT_OPENER,
};

/*
 * A message that the keeper sends whenever it has started reader and opener, also at the beginning.
 * Its size differs from the size of an answer.
 */
struct keeper_news {
	pid_t reader, opener;
	/*
	 * Why they were started again: a request about this process was not answered; 0: a worker
	 * ended between requests, or this is the first start.
	 */
	uint32_t tgid;
	uint32_t ended; /* enum kept_worker; KEPT_NONE: no answer in time, or the first start */
	int32_t status; /* exit status of the worker that ended, for WIFEXITED() */
};

/* How long a request may take while neither reader nor opener runs: both wait for a file. */
#define KEEPER_PATIENCE_MS 1000

/* The keeper ends after it has started reader and opener again this many times. */
#define KEEPER_AGAIN 64

/*
 * Once files of this many processes of one user have held up or ended reader or opener, all
 * processes of that user are left out, unless the user is root.
 */
#define KEEPER_USER_MOST 4

/* The main functions of reader and opener. Each gets its descriptors, and does not return. */
struct kept_workers {
	/* @socket: requests and answers as above; @opener: as for namer__new(). */
	void __attribute__((noreturn)) (*reader)(int socket, int opener);
	void __attribute__((noreturn)) (*opener)(int socket);
};

/*
 * The keeper's own process: serve the requests that come from @socket, until the other end is
 * closed, or reader and opener cannot be started. A request about a process that is left out is
 * answered without names: USER_END_LATE.
 */
void keeper__run(int socket, const struct kept_workers *workers);

/*
 * Leave this process only the system calls that keeper__run() needs, and those by which reader and
 * opener give up further calls. Returns 0 or a negative errno.
 */
int keeper__confine(void);

#endif /* IPITRACE_HOST_USER_USER_H */
