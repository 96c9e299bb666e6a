/* SPDX-License-Identifier: GPL-2.0 */
/* A search in a BPF skeleton, whichever of ours it is. */
#ifndef IPITRACE_COLLECT_SKELETON_H
#define IPITRACE_COLLECT_SKELETON_H

struct bpf_object_skeleton;

/* The entry of the program @name; NULL: the object has no such program. */
const struct bpf_prog_skeleton *skeleton__prog(const struct bpf_object_skeleton *skeleton,
					       const char *name);

#endif /* IPITRACE_COLLECT_SKELETON_H */
