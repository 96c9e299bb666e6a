/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way into text for each string that the kernel or a user named: task
 * names, cgroups, functions, modules, hosts, kinds of interrupts. Such a name
 * may hold escape sequences, newlines, and bytes that are no text at all; a
 * terminal would obey them. No view prints such a name itself.
 *
 * By value, like units.h: neither memory, locks nor stdio, so that stalls may
 * be described while a CPU is stuck. Widths count characters.
 */
#ifndef IPITRACE_VIEW_TEXT_SAFE_H
#define IPITRACE_VIEW_TEXT_SAFE_H

#include <stddef.h>
#include "abi/limits.h"

/* The longest symbol (KSYM_NAME_LEN is 512) with its offset. */
#define SAFE_BYTES 640

struct safe {
	char s[SAFE_BYTES];
};

/* @name, with '?' for what is not text (base/sanitize.h); "?" for NULL. */
struct safe safe(const char *name);

/* A task's name, which need not end with a NUL. */
struct safe_comm {
	char s[COMM_LEN + 1];
};
struct safe_comm safe__comm(const char *comm);

/* The first @bytes bytes of @name, or less, since no character is cut. */
struct safe safe__cut(const char *name, size_t bytes);

/* As safe(); if it is longer than @bytes, "..." and its end. */
struct safe safe__tail(const char *name, size_t bytes);

/* Exactly @width columns: cut, or filled with blanks. */
struct safe safe__column(const char *name, size_t width);

/* As safe__column(); a name that is too long for its column gets a line of its own. */
struct safe safe__name(const char *name, size_t width);

/* The characters of @text, which is UTF-8, or of its first @len bytes. */
size_t safe__width(const char *text);
size_t safe__width_of(const char *text, size_t len);

/* The bytes of the first @width characters of @text, or of all. */
size_t safe__fit(const char *text, size_t width);

/* @len, less the bytes of a last character that the first @len bytes of @text cut. */
size_t safe__whole(const char *text, size_t len);

#endif /* IPITRACE_VIEW_TEXT_SAFE_H */
