// SPDX-License-Identifier: GPL-2.0
#include "stall/incident.h"

static uint64_t mix_bits(uint64_t z)
{
	/* The finalizer of splitmix64. */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint64_t incident__key(enum stall_phase phase, uint32_t cpu, uint64_t csd, uint64_t time)
{
	uint64_t key = mix_bits(mix_bits(mix_bits((uint64_t)cpu << 8 | (phase + 1)) + csd) + time);

	return key ? key : 1;
}

/* Sort @values, not by qsort(), which may allocate. Returns the median. */
static uint64_t find_median(uint64_t *values, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		uint64_t value = values[i];
		size_t j = i;

		for (; j && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
	return values[(nr - 1) / 2];
}

/*
 * Find the target that ended last, how much later than the median target it ended, and whether the
 * function began late there, or ran long.
 */
static void find_straggler(struct incident *incident)
{
	uint64_t entries[TARGETS_MAX], ends[TARGETS_MAX], median_end, median_entry;
	const struct target_time *last = NULL;
	size_t nr = 0, nr_entries = 0;

	for (size_t i = 0; i < incident->nr_listed; i++) {
		const struct target_time *target = &incident->targets[i];

		if (!target->end)
			continue;
		ends[nr++] = target->end;
		if (target->entry)
			entries[nr_entries++] = target->entry;
		if (!last || target->end > last->end)
			last = target;
	}
	/* If the call has one target, there is no other target to compare it with. */
	if (nr < 2)
		return;
	median_end = find_median(ends, nr);
	incident->dst = last->dst;
	incident->dst_known = true;
	incident->straggler.known = last->entry && nr_entries == nr;
	incident->straggler.later = last->end - median_end;
	if (!incident->straggler.known)
		return;
	median_entry = find_median(entries, nr);
	incident->straggler.late = last->entry > median_entry &&
				   last->entry - median_entry >= incident->straggler.later / 2;
}

static struct task_id make_task(bool known, uint32_t pid, uint32_t tgid, const char *comm)
{
	struct task_id task = { .known = known, .interrupt = !known, .pid = pid, .tgid = tgid };

	memcpy(task.comm, comm, sizeof(task.comm));
	task.comm[COMM_LEN - 1] = '\0';
	return task;
}

void incident__from_event(struct incident *incident, const struct stall_event *event)
{
	memset(incident, 0, sizeof(*incident));
	incident->phase = event->phase < NR_PHASES ? event->phase : PHASE_HANDLER;
	incident->time = event->time;
	incident->start = event->start && event->start < event->time ? event->start : event->time;
	incident->src = event->src;
	incident->dst = event->dst;
	incident->dst_known = true;
	incident->func.addr = event->func;
	incident->callsite.addr = event->callsite;
	incident->csd = event->csd;
	incident->call = event->call;
	incident->slept = event->slept;
	incident->sent = event->sent;
	incident->arrived = event->arrived;
	incident->ran = event->ran;
	incident->cgroup = event->cgroup;
	incident->stolen_known = event->stolen_known;
	incident->stolen = event->stolen_known ? event->stolen : 0;
	incident->src_stolen_known = event->stolen_known && event->phase == PHASE_DELIVERY;
	incident->src_stolen = incident->src_stolen_known ? event->src_stolen : 0;
	incident->wait_in = event->wait_in;
	incident->sender = make_task(event->sender_known, event->sender_pid, event->sender_tgid,
				     event->sender_comm);
	if (incident->phase == PHASE_INTERRUPT) {
		incident->sender = (struct task_id){};
		incident->irq_known = event->irq < NR_KINDS;
		incident->irq = incident->irq_known ? event->irq : KIND_CALL_FUNCTION;
	}
	if (incident->phase != PHASE_WAIT)
		incident->victim =
			make_task(true, event->victim_pid, event->victim_tgid, event->victim_comm);
	incident->nr_targets = event->nr_targets;
	incident->nr_listed = event->nr_targets < TARGETS_MAX ? event->nr_targets : TARGETS_MAX;
	if (stall_event_has_targets(event))
		incident->targets = ((const struct wait_event *)event)->targets;
	else
		incident->nr_listed = 0;
	incident->stack_of = event->stack_of;
	incident->nr = event->nr < STACK_DEPTH ? event->nr : STACK_DEPTH;
	for (uint32_t f = 0; f < incident->nr; f++)
		incident->stack[f].addr = event->stack[f];
	if (incident->phase == PHASE_WAIT) {
		incident->key = incident__key(PHASE_WAIT, incident->src, 0, incident->call);
		/* A sender does not wait for itself: dst is src if no target's end was seen. */
		incident->dst_known = (incident->nr_targets && !event->unlisted) ||
				      incident->dst != incident->src;
		find_straggler(incident);
	} else {
		incident->key = incident__key(incident->phase, incident->dst, incident->csd,
					      incident->start);
		incident->queued = incident->phase == PHASE_DELIVERY ? incident->start : 0;
	}
}

bool incident__sleep_confirmed(const struct incident *incident)
{
	/* Functions that flush the queue of csds: 5.10 to 7.3, x86 and arm64. */
	static const char *const flushes[] = {
		"flush_smp_call_function_queue",
		"generic_smp_call_function",
		"sysvec_call_function",
		"smpcfd_dying_cpu",
		NULL,
	};

	if (!incident->slept || incident->stack_of != STACK_SLEEP)
		return true;
	for (uint32_t f = 0; f < incident->nr; f++)
		for (const char *const *flush = flushes; *flush; flush++)
			if (incident->stack[f].name && strstr(incident->stack[f].name, *flush))
				return true;
	return false;
}

/*
 * Returns the frame of the function in which the sender waited. The frames inside that function
 * belong to ipitrace's program at the function's return, and have no names.
 */
static uint32_t find_wait_frame(const struct incident *incident)
{
	const char *in = wait_in__name(incident->wait_in);

	for (uint32_t f = 0; in && f < incident->nr; f++)
		if (incident->stack[f].name && !strcmp(incident->stack[f].name, in))
			return f;
	return 0;
}

void incident__trim(struct incident *incident)
{
	uint32_t first = incident->stack_of == STACK_CALL ?
				 find_wait_frame(incident) :
				 callers__untraced(incident->stack, incident->nr);

	if (incident->stack_of == STACK_INTERRUPTED &&
	    callers__interrupted(incident->stack, incident->nr) > first) {
		first = callers__interrupted(incident->stack, incident->nr);
		incident->user = first == incident->nr && incident->nr < STACK_DEPTH;
		incident->interrupted = first < incident->nr;
	}
	incident->nr -= first;
	memmove(incident->stack, incident->stack + first,
		incident->nr * sizeof(incident->stack[0]));
}

void incident__set_lateness(struct incident *incident, bool bare)
{
	uint64_t half = incident__duration(incident) / 2;
	bool came_early = incident->arrived && incident->time - incident->arrived > half;

	if (incident->phase != PHASE_DELIVERY || incident->ongoing)
		return;
	/* An earlier IPI may have delivered the csd before its own IPI was sent. */
	if (incident->doing.addr || incident->others > half)
		incident->late = LATE_BEHIND;
	else if (incident__duration(incident) < BLAME_MIN_NS)
		incident->late = incident->stolen > half ? LATE_STOLEN : LATE_UNKNOWN;
	else if (incident->ran > half)
		incident->late = LATE_BEHIND;
	else if (incident->stolen > half)
		incident->late = LATE_STOLEN;
	/* The time passed after the interrupt, outside functions: a host may have stopped dst. */
	else if (came_early)
		incident->late = LATE_UNKNOWN;
	else if (incident->sent && incident->sent > incident->start + half)
		incident->late = LATE_SENDER;
	/* A CPU that took interrupts of its timer could take the IPI: no reason below is true. */
	else if (incident->timers)
		incident->late = LATE_UNKNOWN;
	/* A host may let a virtual CPU wait before it runs again, and not report this as stolen. */
	else if (incident->arrived && incident->victim.known && !incident->victim.pid)
		incident->late = bare ? LATE_IDLE : LATE_UNKNOWN;
	else if (incident->arrived && incident->just_enabled)
		incident->late = LATE_INTERRUPTS_OFF;
}

/* Returns by how much a count, which wraps around, increased between two looks. */
static uint32_t count_since(uint16_t before, uint16_t now)
{
	return (uint32_t)(now - before) % CPU_LOOK_COUNTS;
}

/*
 * The local APIC serves its timer after a pending call-function vector, so a timer interrupt
 * that began after the IPI was sent shows that the vector is not pending. More than one timer
 * interrupt is needed, because the first may have begun before the IPI was sent.
 */
#define NEVER_TIMERS 3

static void set_looks_result(struct incident *incident)
{
	struct looks *looks = &incident->looks;

	/*
	 * The IPI is lost: dst took interrupts again and again, and no interrupt brought functions.
	 * The sender, too, took interrupts since then, so it is not held up before it sends the
	 * IPI.
	 */
	looks->lost |= looks->counts_known && !looks->calls && looks->timers >= NEVER_TIMERS &&
		       looks->src_timers >= NEVER_TIMERS && 2 * looks->interrupt < looks->nr;
	incident->timers_known = looks->counts_known;
	incident->timers = looks->timers;
}

/* Count the interrupts between the last look of @looks and a later look at @src and @dst. */
static void looks_count(struct looks *looks, const struct cpu_look *src, const struct cpu_look *dst)
{
	looks->src_timers += count_since(looks->src_last.timers, src->timers);
	looks->calls += count_since(looks->dst_last.calls, dst->calls);
	looks->timers += count_since(looks->dst_last.timers, dst->timers);
	looks->src_last = *src;
	looks->dst_last = *dst;
}

void incident__look(struct incident *incident, const struct pending *pending, uint64_t now)
{
	const struct cpu_look *src = &pending->src_look, *dst = &pending->dst_look;
	struct looks *looks = &incident->looks;
	bool known = src->counts_known && dst->counts_known;

	if (!looks->nr++) {
		looks->first = now;
		looks->counts_known = known;
		looks->src_last = *src;
		looks->dst_last = *dst;
	}
	looks->counts_known &= known;
	looks_count(looks, src, dst);
	looks->last = now;
	looks->interrupt += dst->interrupt_known && dst->interrupt;
	looks->preempted += dst->preempted;
	set_looks_result(incident);
}

/* Between two series of looks that are this far apart, the counts may overflow. */
#define LOOKS_APART_NS 4000000000ULL

void incident__add_looks(struct incident *incident, const struct looks *others)
{
	struct looks *own = &incident->looks, sum = *own;
	const struct looks *later = others;

	if (!own->nr || !others->nr) {
		sum = own->nr ? *own : *others;
	} else {
		if (others->first < own->first) {
			sum = *others;
			later = own;
		}
		if (later->last > sum.last && later->last - sum.last < LOOKS_APART_NS) {
			looks_count(&sum, &later->src_last, &later->dst_last);
			sum.last = later->last;
		}
		sum.nr = own->nr + others->nr;
		sum.interrupt = own->interrupt + others->interrupt;
		sum.preempted = own->preempted + others->preempted;
		sum.counts_known = own->counts_known && others->counts_known;
	}
	sum.lost = own->lost || others->lost;
	*own = sum;
	set_looks_result(incident);
}

/* Whether the looks cover at least half of the stall's time. */
static bool looks_cover_half(const struct incident *incident)
{
	const struct looks *looks = &incident->looks;

	return looks->nr > 1 && 2 * (looks->last - looks->first) >= incident__duration(incident);
}

/* Whether dst was in an interrupt at each look. */
static bool was_busy(const struct incident *incident)
{
	const struct looks *looks = &incident->looks;

	return looks_cover_half(incident) && looks->interrupt == looks->nr && !looks->calls &&
	       looks->timers < NEVER_TIMERS;
}

/* Whether no look saw the host run dst. dst's steal clock shows this only once dst runs again. */
static bool was_preempted(const struct incident *incident)
{
	const struct looks *looks = &incident->looks;

	return looks_cover_half(incident) && looks->preempted == looks->nr && !looks->timers &&
	       !looks->calls;
}

/* The longest time between two ticks of a CPU that runs a task (CONFIG_HZ_100). */
#define TICK_MOST_NS 10000000ULL

/*
 * Whether dst had its interrupts off, by the registers that the NMI found; else by the code that
 * the IPI interrupted, if there was time for a tick and no tick came. (That code by itself does
 * not suffice: an IPI that was delivered late interrupts kernel code, too.)
 */
static bool interrupts_were_off(const struct incident *incident)
{
	const struct looks *looks = &incident->looks;

	if (looks->timers)
		return false;
	if (incident->backtrace)
		return incident->backtrace->interrupts_known && incident->backtrace->interrupts_off;
	return incident->late == LATE_INTERRUPTS_OFF && looks->counts_known && !looks->interrupt &&
	       looks_cover_half(incident) && looks->last - looks->first >= TICK_MOST_NS;
}

void incident__set_why(struct incident *incident)
{
	incident->why = WHY_UNKNOWN;
	if (incident->phase != PHASE_DELIVERY)
		return;
	if (incident->late == LATE_BEHIND)
		incident->why = WHY_BEHIND;
	else if (incident->late == LATE_STOLEN)
		incident->why = WHY_STOLEN;
	else if (incident__duration(incident) < BLAME_MIN_NS || incident->late == LATE_SENDER)
		return;
	else if (was_preempted(incident))
		incident->why = WHY_STOLEN;
	/* The host is partly to blame: it stole more than a quarter of the time. */
	else if (incident->stolen > incident__duration(incident) / 4)
		return;
	else if (incident->looks.lost)
		incident->why = WHY_NEVER_ARRIVED;
	else if (was_busy(incident))
		incident->why = WHY_BUSY;
	else if (interrupts_were_off(incident))
		incident->why = WHY_INTERRUPTS_OFF;
}

/* CALL_FUNCTION_SINGLE_VECTOR: 5.10 to 7.3 arch/x86/include/asm/irq_vectors.h. */
#define SINGLE_VECTOR 0xfb

/*
 * Whether the csd was queued by __smp_call_single_queue(), whose IPI is for one CPU. A call to
 * several CPUs sends CALL_FUNCTION_VECTOR, unless only one of these CPUs needs an interrupt.
 */
static bool is_single(const struct incident *incident)
{
	static const char *const callers[] = { "generic_exec_single", "smp_call_function_single",
					       "smp_call_function_single_async",
					       "ttwu_queue_wakelist", "__ttwu_queue_wakelist" };
	const char *name = incident->callsite.name;

	for (size_t i = 0; name && i < sizeof(callers) / sizeof(*callers); i++)
		if (!strcmp(name, callers[i]))
			return true;
	return incident->wait_in == WAIT_SINGLE;
}

void incident__set_ipi(struct incident *incident, enum apic_mode mode)
{
	bool lost = incident->why == WHY_NEVER_ARRIVED;

	incident->vector = lost && is_single(incident) ? SINGLE_VECTOR : 0;
	incident->apic = lost ? mode : APIC_UNKNOWN;
}

bool incident__add_waiter(struct incident *incident, const struct waiter *waiter)
{
	for (size_t i = 0; i < incident->nr_waiters; i++) {
		struct waiter *known = &incident->waiters[i];

		if (known->src != waiter->src || known->call != waiter->call)
			continue;
		if (waiter->until > known->until)
			known->until = waiter->until;
		if (waiter->wait_in != WAIT_UNKNOWN)
			known->wait_in = waiter->wait_in;
		if (!known->task.known)
			known->task = waiter->task;
		known->behind &= waiter->behind;
		return true;
	}
	if (incident->nr_waiters == WAITERS_MAX)
		return false;
	incident->waiters[incident->nr_waiters++] = *waiter;
	return true;
}

uint64_t incident__overlap(const struct incident *a, const struct incident *b)
{
	uint64_t from = a->start > b->start ? a->start : b->start;
	uint64_t to = a->time < b->time ? a->time : b->time;

	return to > from ? to - from : 0;
}

void incident__add_backtrace(struct incident *incident, const struct backtrace *bt)
{
	incident->backtrace = bt;
	/* A stall that is over has the stack of its end. */
	if (!incident->ongoing)
		return;
	incident->stack_of = STACK_NMI;
	incident->nr = bt->nr < STACK_DEPTH ? bt->nr : STACK_DEPTH;
	for (uint32_t i = 0; i < incident->nr; i++)
		incident->stack[i] = backtrace_frame__symbol(&bt->frames[i]);
}
