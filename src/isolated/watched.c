// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/record.h"
#include "isolated/watched.h"

struct sender sender__of(const struct interruption *event)
{
	const struct work_queuer *by = &event->queued_by;
	struct sender sender = {
		.task = { .known = true, .interrupt = event->interrupt },
		.src = event->src,
		.stack = event->stack,
	};

	if (event->interrupt)
		return sender;
	sender.task.pid = event->pid;
	sender.task.tgid = event->tgid;
	memcpy(sender.task.comm, event->comm, COMM_LEN);
	sender.kworker = event->kworker;
	if (!event->kworker || !by->tgid)
		return sender;
	sender.queued_by = (struct task_id){ .known = true, .pid = by->pid, .tgid = by->tgid };
	memcpy(sender.queued_by.comm, by->comm, COMM_LEN);
	return sender;
}

void culprit__set_sender(struct culprit *culprit, const struct sender *sender)
{
	culprit->sender = sender->task;
	culprit->kworker = sender->kworker;
	culprit->queued_by = sender->queued_by;
}

/* Whether @culprit is no sum, and has the kind, the function and the name of @key. */
static bool is_alike(const struct culprit *culprit, const struct culprit *key)
{
	return !culprit->other && culprit->kind == key->kind && culprit->addr == key->addr &&
	       !strncmp(culprit->what, key->what, COMM_LEN);
}

/*
 * Returns the culprit of @key; NULL if there is none. Sets *@new_stack if another culprit differs
 * from @key only by its stack.
 */
static struct culprit *find_culprit(struct isolated_cpu *cpu, const struct culprit *key,
				    bool *new_stack)
{
	*new_stack = false;
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		if (!is_alike(culprit, key) || culprit->id != key->id ||
		    !culprit__same_sender(culprit, key))
			continue;
		if (!culprit__is_sent(key) || culprit->stack == key->stack)
			return culprit;
		*new_stack = true;
	}
	return NULL;
}

/* Whether the culprit, or its sender, is one process. */
static bool has_process(const struct culprit *culprit)
{
	return culprit__is_process(culprit) ||
	       (culprit->sender.known && !culprit->sender.interrupt);
}

/* Returns the name of the process that asked for the interruptions. */
static const char *name_asker(const struct culprit *culprit)
{
	return culprit->kworker ? culprit->queued_by.comm : culprit->sender.comm;
}

/* Whether @culprit differs from @key only by its process, and both processes have one name. */
static bool is_namesake(const struct culprit *culprit, const struct culprit *key)
{
	bool is_process = culprit__is_process(key);

	if (!is_alike(culprit, key) || !has_process(culprit) ||
	    culprit__is_process(culprit) != is_process)
		return false;
	if (is_process)
		return culprit__same_sender(culprit, key);
	return culprit->id == key->id && (!culprit__is_sent(key) || culprit->stack == key->stack) &&
	       culprit->kworker == key->kworker &&
	       !strncmp(name_asker(culprit), name_asker(key), COMM_LEN);
}

/*
 * Returns the culprit of an earlier process that differs from @key only by the process, and shall
 * be for both; NULL: there is none.
 */
static struct culprit *share_culprit(struct isolated_cpu *cpu, const struct culprit *key)
{
	if (!has_process(key))
		return NULL;
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		if (!is_namesake(culprit, key))
			continue;
		/* The processes may belong to several cgroups, so the culprit has no cgroup. */
		*culprit->cgroup = '\0';
		culprit->cgroup_read = true;
		culprit->several = true;
		return culprit;
	}
	return NULL;
}

struct culprit *watched__culprit(struct isolated_cpu *cpu, const struct culprit *key)
{
	enum culprit_group group = causes__group(key);
	struct culprit stackless = *key, *culprit;
	struct culprit sum = { .other = true, .group = group, .stack = NO_STACK, .timed = true };
	bool new_stack;

	stackless.stack = NO_STACK;
	culprit = find_culprit(cpu, key, &new_stack);
	/*
	 * Without room for another stack, or for another process, a process shares the culprit of
	 * an earlier process of its name: else short-lived processes of a few names would fill the
	 * table.
	 */
	if (!culprit && new_stack && cpu->nr_stacks == CULPRIT_STACKS)
		culprit = share_culprit(cpu, key);
	if (!culprit && new_stack && cpu->nr_stacks == CULPRIT_STACKS) {
		key = &stackless;
		culprit = find_culprit(cpu, key, &new_stack);
		new_stack = false;
	}
	if (!culprit && !new_stack && cpu->nr_processes >= CULPRIT_PROCESSES)
		culprit = share_culprit(cpu, key);
	if (culprit)
		return culprit;
	cpu->nr_stacks += new_stack;
	cpu->nr_processes += !new_stack && has_process(key);
	if (cpu->nr_culprits - cpu->nr_stacks >= CULPRITS_MAX) {
		for (size_t i = 0; i < cpu->nr_culprits; i++)
			if (cpu->culprits[i].other && cpu->culprits[i].group == group)
				return &cpu->culprits[i];
		key = &sum;
	}
	culprit = &cpu->culprits[cpu->nr_culprits++];
	*culprit = *key;
	return culprit;
}

void watched__charge(struct watched *w, struct culprit *culprit, uint64_t ns)
{
	culprit->interrupted += ns;
	if (ns > culprit->longest)
		culprit->longest = ns;
	w->cpu->interrupted += ns;
}

void watched__disturbed(struct watched *w, uint64_t from, uint64_t to)
{
	if (!w->on_cpu.foreign && from > w->quiet_since && from - w->quiet_since > w->cpu->silence)
		w->cpu->silence = from - w->quiet_since;
	if (to > w->quiet_since)
		w->quiet_since = to;
}

/* PID_MAX_LIMIT of include/linux/threads.h, with 64 bits. */
#define PIDS (4 << 20)

bool tasks__is_of_program(const struct tasks *tasks, uint32_t tgid)
{
	return tasks->members && tgid < PIDS && tasks->members[tgid / 64] >> tgid % 64 & 1;
}

static void member_set(struct tasks *tasks, uint32_t tgid, bool member)
{
	uint64_t bit = 1ULL << tgid % 64;

	/* Write only a bit that changes: pages that nobody writes take no memory. */
	if (tgid >= PIDS || tasks__is_of_program(tasks, tgid) == member)
		return;
	tasks->members[tgid / 64] ^= bit;
}

int tasks__program(struct tasks *tasks, uint32_t tgid)
{
	tasks->program = tgid;
	tasks->members = calloc(PIDS / 64, sizeof(*tasks->members));
	if (!tasks->members)
		return -ENOMEM;
	member_set(tasks, tgid, true);
	return 0;
}

void tasks__fork(struct tasks *tasks, uint32_t parent, uint32_t child)
{
	/* @child may have the pid of a member that has ended: clear that member's bit. */
	if (tasks->members)
		member_set(tasks, child, tasks__is_of_program(tasks, parent));
}

/* The latest reschedule brought PROGRAM to this CPU: it was no interruption, so subtract it. */
static void arrival_forget(struct watched *w)
{
	const struct woken *woken = &w->woken;

	if (!woken->culprit)
		return;
	woken->culprit->count--;
	woken->culprit->interrupted -= woken->self;
	woken->culprit->longest = woken->longest;
	w->cpu->interrupted -= woken->self;
	w->cpu->longest = woken->cpu_longest;
	w->woken.culprit = NULL;
}

/* Returns the latest move of the thread @pid to this CPU; NULL if none is known. */
static struct move *find_move(struct watched *w, uint32_t pid)
{
	for (size_t n = w->nr_moved; n && n + MOVED_MAX > w->nr_moved; n--)
		if (w->moved[(n - 1) % MOVED_MAX].event.id == pid)
			return &w->moved[(n - 1) % MOVED_MAX];
	return NULL;
}

/* Drop the time of the process @tgid: it is the CPU's own program, and interrupted nothing. */
static void forget_process(struct isolated_cpu *cpu, uint32_t tgid)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		if (culprit->kind != INTERRUPTION_SWITCH || culprit->other || culprit->id != tgid ||
		    culprit->sender.known)
			continue;
		cpu->interrupted -= culprit->interrupted;
		culprit->count = culprit->interrupted = culprit->longest = 0;
	}
}

/*
 * Whether the next task is foreign to this CPU. Once PROGRAM or a descendant has run on a CPU, the
 * CPU belongs to these processes. Any other CPU belongs to one process: the first that runs there,
 * unless another task moved that process there.
 */
static bool is_foreign(const struct tasks *tasks, struct watched *w,
		       const struct interruption *event)
{
	const struct move *move = find_move(w, event->pid);

	if (!event->pid)
		return false;
	if (event->kthread)
		return true;
	if (tasks__is_of_program(tasks, event->tgid)) {
		if (w->owner != tasks->program && !event->prev)
			arrival_forget(w);
		w->owner = tasks->program;
		return false;
	}
	if (w->owner && event->tgid != w->owner)
		return true;
	if (move && !move->event.interrupt && move->event.tgid != event->tgid) {
		/* The process that ran here first may have been moved here before collection. */
		w->owner = 0;
		return true;
	}
	if (!w->owner)
		forget_process(w->cpu, event->tgid);
	w->owner = event->tgid;
	return false;
}

/* Returns the CPU whose stopper thread has the name @comm; negative: @comm names no such thread. */
static int parse_stopper(const char *comm, bool kthread)
{
	unsigned int cpu;

	return kthread && sscanf(comm, "migration/%u", &cpu) == 1 && cpu < MAX_CPUS ? (int)cpu : -1;
}

void tasks__replace_stopper(const struct tasks *tasks, struct interruption *event)
{
	int stopper = parse_stopper(event->comm, event->by_kthread);
	const struct sender *waker = stopper < 0 ? NULL : &tasks->stoppers[stopper];
	const struct task_id *task = waker ? &waker->task : NULL;

	if (!task || !task->known)
		return;
	event->interrupt = task->interrupt;
	event->pid = task->pid;
	event->tgid = task->tgid;
	memcpy(event->comm, task->comm, COMM_LEN);
	event->kworker = waker->kworker;
	event->queued_by =
		(struct work_queuer){ .pid = waker->queued_by.pid, .tgid = waker->queued_by.tgid };
	memcpy(event->queued_by.comm, waker->queued_by.comm, COMM_LEN);
}

/*
 * Returns the task that moved the next task to this CPU; if the next task is a stopper thread, the
 * task that woke that thread. The sender is unknown if the next task has slept on this CPU since it
 * was moved: then the move is not the reason for which the task runs.
 */
static struct sender find_sender(const struct tasks *tasks, struct watched *w,
				 const struct interruption *event)
{
	const struct move *move = event->kthread ? NULL : find_move(w, event->pid);
	int stopper = parse_stopper(event->comm, event->kthread);

	if (stopper >= 0)
		return tasks->stoppers[stopper];
	if (!move || move->over)
		return (struct sender){};
	stopper = parse_stopper(move->event.comm, move->event.by_kthread);
	if (stopper >= 0 && tasks->stoppers[stopper].task.known)
		return tasks->stoppers[stopper];
	return sender__of(&move->event);
}

/* Returns the culprit for the foreign task that leaves the CPU. */
static struct culprit *find_task_culprit(struct watched *w)
{
	const struct interruption *event = &w->on_cpu.entered;
	const struct sender sender = w->on_cpu.sender;
	struct culprit key = {
		.kind = INTERRUPTION_SWITCH,
		.id = event->kthread ? 0 : event->tgid,
		.timed = true,
		.stack = NO_STACK,
	};

	memcpy(key.what, event->comm, COMM_LEN);
	if (!sender.task.known)
		return watched__culprit(w->cpu, &key);
	culprit__set_sender(&key, &sender);
	key.src = sender.src;
	key.src_known = true;
	key.stack = sender.stack;
	return watched__culprit(w->cpu, &key);
}

void tasks__leave(struct watched *w, uint64_t now, uint64_t inside, uint64_t host)
{
	struct on_cpu *on_cpu = &w->on_cpu;
	uint64_t ran = now > on_cpu->since ? now - on_cpu->since : 0;
	uint64_t not_own = inside > on_cpu->inside ? inside - on_cpu->inside : 0;
	uint64_t self = ran > not_own ? ran - not_own : 0;
	uint64_t stolen = host > on_cpu->host ? host - on_cpu->host : 0;
	uint64_t longest = ran > stolen ? ran - stolen : 0;

	if (!on_cpu->foreign)
		return;
	for (size_t i = 0; i < on_cpu->nr_works; i++)
		watched__charge(w, on_cpu->works[i].culprit, self / on_cpu->nr_works);
	if (!on_cpu->nr_works) {
		struct culprit *culprit = find_task_culprit(w);

		culprit->count++;
		watched__charge(w, culprit, self);
	}
	if (longest > w->cpu->longest)
		w->cpu->longest = longest;
	w->quiet_since = now;
}

static void enter_task(const struct tasks *tasks, struct watched *w,
		       const struct interruption *event)
{
	bool foreign = is_foreign(tasks, w, event);

	if (foreign)
		watched__disturbed(w, event->start, event->start);
	w->on_cpu = (struct on_cpu){
		.known = true,
		.foreign = foreign,
		.since = event->start,
		.inside = event->inside,
		.host = event->host,
	};
	if (!foreign)
		return;
	w->on_cpu.entered = *event;
	w->on_cpu.sender = find_sender(tasks, w, event);
}

void tasks__switch(const struct tasks *tasks, struct watched *w, const struct interruption *event)
{
	struct move *left;

	if (!w->on_cpu.known) {
		/* The first switch names the task that has run since the beginning. */
		struct interruption first = {
			.start = tasks->begun,
			.pid = event->prev,
			.tgid = event->prev_tgid,
			.kthread = event->prev_kthread,
		};

		memcpy(first.comm, event->text, COMM_LEN);
		enter_task(tasks, w, &first);
	}
	left = find_move(w, event->prev);
	if (left && !event->preempted)
		left->over = true;
	w->cpu->switches++;
	w->cpu->preempted += event->preempted && !w->on_cpu.foreign && event->prev;
	tasks__leave(w, event->start, event->inside, event->host);
	enter_task(tasks, w, event);
}
