/* SPDX-License-Identifier: GPL-2.0 */
/* Made-up events of one CPU, and what ipitrace isolated finds in them. */
#ifndef IPITRACE_TESTS_UNIT_ACCOUNTS_H
#define IPITRACE_TESTS_UNIT_ACCOUNTS_H

#include "abi/interruption.h"
#include "abi/record.h"
#include "base/cpuset.h"
#include "isolated/isolated.h"
#include "model/isolation.h"
#include "unit.h"

#define CPU	   2
#define TIMER	   0xec
#define CALL	   0xfb
#define RESCHEDULE 0xfd
#define FUNC	   0xf0

static struct account *account;
static const struct isolated_cpu *cpu; /* as judged last */

static inline int begin(void **state)
{
	struct cpuset cpus = {};

	cpuset__add(&cpus, CPU);
	cpuset__add(&cpus, 5);
	assert_int_equal(account__new(&account, &cpus), 0);
	account__begin(account, 1000);
	return 0;
}

static inline int finish(void **state)
{
	account__free(account);
	return 0;
}

static inline void feed(struct interruption event)
{
	event.cpu = CPU;
	if (!event.end)
		event.end = event.start;
	if (!event.outer)
		event.outer = event.start;
	if (!event.stack)
		event.stack = NO_STACK;
	account__event(account, &event);
}

static inline void vector(uint32_t id, uint64_t start, uint64_t end, uint64_t self)
{
	feed((struct interruption){
		.kind = INTERRUPTION_VECTOR, .id = id, .start = start, .end = end, .self = self });
}

/* Feed the function of a csd, which ran inside the vector that began at @outer. */
static inline void csd(uint64_t func, uint32_t tgid, uint64_t outer, uint64_t start, uint64_t ns)
{
	feed((struct interruption){ .kind = INTERRUPTION_CSD,
				    .func = func,
				    .outer = outer,
				    .start = start,
				    .end = start + ns,
				    .self = ns,
				    .pid = tgid,
				    .tgid = tgid,
				    .src = 1,
				    .comm = "sender" });
}

static inline void run(uint64_t time, uint32_t prev, uint32_t pid, const char *comm, bool kthread,
		       uint64_t inside)
{
	struct interruption event = {
		.kind = INTERRUPTION_SWITCH,
		.start = time,
		.prev = prev,
		.prev_tgid = prev,
		.pid = pid,
		.tgid = pid,
		.kthread = kthread,
		.inside = inside,
		.text = "before",
	};

	snprintf(event.comm, sizeof(event.comm), "%s", comm);
	feed(event);
}

static inline void judge(uint64_t end)
{
	size_t nr;

	account__end(account, end);
	assert_non_null(account__cpus(account, &nr));
	assert_int_equal(nr, 2);
	cpu = &account__cpus(account, &nr)[0];
}

static inline const struct culprit *only(enum interruption_kind kind)
{
	const struct culprit *found = NULL;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (cpu->culprits[i].kind != kind)
			continue;
		assert_null(found);
		found = &cpu->culprits[i];
	}
	assert_non_null(found);
	return found;
}

static inline void check(const struct culprit *culprit, uint64_t count, uint64_t interrupted,
			 uint64_t longest)
{
	assert_members(*culprit, count, count, interrupted, interrupted, longest, longest);
}

#endif /* IPITRACE_TESTS_UNIT_ACCOUNTS_H */
