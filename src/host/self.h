/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of this process. */
#ifndef IPITRACE_HOST_SELF_H
#define IPITRACE_HOST_SELF_H

#include <stdint.h>

/* The peak of its resident memory, bytes; 0: unknown. */
uint64_t self__rss_peak(void);

/* The memory that it has now, bytes; 0: not known. */
uint64_t self__rss(void);

#endif /* IPITRACE_HOST_SELF_H */
