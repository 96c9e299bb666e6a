// SPDX-License-Identifier: GPL-2.0
/* A stall: rows of what is known, and below them a sentence; the last lines of `stalls`. */
#include "model/names.h"
#include "view/text/views.h"

#define LABEL	      11 /* columns of a row's label */
#define FRAMES_SHOWN  14
#define TARGETS_SHOWN 4

static void __attribute__((format(printf, 3, 4)))
add_row(struct block *l, const char *label, const char *format, ...)
{
	va_list args;

	block__add(l, "  %-*s", LABEL - 2, label);
	va_start(args, format);
	block__vwrap(l, LABEL, format, args);
	va_end(args);
}

static void add_since(struct block *l, const struct incident *incident,
		      const struct wall_clock *clock)
{
	static const char *const what[] = {
		[PHASE_DELIVERY] = "when it was queued",
		[PHASE_HANDLER] = "when the function was entered",
		[PHASE_WAIT] = "when the call began",
		[PHASE_INTERRUPT] = "when the interrupt began",
	};
	uint64_t wall = incident->start + clock->offset;
	uint64_t second = wall / 1000000000 % 86400;

	add_row(l, "since", "%02u:%02u:%02u.%06u, %s", (unsigned int)(second / 3600),
		(unsigned int)(second / 60 % 60), (unsigned int)(second % 60),
		(unsigned int)(wall % 1000000000 / 1000), what[incident->phase]);
}

/* Add the parts of a delivery: queue, IPI, interrupt, function; only the marks that are known. */
static void add_split(struct block *l, const struct incident *incident)
{
	uint64_t sent = incident->sent, arrived = incident->arrived;
	uint64_t last = incident->start; /* the latest mark so far */
	struct block parts = BLOCK(200);

	/* Sent after @arrived: an earlier interrupt ran the csd, before its own IPI was sent. */
	if (sent > last && (!arrived || sent <= arrived)) {
		block__add(&parts, "%s until the IPI was sent, ", units__ns(sent - last).s);
		last = sent;
	}
	if (arrived >= last && arrived) {
		block__add(&parts, "%s until the interrupt, ", units__ns(arrived - last).s);
		last = arrived;
	}
	/* @arrived is when the first function of the interrupt was entered (struct stall_event). */
	if (incident->time == arrived)
		block__add(&parts, "and the function began at once");
	else
		block__add(&parts, "%s until the function", units__ns(incident->time - last).s);
	add_row(l, "delay", "%s", parts.buf);
}

static void add_target(struct block *l, const struct incident *incident)
{
	char label[64];
	bool labelled;

	if (!incident->victim.known)
		return;
	labelled = container__label(incident->cgroup_path, label, sizeof(label));
	add_row(l, "target", "CPU %u %s %s%s%s%s%s", incident->dst,
		incident->phase == PHASE_HANDLER && incident->slept ? "slept as" : "ran",
		incident->victim.tgid || incident->victim.pid ? words__task(&incident->victim).s :
								"nothing: it was idle",
		incident->cgroup_path ? ", cgroup " : "",
		incident->cgroup_path ? safe(incident->cgroup_path).s : "", labelled ? ", " : "",
		labelled ? safe(label).s : "");
}

/* Returns the target that ended last of those that ended before @later; NULL @later: of all. */
static const struct target_time *find_latest_target(const struct incident *incident,
						    const struct target_time *later)
{
	const struct target_time *latest = NULL;

	for (size_t i = 0; i < incident->nr_listed; i++) {
		const struct target_time *t = &incident->targets[i];
		bool earlier = !later || t->end < later->end || (t->end == later->end && t > later);

		if (t->end && earlier && (!latest || t->end > latest->end))
			latest = t;
	}
	return latest;
}

static void add_targets(struct block *l, const struct incident *incident)
{
	const struct target_time *next = NULL;

	if (incident->phase != PHASE_WAIT && incident->straggler.known && incident->straggler.later)
		add_row(l, "targets", "the last of %zu CPUs, %s later than the median one: %s",
			incident->nr_targets, units__ns(incident->straggler.later).s,
			incident->straggler.late ? "late to start" : "long to run");
	if (incident->phase != PHASE_WAIT || incident->ongoing || incident->nr_listed < 2)
		return;
	for (size_t shown = 0; shown < TARGETS_SHOWN && shown < incident->nr_listed; shown++) {
		next = find_latest_target(incident, next);
		if (!next)
			return;
		if (next->entry >= incident->start && next->end >= next->entry)
			add_row(l, shown ? "" : "targets", "CPU %u began after %s, ran %s",
				next->dst, units__ns(next->entry - incident->start).s,
				units__ns(next->end - next->entry).s);
		else if (next->end >= incident->start)
			add_row(l, shown ? "" : "targets", "CPU %u was done after %s", next->dst,
				units__ns(next->end - incident->start).s);
	}
}

static void add_waiters(struct block *l, const struct incident *incident)
{
	const char *label = "waiting";

	for (size_t i = 0; i < incident->nr_waiters; i++) {
		const struct waiter *w = &incident->waiters[i];
		const char *in = wait_in__name(w->wait_in);

		add_row(l, label, "%s on CPU %u, %s%s%s%s", words__task(&w->task).s, w->src,
			units__ns(w->until - w->call).s, in ? " in " : "", in ? in : "",
			w->behind ? ", for a function that was queued later" : "");
		label = "";
	}
	if (incident->more_waiters)
		add_row(l, label, "and %zu more", incident->more_waiters);
	if (incident->queued_behind)
		add_row(l, "queued", "%s to CPU %u, for which nobody waits",
			words__number(incident->queued_behind, "more csd").s, incident->dst);
}

/* Add how an IPI that never arrived was sent. */
static void add_ipi(struct block *l, const struct incident *incident)
{
	static const char *const modes[NR_APIC_MODES] = {
		[APIC_UNKNOWN] = "the mode of the local APICs is not known",
		[APIC_XAPIC] = "the local APICs are in xAPIC mode",
		[APIC_X2APIC] = "the local APICs are in x2APIC mode",
	};
	char vector[32] = "not known";

	if (incident->why != WHY_NEVER_ARRIVED)
		return;
	if (incident->vector)
		snprintf(vector, sizeof(vector), "0x%" PRIx32, incident->vector);
	add_row(l, "vector", "%s; %s", vector, modes[incident->apic]);
}

/* Add the task that the NMI found on the stuck CPU; only while the stall lasts. */
static void add_backtrace(struct block *l, const struct incident *incident)
{
	const struct backtrace *bt = incident->backtrace;
	struct task_id stuck;

	if (!bt || !incident->ongoing || !bt->task.known)
		return;
	stuck = incident__stuck_task(incident);
	add_row(l, "target", "CPU %u runs %s%s", incident->dst,
		bt->task.pid ? words__task(&stuck).s : "nothing: it was idle",
		!bt->interrupts_known ? "" :
		bt->interrupts_off    ? ", interrupts off" :
					", interrupts on");
}

static void add_stack(struct block *l, const struct incident *incident)
{
	static const char *const what[] = {
		[STACK_INTERRUPTED] = "the code that the interrupt stopped",
		[STACK_SLEEP] = "where it slept",
		[STACK_END] = "as the function returned",
		[STACK_CALL] = "the sender, as its call returned",
		[STACK_NMI] = "the stuck CPU, now",
	};
	uint32_t shown = incident->nr < FRAMES_SHOWN ? incident->nr : FRAMES_SHOWN;

	if (incident->user)
		add_row(l, "stack", "none: the interrupt stopped user space");
	if (!incident->nr || incident->stack_of == STACK_NONE || incident->stack_of > STACK_NMI)
		return;
	add_row(l, "stack", "%s", what[incident->stack_of]);
	for (uint32_t f = 0; f < shown; f++) {
		block__add(l, "%s%*s", style__on(STYLE_DIM), LABEL + 2, "");
		block__wrap(l, words__frame(&incident->stack[f]).s, LABEL + 2);
		block__add(l, "%s", style__off());
	}
	if (shown < incident->nr)
		block__add(l, "%*sand %u more\n", LABEL + 2, "", incident->nr - shown);
}

size_t view__stall(char *buf, size_t size, const struct incident *incident, uint64_t id,
		   const struct wall_clock *clock)
{
	struct reason reason = incident__reason(incident);
	char sentence[768], title[32];
	struct block l;

	block__begin(&l, buf, size);
	snprintf(title, sizeof(title), "stall %" PRIu64, id);
	block__add(&l, "%s%s%s  ", style__on(incident->ongoing ? STYLE_ALERT : STYLE_HEAD), title,
		   style__off());
	block__format(&l, strlen(title) + 2, "%s of %s, %s", phase_names[incident->phase],
		      incident->phase == PHASE_INTERRUPT ? kind_names[incident->irq] :
							   words__symbol(&incident->func).s,
		      incident->ongoing	   ? "ongoing" :
		      incident->end_unseen ? "its end was not seen" :
					     "ended");
	add_since(&l, incident, clock);
	if (incident->phase != PHASE_INTERRUPT)
		add_row(&l, "sender", "%s on CPU %u%s%s%s%s", words__task(&incident->sender).s,
			incident->src, incident->callsite.addr ? ", at " : "",
			incident->callsite.addr ? words__frame(&incident->callsite).s : "",
			*reason.name ? ", via " : "", safe(reason.name).s);
	add_target(&l, incident);
	add_backtrace(&l, incident);
	add_ipi(&l, incident);
	if (incident->phase == PHASE_DELIVERY && !incident->ongoing && !incident->end_unseen)
		add_split(&l, incident);
	if (incident->stolen)
		add_row(&l, "stolen", "about %s of CPU %u's time, by the hypervisor",
			units__ns(incident->stolen).s, incident->dst);
	if (incident->phase == PHASE_DELIVERY && incident->src_stolen &&
	    incident->src != incident->dst)
		add_row(&l, "stolen", "about %s of the sender's CPU %u's time, by the hypervisor",
			units__ns(incident->src_stolen).s, incident->src);
	if (incident->phase == PHASE_HANDLER && incident->slept)
		add_row(&l, "slept", "yes: a function called by an interrupt must not");
	else if (incident->phase == PHASE_HANDLER && incident__duration(incident) >= BLAME_MIN_NS)
		add_row(&l, "slept", "no");
	add_targets(&l, incident);
	add_waiters(&l, incident);
	add_stack(&l, incident);
	view__stall_sentence(sentence, sizeof(sentence), incident);
	block__wrap(&l, sentence, 0);
	block__add(&l, "\n");
	return l.len;
}

/* Add a sender that waits because of this stall, and how many more senders do. */
static void say_waiters(struct block *l, const struct incident *incident)
{
	const struct waiter *first = NULL;
	struct words task;
	size_t more;

	/* The first sender that waits for this function itself; if none does, the first sender. */
	for (size_t i = 0; i < incident->nr_waiters && (!first || first->behind); i++)
		if (!first || !incident->waiters[i].behind)
			first = &incident->waiters[i];
	if (!first)
		return;
	more = incident->nr_waiters - 1 + incident->more_waiters;
	task = words__task(&first->task);
	if (incident->ongoing)
		block__add(l, "; %s on CPU %u waits for it", task.s, first->src);
	else
		block__add(l, "; %s on CPU %u waited %s for it", task.s, first->src,
			   view__duration(first->until - first->call).s);
	if (wait_in__name(first->wait_in))
		block__add(l, " in %s", wait_in__name(first->wait_in));
	if (more)
		block__add(l, ", and %s%s", words__number(more, "more sender").s,
			   incident->ongoing ? " with it" : "");
}

/* Returns how long the stall lasted: "5 ms"; "5 ms to 9 ms" if its end was not seen. */
static struct words say_duration(const struct incident *incident)
{
	struct text d = view__duration(incident__duration(incident));
	struct text most = view__duration(incident->at_most);
	bool range = incident->end_unseen && incident->at_most && strcmp(d.s, most.s) != 0;
	struct words text;

	snprintf(text.s, sizeof(text.s), "%s%s%s", d.s, range ? " to " : "", range ? most.s : "");
	return text;
}

/* Say how long @func, the function's or the interrupt's name, ran. */
/* "an irq_work interrupt". */
static struct words say_interrupt(const struct incident *incident)
{
	const char *kind = kind_names[incident->irq];
	struct words text;

	snprintf(text.s, sizeof(text.s), "%s %s interrupt", strchr("aeiou", *kind) ? "an" : "a",
		 kind);
	return text;
}

static void say_run(struct block *l, const struct incident *incident, const char *func)
{
	/* An interrupt does not sleep. */
	bool slept = incident->slept && incident->phase == PHASE_HANDLER;
	struct words d = say_duration(incident);

	if (incident->ongoing && slept)
		block__add(l, "%s, begun on CPU %u %s ago, sleeps or has slept since", func,
			   incident->dst, d.s);
	else if (slept && !incident->end_unseen)
		block__add(l, "%s slept on CPU %u, and took %s", func, incident->dst, d.s);
	else
		block__add(l, "CPU %u %s in %s for %s%s", incident->dst,
			   incident->ongoing ? "has been" : "was", func, d.s,
			   incident->ongoing || !incident->end_unseen ?
				   "" :
				   ", and its end was not seen");
}

/*
 * Whether the hypervisor took most of the time until the sender sent the IPI. src_stolen also has
 * what the hypervisor took from the sender's CPU after that, which is at most @after.
 */
static bool host_held_sender(const struct incident *incident)
{
	uint64_t before = incident->sent - incident->start, after = incident->time - incident->sent;

	/* A capture's report of an ongoing stall may not say when the IPI was sent. */
	return !incident->ongoing && incident->sent > incident->start &&
	       incident->src_stolen > after + before / 2;
}

static void say_late(struct block *l, const struct incident *incident)
{
	enum lateness late = incident->late;
	bool ongoing = incident->ongoing, off = late == LATE_INTERRUPTS_OFF;
	/* The function in which the NMI found the CPU. */
	struct symbol culprit = backtrace_frame__symbol(
		incident->backtrace ? backtrace__culprit(incident->backtrace) : NULL);
	/* The NMI found dst with its interrupts off, and no look contradicts that. */
	bool nmi_found_off = !incident->timers && incident->backtrace &&
			     incident->backtrace->interrupts_off;

	if (incident->why == WHY_NEVER_ARRIVED) {
		block__add(l,
			   ": it took %" PRIu64 " timer interrupts since; the IPI of CPU %" PRIu32
			   " never arrived",
			   incident->timers, incident->src);
	} else if (incident->why == WHY_BUSY) {
		block__add(l, ": it %s in another interrupt, for which this one %s",
			   ongoing ? "is" : "was", ongoing ? "waits" : "waited");
	} else if (late == LATE_STOLEN || incident->why == WHY_STOLEN) {
		block__add(l, ": the hypervisor %s not run it", ongoing ? "does" : "did");
	} else if (late == LATE_BEHIND && incident->doing.addr) {
		block__add(l, ": it %s in %s", ongoing ? "is" : "was",
			   words__symbol(&incident->doing).s);
	} else if (late == LATE_BEHIND) {
		block__add(l, ": other functions ran first");
	} else if (late == LATE_SENDER && host_held_sender(incident)) {
		block__add(l, ": the hypervisor did not run CPU %u before it sent the interrupt",
			   incident->src);
	} else if (late == LATE_SENDER) {
		block__add(l, ": CPU %u was held up before it sent the interrupt", incident->src);
	} else if (late == LATE_IDLE) {
		block__add(l, ": it was idle, and took the interrupt late");
	} else if (off || nmi_found_off) {
		block__add(l, ": its interrupts %s off", ongoing && !off ? "are" : "were");
		if (culprit.name)
			block__add(l, ", in %s", words__symbol(&culprit).s);
	} else {
		block__add(l, ": the cause is unknown");
	}
}

static void say_delivery(struct block *l, const struct incident *incident, const char *func)
{
	struct words d = say_duration(incident);

	if (incident->ongoing)
		block__add(l, "CPU %u has not begun %s for %s", incident->dst, func, d.s);
	else if (incident->end_unseen)
		block__add(l, "CPU %u had not begun %s for %s, and its end was not seen",
			   incident->dst, func, d.s);
	else
		block__add(l, "CPU %u took %s to begin %s", incident->dst, d.s, func);
	say_late(l, incident);
}

static void say_wait(struct block *l, const struct incident *incident, const char *func)
{
	block__add(l, "%s on CPU %u %s %s", words__task(&incident->sender).s, incident->src,
		   incident->ongoing ? "has waited" : "waited", say_duration(incident).s);
	if (wait_in__name(incident->wait_in))
		block__add(l, " in %s", wait_in__name(incident->wait_in));
	if (incident->dst_known && incident->nr_targets < 2)
		block__add(l, " for CPU %u to run %s", incident->dst, func);
	else if (incident->nr_targets > 1)
		block__add(l, " for %zu CPUs to run %s", incident->nr_targets, func);
	else
		block__add(l, " for %s", func);
	if (incident->ongoing && incident->dst_known && incident->doing.addr)
		block__add(l, "; CPU %u is in %s", incident->dst,
			   words__symbol(&incident->doing).s);
	else if (incident->end_unseen)
		block__add(l, ", and its end was not seen");
	else if (!incident->ongoing && incident->nr_targets > 1 && incident->dst_known)
		block__add(l, "; CPU %u was the last", incident->dst);
	if (incident->irq_known)
		block__add(l, "; CPU %u %s in %s", incident->dst, incident->ongoing ? "is" : "was",
			   say_interrupt(incident).s);
	if (incident->straggler.known)
		block__add(l, ", %s later than the median one, because it was %s",
			   view__duration(incident->straggler.later).s,
			   incident->straggler.late ? "late to start" : "long to run");
}

void view__stall_sentence(char *buf, size_t size, const struct incident *incident)
{
	struct words func = words__symbol(&incident->func);
	struct block l;

	block__begin(&l, buf, size);
	/* The functions of an interrupt are not known. */
	if (incident->phase == PHASE_INTERRUPT)
		func = say_interrupt(incident);
	if (incident->phase == PHASE_DELIVERY)
		say_delivery(&l, incident, func.s);
	else if (incident->phase == PHASE_WAIT)
		say_wait(&l, incident, func.s);
	else
		say_run(&l, incident, func.s);
	if (incident->phase != PHASE_WAIT)
		say_waiters(&l, incident);
	block__add(&l, ".");
}

/*
 * The first and the last lines of `stalls`. Most of these functions print to stdout, so they must
 * not be called while a CPU may be stuck.
 */

#define FUNC_WIDTH     style__width(34)
#define FAMILIES_SHOWN 20

void view__stalls_calls(void)
{
	paragraph__labelled("", 0,
			    "NOT KNOWN (-): when functions begin and how long they run, because "
			    "this kernel has no csd tracepoints (Linux 6.5). Senders' waits and "
			    "long interrupts are known");
	putchar('\n');
}

/* Add the stalls of each phase asked for: "delivery -, handler 3, wait 1"; "-" if unknown. */
static void phases_add(struct block *b, const uint64_t found[NR_PHASES],
		       const struct stall_scope *scope)
{
	const char *comma = "";

	for (int i = 0; i < NR_PHASES; i++) {
		if (!stall_scope__asks(scope, i) || !stall_scope__has(scope, i))
			continue;
		if (stall_scope__knows(scope, i))
			block__add(b, "%s%s %" PRIu64, comma, phase_names[i], found[i]);
		else
			block__add(b, "%s%s -", comma, phase_names[i]);
		comma = ", ";
	}
}

size_t view__stalls_unreported(char *buf, size_t size, const struct stalls_unreported *unreported,
			       uint64_t span)
{
	const uint64_t *by = unreported->stalls;
	uint64_t all =
		by[PHASE_DELIVERY] + by[PHASE_HANDLER] + by[PHASE_WAIT] + by[PHASE_INTERRUPT];
	struct block line, words = BLOCK(200);

	block__begin(&line, buf, size);
	block__add(&words, "%s in %s: ", words__number(all, "more stall").s,
		   view__duration(span).s);
	phases_add(&words, by, &unreported->scope);
	block__add(&words, "; longest %s", units__ns(unreported->longest).s);
	if (all) {
		block__wrap(&line, words.buf, 0);
		block__add(&line, "\n");
	}
	return line.len;
}

void view__no_wait(const struct stall_totals *totals, uint64_t stalls)
{
	struct block words = BLOCK(192);

	if (!totals) {
		printf("no wait; other stalls: %" PRIu64 "\n", stalls);
		return;
	}
	phases_add(&words, totals->found, &totals->scope);
	paragraph__labelled("", 0, "%s; stalls over %s in the whole capture: %s",
			    stall_scope__asks(&totals->scope, PHASE_WAIT) ? "no wait" :
									    "waits are not known",
			    view__duration(totals->threshold).s, words.buf);
}

static void print_family(const struct stall_family *family)
{
	const struct text comm = safe__comm(family->sender);
	const char *sender = family->phase == PHASE_INTERRUPT ? "-" :
			     family->several		      ? "(others)" :
			     family->interrupt		      ? "(interrupt)" :
			     *comm.s			      ? comm.s :
								"?";

	if (family->other)
		printf("%-9s %-*s  %-15s", "", FUNC_WIDTH, "(others)", "");
	else
		printf("%-9s %s  %s", phase_names[family->phase],
		       safe__column(family->func, FUNC_WIDTH).s, safe__column(sender, 15).s);
	printf(" %7" PRIu64 " %9s\n", family->stalls, units__ns(family->longest).s);
}

/* Print the families, the worst first; nothing if each stall was reported above. */
static void print_families(const struct stall_totals *totals)
{
	uint64_t stalls = 0, reported = 0, more = 0;
	size_t shown = totals->nr_families < FAMILIES_SHOWN ? totals->nr_families : FAMILIES_SHOWN;

	for (size_t i = 0; i < totals->nr_families; i++) {
		stalls += totals->families[i].stalls;
		reported += totals->families[i].reported;
		more += i < shown ? 0 : totals->families[i].stalls;
	}
	if (reported == stalls)
		return;
	style__line(STYLE_HEAD, "%-9s %-*s  %-15s %7s %9s", "PHASE", FUNC_WIDTH, "FUNCTION",
		    "SENDER", "STALLS", "LONGEST");
	for (size_t i = 0; i < shown; i++)
		print_family(&totals->families[i]);
	if (more)
		printf("and %s of %s, none of them longer\n", words__number(more, "stall").s,
		       words__number(totals->nr_families - shown, "more kind").s);
	putchar('\n');
	paragraph__labelled("", 0,
			    "%s shown above (a wait with its cause), %" PRIu64
			    " only counted; -j has each",
			    words__number(reported, "stall").s, stalls - reported);
}

void view__stalls_end(const struct stall_totals *totals)
{
	uint64_t found = 0;
	char title[128];
	struct words csds = words__number(totals->csds, "csd");
	struct block words = BLOCK(256);

	print_families(totals);
	phases_add(&words, totals->found, &totals->scope);
	if (totals->folded)
		block__add(&words, "; %" PRIu64 " of them %s of another stall", totals->folded,
			   totals->folded == 1 ? "the result" : "results");
	if (totals->lasting)
		block__add(&words, "; %" PRIu64 " still lasted when ipitrace ended",
			   totals->lasting);
	for (int i = 0; i < NR_PHASES; i++)
		found += totals->found[i];
	snprintf(title, sizeof(title), "%.24s over %s%s%.40s",
		 found ? words__number(found, "stall").s : "no stall",
		 view__duration(totals->threshold).s, totals->csds_known ? " in " : "",
		 totals->csds_known ? csds.s : "");
	paragraph__labelled(title, strlen(title), ": %s", words.buf);
	if (totals->lost || totals->dropped)
		printf("%slost%s %s (no room), %s (too many at once)\n", style__on(STYLE_ALERT),
		       style__off(), words__number(totals->lost, "event").s,
		       words__number(totals->dropped, "stall").s);
	if (totals->run_unseen)
		paragraph__labelled("", 0, "%s ran where BPF could not see it, and %s not judged",
				    words__number(totals->run_unseen, "csd").s,
				    totals->run_unseen == 1 ? "is" : "are");
	if (totals->doubted)
		paragraph__labelled(
			"", 0, "left out: %s that seemed to sleep, but whose exit was not seen",
			words__number(totals->doubted, "stall").s);
}
