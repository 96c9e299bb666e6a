/* SPDX-License-Identifier: GPL-2.0 */
/* Each string once: names that outlive the line that they were read from. */
#ifndef IPITRACE_VIEW_CAPTURE_STRINGS_H
#define IPITRACE_VIEW_CAPTURE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings;

/* NULL without memory. */
struct strings *strings__new(void);
void strings__free(struct strings *strings);

/* Whether a text was not kept: there is no memory, or the texts have STRINGS_MAX bytes. */
#define STRINGS_MAX ((size_t)128 << 20)
bool strings__short(const struct strings *strings);

/*
 * The one copy of @text, valid until strings__free(); the same pointer for the same
 * text. NULL for NULL, or where there is no room.
 */
const char *strings__keep(struct strings *strings, const char *text);

#endif /* IPITRACE_VIEW_CAPTURE_STRINGS_H */
