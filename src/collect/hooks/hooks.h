/* SPDX-License-Identifier: GPL-2.0 */
/* The limits of the second source; collect/source.h declares the source itself. */
#ifndef IPITRACE_COLLECT_HOOKS_HOOKS_H
#define IPITRACE_COLLECT_HOOKS_HOOKS_H

struct collect_config;

/* The figure that @config asks for and that calls do not tell, in words; NULL: none. */
const char *hooks__lacks(const struct collect_config *config);

/* The feature that this kernel lacks, so that calls cannot be seen, in words; NULL: none. */
const char *hooks__needs(void);

#endif /* IPITRACE_COLLECT_HOOKS_HOOKS_H */
