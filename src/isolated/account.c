// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include "abi/record.h"
#include "isolated/isolated.h"
#include "isolated/stacks.h"
#include "isolated/watched.h"

struct account {
	size_t nr;
	struct isolated_cpu *cpus;
	struct watched *watched;
	struct tasks tasks;
	struct stacks *stacks;
};

static void culprits_drop(struct isolated_cpu *cpu)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		free(cpu->culprits[i].chain);
		free(cpu->culprits[i].said);
		free(cpu->culprits[i].filled);
	}
	cpu->nr_culprits = cpu->nr_stacks = cpu->nr_processes = 0;
}

void account__free(struct account *account)
{
	if (!account)
		return;
	for (size_t i = 0; account->cpus && i < account->nr; i++) {
		culprits_drop(&account->cpus[i]);
		free(account->cpus[i].culprits);
	}
	free(account->cpus);
	free(account->watched);
	free(account->tasks.stoppers);
	free(account->tasks.members);
	stacks__free(account->stacks);
	free(account);
}

int account__new(struct account **out, const struct cpuset *cpus)
{
	struct account *account = calloc(1, sizeof(*account));
	size_t nr = cpuset__count(cpus), i = 0;
	int cpu;

	*out = NULL;
	if (!account)
		return -ENOMEM;
	account->nr = nr;
	account->cpus = calloc(nr + 1, sizeof(*account->cpus));
	account->watched = calloc(nr + 1, sizeof(*account->watched));
	account->tasks.stoppers = calloc(MAX_CPUS, sizeof(*account->tasks.stoppers));
	account->stacks = stacks__new();
	if (!account->cpus || !account->watched || !account->tasks.stoppers || !account->stacks)
		goto failed;
	for_each_cpu(cpu, cpus) {
		struct isolated_cpu *to = &account->cpus[i];

		to->cpu = cpu;
		to->culprits =
			calloc(CULPRITS_MAX + CULPRIT_STACKS + NR_GROUPS, sizeof(*to->culprits));
		if (!to->culprits)
			goto failed;
		account->watched[i++].cpu = to;
	}
	*out = account;
	return 0;
failed:
	account__free(account);
	return -ENOMEM;
}

int account__program(struct account *account, uint32_t tgid)
{
	return tasks__program(&account->tasks, tgid);
}

void account__begin(struct account *account, uint64_t now)
{
	account->tasks.begun = now;
	for (size_t i = 0; i < account->nr; i++)
		account->watched[i].quiet_since = now;
}

void account__restart(struct account *account)
{
	for (size_t i = 0; i < account->nr; i++) {
		struct watched *w = &account->watched[i];

		culprits_drop(w->cpu);
		w->nr_inner = 0;
		w->on_cpu.nr_works = 0;
		w->woken.culprit = NULL;
	}
}

static struct watched *find_watched(const struct account *account, uint32_t cpu)
{
	for (size_t i = 0; i < account->nr; i++)
		if (account->cpus[i].cpu == cpu)
			return &account->watched[i];
	return NULL;
}

/* Add a function of an interruption that is not over. Without room, settle the oldest function. */
static void inner_add(struct watched *w, struct culprit *culprit, uint64_t start, uint64_t ns)
{
	if (w->nr_inner == INNER_MAX) {
		watched__charge(w, w->inner[0].culprit, w->inner[0].ns);
		memmove(w->inner, w->inner + 1, (INNER_MAX - 1) * sizeof(*w->inner));
		w->nr_inner--;
	}
	w->inner[w->nr_inner++] = (struct inner){ culprit, start, ns };
}

/*
 * Settle an interruption that began at @start and is over. Its own time, @self (ns), is divided
 * among the functions that ran inside it. Returns whether any function ran inside it.
 */
static bool inner_settle(struct watched *w, uint64_t start, uint64_t self)
{
	size_t first = w->nr_inner, nr;

	while (first && w->inner[first - 1].start >= start)
		first--;
	nr = w->nr_inner - first;
	for (size_t i = first; i < w->nr_inner; i++)
		watched__charge(w, w->inner[i].culprit, w->inner[i].ns + self / nr);
	w->nr_inner = first;
	return nr;
}

/* Note the task that the sender of @event, an interrupt, interrupted. @is_new: the first event. */
static void set_below(struct culprit *culprit, const struct interruption *event, bool is_new)
{
	struct task_id *below = &culprit->below;

	if (is_new)
		*below = (struct task_id){ .known = event->tgid, .tgid = event->tgid };
	below->known &= below->tgid == event->tgid;
	below->pid = event->pid;
	memcpy(below->comm, event->comm, COMM_LEN);
}

/* Whether a culprit has the sender of its event. */
enum { WITHOUT_SENDER, WITH_SENDER };

/* Count @event for its culprit of @kind. Returns the culprit. */
static struct culprit *count_culprit(struct watched *w, const struct interruption *event,
				     enum interruption_kind kind, bool has_sender)
{
	struct culprit key = {
		.kind = kind,
		.id = event->id,
		.addr = event->func,
		.timed = true,
		.stack = NO_STACK,
	};
	struct culprit *culprit;
	struct sender sender;
	bool is_new;

	if (has_sender) {
		sender = sender__of(event);
		culprit__set_sender(&key, &sender);
		key.stack = event->stack < 0 ? NO_STACK : event->stack;
	} else {
		memcpy(key.what, event->comm, COMM_LEN);
	}
	culprit = watched__culprit(w->cpu, &key);
	is_new = !culprit->count++;
	if (!has_sender)
		return culprit;
	culprit->src_known = is_new || (culprit->src_known && culprit->src == event->src);
	culprit->src = event->src;
	if (event->interrupt)
		set_below(culprit, event, is_new);
	else /* The latest sender has the current name of the process. */
		culprit__set_sender(culprit, &sender);
	return culprit;
}

static void send_add(const struct tasks *tasks, struct sends *sends,
		     const struct interruption *event)
{
	if (sends->nr == PENDING_MAX) {
		memmove(sends->events, sends->events + 1,
			(PENDING_MAX - 1) * sizeof(*sends->events));
		sends->nr--;
	}
	sends->events[sends->nr] = *event;
	tasks__replace_stopper(tasks, &sends->events[sends->nr++]);
}

/* Count the irq_works that were queued before the end of the interrupt @event: they ran in it. */
static void irq_works_take(struct watched *w, const struct interruption *event)
{
	struct sends *works = &w->irq_works;
	size_t kept = 0;

	for (size_t i = 0; i < works->nr; i++) {
		const struct interruption *work = &works->events[i];

		if (work->start > event->end)
			works->events[kept++] = *work;
		else
			inner_add(w, count_culprit(w, work, INTERRUPTION_IRQ_WORK, WITH_SENDER),
				  event->start, 0);
	}
	works->nr = kept;
}

/* Count an interrupt of the kind @vector that ran no function with a name, and charge its time. */
static void charge_bare(struct watched *w, const struct interruption *event, enum vector vector)
{
	struct sends *wakes = &w->wakes;
	struct culprit *culprit;
	size_t nr = wakes->nr;

	if (vector != VECTOR_RESCHEDULE || !nr) {
		culprit = count_culprit(w, event, event->kind, WITHOUT_SENDER);
	} else {
		/* If several sends were merged into one interrupt, the last send counts. */
		wakes->nr = 0;
		culprit = count_culprit(w, &wakes->events[nr - 1], INTERRUPTION_WAKE_SENT,
					WITH_SENDER);
		culprit->victim.known = event->prev_tgid;
		culprit->victim.pid = event->prev;
		culprit->victim.tgid = event->prev_tgid;
		memcpy(culprit->victim.comm, event->text, COMM_LEN);
	}
	if (culprit->kind == INTERRUPTION_WAKE_SENT && !culprit->other)
		w->woken =
			(struct woken){ culprit, event->self, culprit->longest, w->cpu->longest };
	watched__charge(w, culprit, event->self);
}

/* Account for an interrupt, a device's handler or a soft interrupt that is over. */
static void end_interrupt(struct watched *w, const struct interruption *event)
{
	enum vector vector = event->kind == INTERRUPTION_VECTOR ?
				     vector__of(event->id, event->comm) :
				     VECTOR_OTHER;

	w->vectors[vector]++;
	if (vector == VECTOR_CALL || vector == VECTOR_IRQ_WORK)
		irq_works_take(w, event);
	w->woken.culprit = NULL;
	if (!inner_settle(w, event->start, event->self))
		charge_bare(w, event, vector);
	watched__disturbed(w, event->outer, event->end);
	if (event->outer == event->start &&
	    event->end - event->start - event->host > w->cpu->longest)
		w->cpu->longest = event->end - event->start - event->host;
}

/* Account for a csd whose function has ended. */
static void end_csd(struct watched *w, const struct interruption *event)
{
	w->woken.culprit = NULL;
	inner_add(w,
		  count_culprit(w, event, INTERRUPTION_CSD,
				event->orphan ? WITHOUT_SENDER : WITH_SENDER),
		  event->start, event->self);
	if (event->outer != event->start)
		return;
	/* No interrupt is around the function: the idle CPU polled, or ran its queue. */
	inner_settle(w, event->start, 0);
	watched__disturbed(w, event->start, event->end);
	if (event->self > w->cpu->longest)
		w->cpu->longest = event->self;
}

static void add_work(struct watched *w, const struct interruption *event)
{
	const struct work_queuer *by = &event->queued_by;
	struct interruption work = *event;
	struct on_cpu *on_cpu = &w->on_cpu;
	bool known = event->kworker && by->tgid;
	struct culprit *culprit;

	/* Any worker may run the work: the sender is who queued the work, and no worker. */
	work.kworker = false;
	if (known) {
		work.pid = by->pid;
		work.tgid = by->tgid;
		memcpy(work.comm, by->comm, COMM_LEN);
	} else {
		memset(work.comm, 0, sizeof(work.comm));
	}
	culprit = count_culprit(w, &work, INTERRUPTION_WORK, known ? WITH_SENDER : WITHOUT_SENDER);
	/* The CPU on which the work was queued is not known. */
	culprit->src_known = false;
	if (on_cpu->nr_works < INNER_MAX)
		on_cpu->works[on_cpu->nr_works++] = (struct inner){ culprit, event->start, 0 };
}

bool account__needs_stack(const struct account *account, const struct interruption *event)
{
	return event->interrupt && stacks__lack(account->stacks, event->stack);
}

void account__stack(struct account *account, int32_t id, const struct stack_sample *stack)
{
	stacks__add(account->stacks, id, stack);
}

void account__event(struct account *account, const struct interruption *came)
{
	struct watched *w = find_watched(account, came->cpu);
	struct interruption copy = *came;
	const struct interruption *event = &copy;

	copy.stack = stacks__same(account->stacks, came->stack);
	if (event->kind == INTERRUPTION_STOPPER && event->id < MAX_CPUS)
		account->tasks.stoppers[event->id] = sender__of(event);
	if (event->kind == INTERRUPTION_FORK)
		tasks__fork(&account->tasks, event->tgid, event->id);
	if (!w)
		return;
	switch ((enum interruption_kind)event->kind) {
	case INTERRUPTION_VECTOR:
	case INTERRUPTION_IRQ:
	case INTERRUPTION_SOFTIRQ:
		end_interrupt(w, event);
		break;
	case INTERRUPTION_CSD:
		end_csd(w, event);
		break;
	case INTERRUPTION_TIMER:
		inner_add(w, count_culprit(w, event, INTERRUPTION_TIMER, WITH_SENDER), event->start,
			  0);
		break;
	case INTERRUPTION_WORK:
		add_work(w, event);
		break;
	case INTERRUPTION_WAKE_SENT:
		send_add(&account->tasks, &w->wakes, event);
		break;
	case INTERRUPTION_IRQ_WORK:
		send_add(&account->tasks, &w->irq_works, event);
		break;
	case INTERRUPTION_SWITCH:
		tasks__switch(&account->tasks, w, event);
		break;
	case INTERRUPTION_MOVED:
		w->moved[w->nr_moved++ % MOVED_MAX] = (struct move){ .event = *event };
		break;
	case INTERRUPTION_TICK:
		for (int bit = 0; bit < TICK_BITS; bit++)
			w->ticks[bit] += event->id >> bit & 1;
		break;
	case INTERRUPTION_STOPPER:
	case INTERRUPTION_FORK:
	case NR_INTERRUPTIONS:
		break;
	}
}

void account__end(struct account *account, uint64_t now)
{
	for (size_t i = 0; i < account->nr; i++) {
		struct watched *w = &account->watched[i];
		struct isolated_cpu *cpu = w->cpu;
		size_t kept = 0;

		/* Settle the functions of all interruptions that are not over. */
		inner_settle(w, 0, 0);
		/* How much of this time other interruptions took is unknown: assume none. */
		tasks__leave(w, now, w->on_cpu.inside, w->on_cpu.host);
		watched__disturbed(w, now, now);
		for (size_t c = 0; c < cpu->nr_culprits; c++) {
			struct culprit *culprit = &cpu->culprits[c];

			if (tasks__is_of_program(&account->tasks, culprit__process(culprit)))
				culprit->owner = OWNER_PROGRAM;
			cpu->count += culprit->count;
			/* Drop a culprit whose interruptions turned out to be none: watched.c. */
			if (culprit->count)
				cpu->culprits[kept++] = *culprit;
		}
		cpu->nr_culprits = kept;
	}
}

void account__untraced(struct account *account, uint32_t cpu, const char *kind, uint64_t count)
{
	struct watched *w = find_watched(account, cpu);
	struct culprit key = { .kind = INTERRUPTION_VECTOR, .stack = NO_STACK };

	if (!w || !count)
		return;
	snprintf(key.func, sizeof(key.func), "%s", kind);
	snprintf(key.what, sizeof(key.what), "%s", kind);
	watched__culprit(w->cpu, &key)->count += count;
}

static const struct {
	const char *name;
	enum vector vector;
} counted_kinds[COUNTED_KINDS] = {
	{ "call_function", VECTOR_CALL },
	{ "reschedule", VECTOR_RESCHEDULE },
	{ "irq_work", VECTOR_IRQ_WORK },
	{ "local_timer", VECTOR_LOCAL_TIMER },
};

const char *account__counted_kind(size_t i)
{
	return counted_kinds[i].name;
}

void account__arrived(struct account *account, uint32_t cpu, const uint64_t arrived[COUNTED_KINDS],
		      bool open)
{
	struct watched *w = find_watched(account, cpu);

	for (size_t i = 0; w && i < COUNTED_KINDS; i++) {
		enum vector vector = counted_kinds[i].vector;
		uint64_t seen = w->vectors[vector];

		/* At most one interrupt of a CPU is open: handlers run with interrupts off. */
		if (arrived[i] > seen && open) {
			seen++;
			open = false;
		}
		w->cpu->unseen[vector__group(vector)] += arrived[i] > seen ? arrived[i] - seen : 0;
	}
}

struct isolated_cpu *account__cpus(struct account *account, size_t *nr)
{
	*nr = account->nr;
	return account->cpus;
}

uint32_t account__tick_dependency(const struct account *account, uint32_t cpu)
{
	const struct watched *w = find_watched(account, cpu);
	uint32_t most = 0;

	for (uint32_t bit = 1; w && bit < TICK_BITS; bit++)
		if (w->ticks[bit] > w->ticks[most])
			most = bit;
	return w && w->ticks[most] ? 1U << most : 0;
}
