/* SPDX-License-Identifier: GPL-2.0 */
/* The programs and maps of --kinds (bpf/ipis.bpf.h): collect.c's part. */
#ifndef IPITRACE_COLLECT_IPIS_BPF_H
#define IPITRACE_COLLECT_IPIS_BPF_H

#include <stdbool.h>
#include "collect/geometry.h"
#include "model/snapshot.h"

struct bpf_object;
struct ipis_bpf;

/*
 * Before @obj is loaded. Without @kinds nothing of it will be, *@ipis is NULL,
 * and the others do nothing. They return 0 or a negative errno.
 */
int ipis_bpf__configure(struct ipis_bpf **ipis, struct bpf_object *obj, const struct geometry *geo,
			bool kinds);
/* Once it is loaded: map the maps. */
int ipis_bpf__open(struct ipis_bpf *ipis);
int ipis_bpf__attach(struct ipis_bpf *ipis);
/* The name of the @i-th program that is loaded; NULL behind the last. */
const char *ipis_bpf__prog(const struct ipis_bpf *ipis, size_t i);
/* @epoch's bank is at rest. */
int ipis_bpf__read(struct ipis_bpf *ipis, uint32_t epoch, struct snapshot *snap);
/* Before @obj is closed. */
void ipis_bpf__close(struct ipis_bpf *ipis);

#endif /* IPITRACE_COLLECT_IPIS_BPF_H */
