// SPDX-License-Identifier: GPL-2.0
/*
 * The books: requested executions and completed executions, by path, sender and target.
 *
 * Handlers write the books in interrupt context, so every figure is atomic. A run holds the lock
 * `gate` for reading while any of its calls is in flight. A reader of the books takes the gate for
 * writing, so it sees the books at a moment when nothing is in flight.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "internal.h"

struct ipigen_figure {
	atomic64_t sum;
	atomic64_t max;
};

struct ipigen_cell {
	atomic64_t calls;
	atomic64_t issued;
	atomic64_t executed;
	atomic64_t local;
	atomic64_t skipped;
	struct ipigen_figure handler;
	struct ipigen_figure delay;
	struct ipigen_figure wait;
};

#define IPIGEN_MAX_PATHS 64

static struct ipigen_cell *books[IPIGEN_MAX_PATHS];
static DEFINE_MUTEX(open_lock);
static DECLARE_RWSEM(gate);

/* Number of runs that ended before their handlers (end.c). */
static atomic_t late;
static DECLARE_WAIT_QUEUE_HEAD(late_end);
#define LATE_WAIT (10 * HZ)

/* Returns the number of cells: for each sender a cell for each target, and one for the sender itself. */
static size_t cell_count(void)
{
	return (size_t)nr_cpu_ids * (nr_cpu_ids + 1);
}

static struct ipigen_cell *get_cell(struct ipigen_cell *cells, int src, int dst)
{
	return &cells[(size_t)src * (nr_cpu_ids + 1) + (dst < 0 ? nr_cpu_ids : dst)];
}

/*
 * Allocate the books of a path when the path first runs, because with hundreds of CPUs the books of
 * all paths would be large.
 */
struct ipigen_cell *ipigen_books_open(u32 path)
{
	if (WARN_ON_ONCE(path >= IPIGEN_MAX_PATHS) || nr_cpu_ids > IPIGEN_MAX_CPUS)
		return NULL;
	mutex_lock(&open_lock);
	if (!books[path])
		books[path] = vzalloc(array_size(cell_count(), sizeof(*books[path])));
	mutex_unlock(&open_lock);
	return books[path];
}

void ipigen_books_free(void)
{
	u32 i;

	for (i = 0; i < IPIGEN_MAX_PATHS; i++)
		vfree(books[i]);
}

static void figure_add(struct ipigen_figure *figure, u64 value)
{
	s64 max = atomic64_read(&figure->max);

	atomic64_add(value, &figure->sum);
	while (value > (u64)max && !atomic64_try_cmpxchg(&figure->max, &max, value))
		;
}

void ipigen_books_issued(const struct ipigen_run *run, int src, int dst, u32 times)
{
	if (dst != src)
		atomic64_add(times, &get_cell(run->books, src, dst)->issued);
}

void ipigen_books_retract(const struct ipigen_run *run, int src, int dst, u32 times)
{
	struct ipigen_cell *c = get_cell(run->books, src, dst);

	if (dst != src)
		atomic64_sub(times, &c->issued);
	atomic64_add(times, &c->skipped);
}

/* Book that a call was made without the CPUs that are away. */
void ipigen_books_skipped(const struct ipigen_run *run)
{
	int cpu;

	for_each_cpu(cpu, run->away)
		atomic64_inc(&get_cell(run->books, run->src, cpu)->skipped);
}

void ipigen_books_late(int runs)
{
	if (!atomic_add_return(runs, &late))
		wake_up_all(&late_end);
}

/*
 * Book an execution. src == dst: the handler ran on the sender, directly or by an interrupt that
 * the sender sent itself.
 */
void ipigen_books_ran(const struct ipigen_run *run, int src, int dst, u64 delay, u64 handler)
{
	struct ipigen_cell *c = get_cell(run->books, src, dst);

	if (src == dst)
		atomic64_inc(&c->local);
	else
		atomic64_inc(&c->executed);
	figure_add(&c->handler, handler);
	figure_add(&c->delay, delay);
}

/* Book that a call has returned. dst is its only target, or IPIGEN_ANY_CPU. */
void ipigen_books_called(const struct ipigen_run *run, int dst, u64 wait)
{
	struct ipigen_cell *own = get_cell(run->books, run->src, IPIGEN_ANY_CPU);

	atomic64_inc(&own->calls);
	figure_add(&own->wait, wait);
	if (dst >= 0)
		figure_add(&get_cell(run->books, run->src, dst)->wait, wait);
}

int ipigen_books_enter(void)
{
	return down_read_interruptible(&gate);
}

/* Whether a reader waits for the gate, so that a run should end its chunk. */
bool ipigen_books_wanted(void)
{
	return rwsem_is_contended(&gate);
}

void ipigen_books_leave(void)
{
	up_read(&gate);
}

static struct ipigen_sum figure_read(struct ipigen_figure *figure)
{
	return (struct ipigen_sum){
		.sum = atomic64_read(&figure->sum),
		.max = atomic64_read(&figure->max),
	};
}

static bool cell_empty(struct ipigen_cell *c)
{
	return !(atomic64_read(&c->calls) || atomic64_read(&c->issued) ||
		 atomic64_read(&c->executed) || atomic64_read(&c->local) ||
		 atomic64_read(&c->skipped));
}

static void cell_read(struct ipigen_cell *c, struct ipigen_truth_row *row)
{
	row->calls = atomic64_read(&c->calls);
	row->issued = atomic64_read(&c->issued);
	row->executed = atomic64_read(&c->executed);
	row->local = atomic64_read(&c->local);
	row->skipped = atomic64_read(&c->skipped);
	row->handler_ns = figure_read(&c->handler);
	row->delay_ns = figure_read(&c->delay);
	row->wait_ns = figure_read(&c->wait);
}

/* Append the path's rows that are not zero, while there is room; args->count counts all rows. */
static int path_read(u32 path, struct ipigen_truth_args *args)
{
	struct ipigen_truth_row __user *rows = u64_to_user_ptr(args->rows);
	size_t i;

	for (i = 0; i < cell_count(); i++) {
		struct ipigen_truth_row row = { .path = path };

		if (cell_empty(&books[path][i]))
			continue;
		row.src = i / (nr_cpu_ids + 1);
		row.dst = i % (nr_cpu_ids + 1);
		if (row.dst == nr_cpu_ids)
			row.dst = IPIGEN_ANY_CPU;
		cell_read(&books[path][i], &row);
		if (args->count < args->capacity &&
		    copy_to_user(&rows[args->count], &row, sizeof(row)))
			return -EFAULT;
		args->count++;
	}
	return 0;
}

int ipigen_books_read(struct ipigen_truth_args *args)
{
	int err = 0;
	u32 i;

	if (args->flags & ~IPIGEN_TRUTH_RESET || args->reserved)
		return -EINVAL;
	/* If late runs remain after this wait, the rows show the executions that they lack. */
	if (wait_event_interruptible_timeout(late_end, !atomic_read(&late), LATE_WAIT) < 0)
		return -EINTR;
	if (down_write_killable(&gate))
		return -EINTR;
	args->count = 0;
	for (i = 0; i < IPIGEN_MAX_PATHS && !err; i++)
		if (books[i])
			err = path_read(i, args);
	if (!err && args->count > args->capacity)
		err = -ENOSPC;
	for (i = 0; i < IPIGEN_MAX_PATHS && !err; i++)
		if (books[i] && args->flags & IPIGEN_TRUTH_RESET)
			memset(books[i], 0, cell_count() * sizeof(*books[i]));
	up_write(&gate);
	return err;
}
