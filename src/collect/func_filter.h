/* SPDX-License-Identifier: GPL-2.0 */
/* The map of functions that the programs' filter lets through (bpf/filter.bpf.h). */
#ifndef IPITRACE_COLLECT_FUNC_FILTER_H
#define IPITRACE_COLLECT_FUNC_FILTER_H

struct bpf_map;
struct collect_config;

/* Put @config's functions into @map, which is loaded. Returns 0 or a negative errno. */
int func_filter__fill(struct bpf_map *map, const struct collect_config *config);

#endif /* IPITRACE_COLLECT_FUNC_FILTER_H */
