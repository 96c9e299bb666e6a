// SPDX-License-Identifier: GPL-2.0
#include "abi/call.h"
#include "abi/cpu.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "abi/mailbox.h"
#include "abi/record.h"
#include "abi/table.h"
#include "collect/maps.h"

/* Records of all rings together, and the most and the least of one ring. */
#define RECORDS_ALL   (1U << 18)
#define RECORDS_MOST  (1U << 17)
#define RECORDS_LEAST (1U << 10)

/* The least power of two from @n on, within @lo and @hi, which are powers of two. */
static uint32_t clamp_pow2(uint32_t n, uint32_t lo, uint32_t hi)
{
	uint32_t power = lo;

	while (power < n && power < hi)
		power *= 2;
	return power;
}

static uint32_t edges_most(uint32_t nr_cpus)
{
	if (nr_cpus > 2048)
		return EDGE_MAX_2048;
	return nr_cpus > 512 ? EDGE_MAX_512 : EDGE_MAX;
}

struct geometry geometry__of(uint32_t nr_cpus)
{
	return (struct geometry){
		.nr_cpus = nr_cpus,
		.mailbox_slots = MAILBOX_SLOTS,
		/* An irq_work stays until a sweep finds that it has run; each CPU has a few. */
		.irq_work_slots = clamp_pow2(2 * nr_cpus, MAILBOX_SLOTS, 2 * MAX_CPUS),
		.edge_slots = clamp_pow2(nr_cpus, EDGE_MIN, edges_most(nr_cpus)),
		.fn_shards = nr_cpus > FN_ONE_SHARD_CPUS ? FN_MAX_SHARDS : 1,
		.hot_places = nr_cpus > HOT_FEW_CPUS ? HOT_PLACES_MANY : HOT_PLACES,
		.ipi_shards = clamp_pow2(nr_cpus, 1, IPI_MAX_SHARDS),
		.tables = 1,
		.origins = 1,
		.task_call_slots = 1,
		.wait_slots =
			clamp_pow2(WAITS_PER_CPU * nr_cpus, WAITS_MIN, WAITS_PER_CPU * MAX_CPUS),
	};
}

uint32_t geometry__task_calls(uint32_t nr_cpus)
{
	return clamp_pow2(TASK_CALLS_PER_CPU * nr_cpus, TASK_CALLS_MIN,
			  TASK_CALLS_PER_CPU * MAX_CPUS);
}

uint32_t geometry__slots(const struct geometry *geo)
{
	return geo->nr_cpus * geo->mailbox_slots + geo->irq_work_slots;
}

uint32_t geometry__hot_rows(const struct geometry *geo)
{
	return geo->tables * geo->nr_cpus * NR_BANKS * geo->hot_places;
}

uint32_t geometry__records(uint32_t nr_cpus)
{
	return RECORDS_ALL /
	       clamp_pow2(nr_cpus, RECORDS_ALL / RECORDS_MOST, RECORDS_ALL / RECORDS_LEAST);
}

/* Bytes of one CPU's ring, and of its records of functions that run. */
static uint64_t records_bytes(const struct geometry *geo)
{
	return geo->record_slots ? sizeof(struct record_ring) +
					   (geo->record_slots + FRAMES) * sizeof(struct record) :
				   0;
}

uint64_t geometry__bytes(const struct geometry *geo)
{
	return (geo->nr_cpus + 1ULL) * sizeof(struct cpu_rec) +
	       (uint64_t)geometry__slots(geo) * sizeof(struct slot) +
	       (uint64_t)geo->origins * sizeof(struct origin) +
	       (uint64_t)geo->nr_cpus * sizeof(struct call_rec) +
	       (uint64_t)geo->wait_slots * sizeof(struct wait_rec) +
	       (uint64_t)geo->task_call_slots *
		       (sizeof(struct task_call) + sizeof(struct away_task)) +
	       geo->nr_cpus * records_bytes(geo) +
	       (uint64_t)geo->nr_cpus * geo->edge_slots * sizeof(struct edge_rec) +
	       (uint64_t)geo->tables * FN_ROWS * sizeof(struct fn_key) +
	       (uint64_t)geo->tables * geo->fn_shards * (FN_ROWS + 1) * sizeof(struct fn_rec) +
	       (uint64_t)geometry__hot_rows(geo) * sizeof(struct hot_row) +
	       NR_BANKS * SAMPLES * sizeof(struct sample) +
	       (uint64_t)geo->user_stacks * sizeof(struct user_stack);
}
