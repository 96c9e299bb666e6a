// SPDX-License-Identifier: GPL-2.0
/*
 * Ends a run: at once, or when its last handler has run.
 *
 * After a signal, or if a target is late, the caller returns before all handlers have run. Then a
 * work keeps the run's memory, and a reference to the module, until the last handler is done.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "internal.h"

#define LOOK_AGAIN (HZ / 50)

static struct workqueue_struct *later;

int ipigen_end_init(void)
{
	later = alloc_workqueue("ipigen", WQ_UNBOUND, 0);
	return later ? 0 : -ENOMEM;
}

/*
 * No work is queued here, because each holds a reference to the module. The last work may still be
 * returning.
 */
void ipigen_end_exit(void)
{
	destroy_workqueue(later);
}

void ipigen_run_free(struct ipigen_run *run)
{
	free_cpumask_var(run->list);
	free_cpumask_var(run->live);
	free_cpumask_var(run->away);
	free_cpumask_var(run->aim);
	kvfree(run);
}

static void run_finish(struct ipigen_run *run)
{
	if (run->path->end)
		run->path->end(run);
	ipigen_long_end(run);
	ipigen_run_free(run);
}

static void finish_later(struct work_struct *work)
{
	struct ipigen_run *run = container_of(work, struct ipigen_run, later.work);

	if (ipigen_in_flight(run)) {
		queue_delayed_work(later, &run->later, LOOK_AGAIN);
		return;
	}
	run_finish(run);
	ipigen_books_late(-1);
	module_put(THIS_MODULE);
}

/* After -ETIMEDOUT the run has waited long enough for its handlers: leave them to the work. */
void ipigen_run_end(struct ipigen_run *run, int err)
{
	if (err != -ETIMEDOUT && !ipigen_in_flight(run)) {
		run_finish(run);
		return;
	}
	if (err == -ETIMEDOUT)
		pr_warn("ipigen: %s: handlers are late\n", run->path->name);
	__module_get(THIS_MODULE);
	ipigen_books_late(1);
	INIT_DELAYED_WORK(&run->later, finish_later);
	queue_delayed_work(later, &run->later, 0);
}
