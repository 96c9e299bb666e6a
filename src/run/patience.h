/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message on stderr if something takes long. By a thread of its own, for the
 * caller may be in the kernel, which does not come back.
 */
#ifndef IPITRACE_RUN_PATIENCE_H
#define IPITRACE_RUN_PATIENCE_H

#include <stdint.h>

struct patience;

/*
 * Say "ipitrace: @message" unless patience__end() comes within @ns. NULL: no memory,
 * no thread; then nothing is said.
 */
struct patience *patience__begin(uint64_t ns, const char *message);

/* @patience may be NULL. */
void patience__end(struct patience *patience);

#endif /* IPITRACE_RUN_PATIENCE_H */
