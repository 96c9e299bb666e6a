/* SPDX-License-Identifier: GPL-2.0 */
/* Why the user's side of a sampled stack ends where it does. */
#ifndef IPITRACE_MODEL_USER_END_H
#define IPITRACE_MODEL_USER_END_H

/* user_end_names[] in model/names.c has the words. */
enum user_end {
	USER_END_NONE, /* there is no user's side: a kernel thread, an interrupt, --no-user */
	USER_END_BASE, /* whole, down to where the thread began */
	USER_END_DEEP, /* there are more frames than are kept */
	USER_END_LOST, /* the next frame is not found: no frame pointers, no unwind tables */
	USER_END_PAGED, /* the stack was not in memory */
	USER_END_GONE, /* the process was gone before its mappings were read */
	USER_END_DENIED, /* the mappings may not be read */
	USER_END_LATE, /* the names did not come in time */
	NR_USER_ENDS,
};

#endif /* IPITRACE_MODEL_USER_END_H */
