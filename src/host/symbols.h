/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds names by addresses. Keeps the text symbols of /proc/kallsyms in memory, some 40 bytes each,
 * and reads them again when a name of a module that came is needed, or a new address has no name.
 */
#ifndef IPITRACE_HOST_SYMBOLS_H
#define IPITRACE_HOST_SYMBOLS_H

#include "model/snapshot.h"

struct symbols;

/*
 * Open @path (NULL: /proc/kallsyms) and @modules (NULL: /proc/modules). Returns 0 and *@s, or a
 * negative errno.
 */
int symbols__open(struct symbols **s, const char *path, const char *modules);
void symbols__close(struct symbols *s);

/*
 * Make a table that reads no file: fill it by symbols__add(), and call symbols__sort(). Then
 * symbols__name() and symbols__match() work. Returns 0 or -ENOMEM.
 */
int symbols__new(struct symbols **s);

/* Add a function at @addr; @module: NULL for the kernel proper. Returns 0 or -ENOMEM. */
int symbols__add(struct symbols *s, uint64_t addr, const char *name, const char *module);
void symbols__sort(struct symbols *s);

/*
 * Name the functions, call sites and stacks of @snap. The names belong to @s and stay valid until
 * the next call. The name of an address that no symbol contains is NULL, and so is that of a
 * function at whose address no symbol begins. @now: CLOCK_MONOTONIC ns, because the files are read
 * again only now and then for addresses without a name. Returns 0; or -ENOMEM: then nothing has a
 * name, and the next call reads the files again.
 */
int symbols__resolve(struct symbols *s, struct snapshot *snap, uint64_t now);

/* Do what symbols__resolve() does, for the frames of @sample, which have addresses. */
int symbols__frames(struct symbols *s, struct stack_sample *sample, uint64_t now);

/*
 * Do what symbols__resolve() does, for one symbol. @func: a function begins there. The names that
 * an earlier call gave to other symbols may be gone.
 */
int symbols__find(struct symbols *s, struct symbol *symbol, bool func, uint64_t now);

/*
 * Find the addresses of the functions whose name matches @glob, in *@addrs
 * (malloc). Returns how many; -ENOENT if none does; -EPERM if the kernel hides
 * its addresses (kernel.kptr_restrict); another negative errno.
 */
int symbols__match(struct symbols *s, const char *glob, uint64_t **addrs);

/*
 * Read all names now. In the same pass call @see, unless it is NULL, for each symbol of the kernel
 * proper, variables included, in the file's order. Returns 0 or -ENOMEM.
 */
int symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
		  void *ctx);

/*
 * Name @symbol from the names read before; changes nothing else and takes no
 * memory. Returns false, and sets a NULL name, if there is no name, or if @function
 * is set and no symbol begins there: the function is of a module loaded later.
 */
bool symbols__name(const struct symbols *s, struct symbol *symbol, bool function);

/*
 * Returns the address of the kernel's function @name, or of a part that the compiler made of it,
 * such as NAME.part.0; 0 if there is none.
 */
uint64_t symbols__address(const struct symbols *s, const char *name);

/* Whether the names were read, and the kernel showed none. */
bool symbols__hidden(const struct symbols *s);

/* Read all names. Returns 0; -EPERM if the kernel hides addresses from this process; or -ENOMEM. */
int symbols__readable(struct symbols *s);

/* The names are read again at most once in this time: each reading takes 70 ms and more. */
#define SYMBOLS_READ_NS 1000000000ULL

/* More than the longest name of a module, and its '\0' (6.12: MODULE_NAME_LEN). */
#define MODULE_NAME 64

/* A line of /proc/modules. */
struct module {
	char name[MODULE_NAME];
	uint64_t start;
	uint64_t end; /* or later: the size has the module's data, too, which may be elsewhere */
	uint64_t hash;
	bool other; /* by modules__compare(): the other list lacks this line */
};

/* The caller frees @at. */
struct modules {
	struct module *at; /* in the file's order */
	size_t nr;
};

/*
 * Open the list of modules, by which a caller knows that names read before may be wrong. @path:
 * NULL for /proc/modules. Returns a file descriptor, or -1. The kernel shows the addresses of
 * modules if the process that opens the file is root.
 */
int modules__open(const char *path);

/*
 * Returns a hash of the modules that the file @fd lists now, without their users, which change all
 * the time. A module that was loaded again has another address, so the hash differs. If @fd is -1,
 * the hash is always the same.
 */
uint64_t modules__hash(int fd);

/* Read the modules that the file @fd lists now, in place of @modules. Returns 0 or -ENOMEM. */
int modules__read(struct modules *modules, int fd);

/* Set `other` of each module of @a and @b. */
void modules__compare(struct modules *a, struct modules *b);

/* Whether @addr may be in a module that has `other` set. */
bool modules__has_other_at(const struct modules *modules, uint64_t addr);

/* Returns the module @name; NULL if the list has none. */
const struct module *modules__find(const struct modules *modules, const char *name);

/*
 * An attempt that is expensive and may fail is made less and less often, but never given up: the
 * gap between two attempts doubles from the least to the most.
 */
#define BACKOFF_LEAST_NS 1000000000ULL
#define BACKOFF_MOST_NS	 64000000000ULL

/* All zero to begin with. Times are CLOCK_MONOTONIC ns. */
struct backoff {
	uint64_t next; /* no attempt before this time */
	uint64_t gap;
};

/*
 * Whether an attempt is due; if so, the caller makes it. The gaps begin anew if no attempt was
 * wanted for BACKOFF_MOST_NS.
 */
static inline bool backoff__try(struct backoff *b, uint64_t now)
{
	bool anew = !b->gap || now >= b->next + BACKOFF_MOST_NS;

	if (now < b->next)
		return false;
	b->gap = anew ? BACKOFF_LEAST_NS : 2 * b->gap;
	if (b->gap > BACKOFF_MOST_NS)
		b->gap = BACKOFF_MOST_NS;
	b->next = now + b->gap;
	return true;
}

/* Note that the attempt succeeded. */
static inline void backoff__reset(struct backoff *b)
{
	*b = (struct backoff){};
}

/*
 * Names for the user's side of sampled stacks. Three processes find the names, so that ipitrace
 * itself neither keeps rights nor reads files that anybody may have made, and goes on if such a
 * file hangs or crashes its reader: host/user/README.md.
 */

struct user_symbols;

/* Start the processes, as root, before there is a thread. Returns 0 or a negative errno. */
int user_symbols__open(struct user_symbols **us);

/* Close @us, which may be NULL. */
void user_symbols__close(struct user_symbols *us);

/*
 * Whether the keeper has ended: there will be no more names. @how gets the signal or status of its
 * end, in words. @us may be NULL.
 */
bool user_symbols__ended(const struct user_symbols *us, char *how, size_t size);

/*
 * Whether the keeper had to start the reader and the opener again. @how gets the reason of the
 * first time, in words; *@tgid the process that is left out from then on, 0 if none is. @us may be
 * NULL.
 */
bool user_symbols__restarted(const struct user_symbols *us, uint32_t *tgid, char *how, size_t size);

/* From now on user_symbols__name_early() may wait for some ms in all. @us may be NULL. */
void user_symbols__allow_early(struct user_symbols *us);

/*
 * Name @stack soon after it was sampled, because its process may be gone at the end of the window.
 * A BPF program may still be writing @stack, so it is copied first. Returns whether there is time
 * for another stack.
 */
bool user_symbols__name_early(struct user_symbols *us, uint32_t tgid,
			      const struct user_stack *stack);

/*
 * Name the user's side of the samples of @snap, whose kernel's side has names, and free the stacks
 * without names. The names belong to @us and stay valid until the next call. Waits for at most 200
 * ms. @us may be NULL.
 */
void user_symbols__resolve(struct user_symbols *us, struct snapshot *snap);

#endif /* IPITRACE_HOST_SYMBOLS_H */
