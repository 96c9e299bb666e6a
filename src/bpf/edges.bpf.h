/* SPDX-License-Identifier: GPL-2.0 */
/*
 * csds by sender and destination: for each sender a small table by destination.
 * With up to EDGE_MAX CPUs every destination has a place; with more CPUs a
 * sender keeps the destinations that it saw first, and sums up the others. An
 * edge's place is its index in its sender's table.
 */
#ifndef IPITRACE_BPF_EDGES_BPF_H
#define IPITRACE_BPF_EDGES_BPF_H

#include "abi/cpu.h"
#include "abi/table.h"
#include "bpf/config.bpf.h"
#include "bpf/count.bpf.h"

#define EDGE_PROBES 8

/* edge_slots places for each sender. */
MAPPED_ARRAY(edges, struct edge_rec, 1);

/* Returns the edge at @place of the table of @src. */
static __always_inline struct edge_rec *edge_at(__u32 src, __u32 place)
{
	__u32 at = src * edge_slots + (place & (edge_slots - 1));

	return bpf_map_lookup_elem(&edges, &at);
}

/* Returns the edge at @place of @src if it leads to @dst, or was free and now does; NULL if not. */
static __always_inline struct edge_rec *edge_take(__u32 src, __u32 place, __u32 dst)
{
	struct edge_rec *edge = edge_at(src, place);
	__u32 key;

	if (!edge)
		return NULL;
	key = *(volatile __u32 *)&edge->dst;
	if (!key)
		key = __sync_val_compare_and_swap(&edge->dst, 0, dst + 1);
	return !key || key == dst + 1 ? edge : NULL;
}

/* Returns the edge from @src to @dst, if @src has a place for @dst. */
static __always_inline struct edge_rec *edge_find(__u32 src, __u32 dst)
{
	int i;

	for (i = 0; i < EDGE_PROBES; i++) {
		struct edge_rec *edge = edge_at(src, dst + i);

		if (!edge || !edge->dst)
			break;
		if (edge->dst == dst + 1)
			return edge;
	}
	return NULL;
}

/* A search for the place of @dst's edge, among the places that follow @dst's own. */
struct edge_search {
	__u32 src;
	__u32 dst;
	__u32 place; /* EDGE_NONE: none yet */
};

static long edge_next(__u32 i, struct edge_search *s)
{
	__u32 place = s->dst + 1 + i;

	if (i + 1 >= EDGE_PROBES)
		return 1;
	if (!edge_take(s->src, place, s->dst))
		return 0;
	s->place = place & (edge_slots - 1);
	return 1;
}

LOOP_BODY(edge_next, struct edge_search)

/*
 * Find or take the place of the edge from @src to @dst, if @dst's own place has another edge.
 * Returns EDGE_NONE if no place is free.
 */
__noinline __u32 edge_claim_far(__u32 src, __u32 dst)
{
	struct edge_search s = { .src = src, .dst = dst, .place = EDGE_NONE };

	loop_n(EDGE_PROBES, edge_next, &s);
	return s.place;
}

/*
 * Find or make the edge from @src to @dst; *@place gets its place. Returns NULL if @src has no room
 * for the edge. With up to EDGE_MAX CPUs each destination has its own place. The search of other
 * places is out of line, so that the verifier walks through the search once, and does not walk
 * through the rest of the program for each place.
 */
static __always_inline struct edge_rec *edge_claim(__u32 src, __u32 dst, __u32 *place)
{
	struct edge_rec *edge;

	*place = dst & (edge_slots - 1);
	edge = edge_take(src, *place, dst);
	if (edge)
		return edge;
	*place = edge_claim_far(src, dst);
	return *place == EDGE_NONE ? NULL : edge_at(src, *place);
}

/*
 * Count a csd from @src to @dst. @nested: csd_queue_twin() counts the csd, in a counter of its own,
 * because csd_queue() adds without an atomic operation. Returns the edge's place, or EDGE_NONE.
 */
static __always_inline __u32 edge_count(struct cpu_bank *bank, __u32 src, __u32 dst, bool nested,
					__u32 e)
{
	__u32 place;
	struct edge_rec *edge = edge_claim(src, dst, &place);

	if (!edge) {
		count_atomic(&bank->edges_other, 1);
		return EDGE_NONE;
	}
	if (nested)
		edge->nested[e & 1]++;
	else
		edge->count[e & 1]++;
	return place;
}

#endif /* IPITRACE_BPF_EDGES_BPF_H */
