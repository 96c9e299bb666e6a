/* SPDX-License-Identifier: GPL-2.0 */
/* Functions and call sites by the texts that a file has of them; bounded. */
#ifndef IPITRACE_IMPORT_NAMES_H
#define IPITRACE_IMPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include "model/names.h"

/* Different texts of one file; the kernel's csds have some hundred functions and call sites. */
#define NAMES_MAX 16384

/* A longer text is cut: KSYM_NAME_LEN is 512. */
#define NAME_BYTES 640

/* Stands for each text that found no room. */
#define NAME_OTHER NAMES_MAX

struct names;

/* NULL without memory. */
struct names *names__new(void);
void names__free(struct names *names);

/*
 * The number of @text, "func", "func+0x1c/0x40 [module]" or "0xADDRESS"; the same for the same text
 * but for the function's length. 0 for no text, and for the address 0.
 */
uint64_t names__id(struct names *names, const char *text, size_t len);

/* What @id, of names__id(), stands for; a name lives as long as @names. */
struct symbol names__symbol(const struct names *names, uint64_t id);

#endif /* IPITRACE_IMPORT_NAMES_H */
