// SPDX-License-Identifier: GPL-2.0
/* Origins: who queued the csd in a slot. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <threads.h>
#include "abi/mailbox.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "rig.h"

#define ASYNC	 0x01
#define SYNC	 0x11
#define IRQ_WORK 0x23 /* pending and busy */

static const struct collect_config wanted = { .keep_origins = true };

/* The origin of the one slot that holds @csd. */
static const struct origin *origin_of(__u64 csd)
{
	const struct maps *maps = &rig.collector->maps;
	const struct origin *found = NULL;

	for (__u32 i = 0; i < geometry__slots(&maps->geo); i++) {
		if (maps->slots[i].csd != csd)
			continue;
		assert_null(found);
		found = &maps->origins[i];
	}
	assert_non_null(found);
	return found;
}

static void check(const struct origin *origin, __u64 func, const char *comm)
{
	assert_members(*origin, func, func, callsite, CALLSITE, tgid, getpid(), pid,
		       syscall(SYS_gettid), interrupt, 0, comm, comm);
}

TEST(an_origin_has_the_senders_name, NULL, rig__teardown)
{
	__u64 a, b;

	rig__open(&rig, &wanted);
	a = rig__csd(&rig, 0, SYNC);
	b = rig__csd(&rig, 1, ASYNC);
	assert_int_equal(prctl(PR_SET_NAME, "first"), 0);
	rig__queue(&rig, 0, 0, FUNC, a);
	assert_int_equal(prctl(PR_SET_NAME, "fifteen bytes.."), 0);
	rig__queue(&rig, 0, 0, FUNC + 16, b);
	check(origin_of(a), FUNC, "first");
	check(origin_of(b), FUNC + 16, "fifteen bytes..");
}

static int queue_as_thread(void *csd)
{
	assert_int_equal(prctl(PR_SET_NAME, "thread"), 0);
	rig__queue(&rig, 0, 0, FUNC, *(__u64 *)csd);
	check(origin_of(*(__u64 *)csd), FUNC, "thread");
	return 1;
}

TEST(an_origin_has_the_threads_pid, NULL, rig__teardown)
{
	thrd_t thread;
	__u64 csd;
	int ok = 0;

	rig__open(&rig, &wanted);
	csd = rig__csd(&rig, 0, SYNC);
	assert_int_equal(thrd_create(&thread, queue_as_thread, &csd), thrd_success);
	thrd_join(thread, &ok);
	assert_int_equal(ok, 1);
	assert_int_not_equal(origin_of(csd)->pid, getpid());
}

/* Also a csd that only csd_queue_twin() saw, and an irq_work. */
TEST(every_slot_has_an_origin, NULL, rig__teardown)
{
	__u64 recovered, work;

	rig__open(&rig, &wanted);
	recovered = rig__csd(&rig, 0, SYNC);
	work = rig__csd(&rig, 1, IRQ_WORK);
	assert_int_equal(prctl(PR_SET_NAME, "all"), 0);
	rig__queue_twin(&rig, 0, 0, FUNC, recovered);
	check(origin_of(recovered), FUNC, "all");
	rig__queue(&rig, 0, 0, FUNC, work);
	check(origin_of(work), FUNC, "all");
}

/* The task of the origin is then the one that was interrupted, whichever that is. */
TEST(an_origin_says_that_an_interrupt_queued_the_csd, NULL, rig__teardown)
{
	const struct origin *origin;
	__u64 csd;

	if (rig__lacks(rig__nr_cpus() < 2, "two CPUs"))
		return;
	rig__open(&rig, &wanted);
	if (rig__lacks(!rig.collector->sees_interrupts, "CONFIG_KALLSYMS_ALL"))
		return;
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue_in_interrupt(&rig, 0, 0, FUNC, csd);
	origin = origin_of(csd);
	assert_members(*origin, interrupt, 1, func, FUNC, callsite, CALLSITE);
}

TEST(by_default_no_origin_is_kept, NULL, rig__teardown)
{
	static const struct origin none;

	rig__open(&rig, NULL);
	assert_int_equal(rig.collector->maps.geo.origins, 1);
	rig__queue(&rig, 0, 0, FUNC, rig__csd(&rig, 0, SYNC));
	assert_memory_equal(rig.collector->maps.origins, &none, sizeof(none));
}

TEST_MAIN(NULL, NULL)
