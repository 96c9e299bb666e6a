/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses to names, from /proc/kallsyms: the text symbols in memory (some
 * 40 bytes each), read again when an address is in none of them.
 */
#ifndef IPITRACE_HOST_SYMBOLS_H
#define IPITRACE_HOST_SYMBOLS_H

#include "model/snapshot.h"
#include "model/symbol.h"

struct symbols;

/* @path: NULL for /proc/kallsyms. 0 and *@s, or a negative errno. */
int symbols__open(struct symbols **s, const char *path);
void symbols__close(struct symbols *s);

/*
 * Name the functions, call sites and stacks of @snap. The names belong to @s
 * and stay until the next call. What has no name keeps NULL. Returns 0 or a
 * negative errno.
 */
int symbols__resolve(struct symbols *s, struct snapshot *snap);

/* The same for one symbol, by its addr. @func: a function begins there. */
int symbols__find(struct symbols *s, struct symbol *symbol, bool func);

/*
 * The addresses of the functions whose name matches @glob, in *@addrs
 * (malloc). Returns how many; -ENOENT for none; -EPERM if the kernel hides
 * its addresses (kernel.kptr_restrict); another negative errno.
 */
int symbols__match(struct symbols *s, const char *glob, uint64_t **addrs);

/* Read the names anew now. 0 or -ENOMEM. */
int symbols__load(struct symbols *s);

/*
 * Name @symbol from what was read; changes nothing else and takes no memory.
 * False: it has no name, or @function is set and it does not begin there (a
 * module that came later).
 */
bool symbols__name(const struct symbols *s, struct symbol *symbol, bool function);

/* The address of the function of the kernel proper called @name; 0: none. */
uint64_t symbols__address(const struct symbols *s, const char *name);

/* Whether the kernel shows addresses to us. */
bool symbols__readable(struct symbols *s);

#endif /* IPITRACE_HOST_SYMBOLS_H */
