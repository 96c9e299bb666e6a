/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps as plain memory, which the read_* files read. No libbpf, so unit
 * tests make these maps with calloc().
 */
#ifndef IPITRACE_COLLECT_MAPS_H
#define IPITRACE_COLLECT_MAPS_H

#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "collect/geometry.h"

struct maps {
	struct geometry geo;
	struct cpu_rec *cpus; /* nr_cpus + 1, the last is the irq_works' */
	struct slot *slots; /* by box, place */
	struct origin *origins; /* by slot; a single unused entry where origins are not kept */
	struct call_rec *calls; /* by sender */
	struct task_call *task_calls; /* by a hash; where geo.task_call_slots is 1, unused */
	struct record *records; /* by CPU, place */
	struct record_ring *rings; /* by CPU */
	struct record *entered; /* by CPU, frame */
	struct edge_rec *edges; /* by sender, place */
	struct fn_key *fn_keys; /* by table, row */
	struct fn_rec *fns; /* by table, shard, row */
	struct hot_row *hot_rows; /* by table, CPU, bank, place */
	struct sample *samples; /* by bank */
	struct user_stack *user_stacks; /* as samples, where geo has them */
	uint64_t *samples_taken; /* by bank */
	enum by_key by_key;
	/* User space's own: windows in a row in which a row of TABLE_BY was idle (retire_rows()). */
	uint8_t by_idle[FN_ROWS];
};

#endif /* IPITRACE_COLLECT_MAPS_H */
