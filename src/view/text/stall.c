// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "abi/limits.h"
#include "abi/stall_event.h"
#include "base/sanitize.h"
#include "model/container.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "view/text/block.h"
#include "view/text/stall.h"
#include "view/text/style.h"
#include "view/text/units.h"

#define LABEL	      11 /* columns before what a line says */
#define FRAMES_SHOWN  14
#define TARGETS_SHOWN 4

void wall_clock__read(struct wall_clock *clock)
{
	struct timespec wall, mono;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	localtime_r(&wall.tv_sec, &tm);
	clock->offset = (wall.tv_sec - mono.tv_sec + tm.tm_gmtoff) * 1000000000LL + wall.tv_nsec -
			mono.tv_nsec;
}

struct duration view__duration(uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	struct duration d;
	double v = ns;
	int i = 0;

	while (v >= 999.5 && i < 3) {
		v /= 1000;
		i++;
	}
	/* "1 ms", "1.5 ms", "48 ms". */
	v = v < 9.95 ? round(v * 10) / 10 : round(v);
	snprintf(d.s, sizeof(d.s), "%g %s", v, units[i]);
	return d;
}

void view__symbol(char *buf, size_t size, const struct symbol *symbol)
{
	if (!symbol->addr)
		snprintf(buf, size, "a function");
	else if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%.80s [%.56s]", symbol->name, symbol->module);
	else
		snprintf(buf, size, "%.80s", symbol->name);
}

static void frame_text(char *buf, size_t size, const struct symbol *symbol)
{
	if (!symbol->name)
		snprintf(buf, size, "0x%" PRIx64, symbol->addr);
	else if (symbol->module)
		snprintf(buf, size, "%.48s+0x%" PRIx64 " [%.16s]", symbol->name, symbol->offset,
			 symbol->module);
	else
		snprintf(buf, size, "%.56s+0x%" PRIx64, symbol->name, symbol->offset);
}

void view__task(char *buf, size_t size, const struct task_id *task)
{
	if (task->interrupt)
		snprintf(buf, size, "an interrupt");
	else if (!task->known)
		snprintf(buf, size, "a task");
	else
		snprintf(buf, size, "%.*s (%" PRIu32 ")", COMM_LEN, task->comm, task->pid);
	/* A task may give itself any name. */
	sanitize(buf, size, buf);
}

/* Who waits for it, as the end of a sentence. */
static void waiters_say(struct block *l, const struct incident *in)
{
	const struct waiter *first = NULL;
	size_t more;
	char task[48];

	for (size_t i = 0; i < in->nr_waiters && (!first || first->behind); i++)
		if (!first || !in->waiters[i].behind)
			first = &in->waiters[i];
	if (!first)
		return;
	more = in->nr_waiters - 1 + in->more_waiters;
	view__task(task, sizeof(task), &first->task);
	if (in->ongoing)
		block__add(l, "; %s on CPU %" PRIu32 " waits for it", task, first->src);
	else
		block__add(l, "; %s on CPU %" PRIu32 " waited %s for it", task, first->src,
			   view__duration(first->until - first->call).s);
	if (wait_in__name(first->wait_in))
		block__add(l, " in %s", wait_in__name(first->wait_in));
	if (more)
		block__add(l, ", and %zu more %s%s", more, more > 1 ? "senders" : "sender",
			   in->ongoing ? " with it" : "");
}

static void handler_say(struct block *l, const struct incident *in, const char *func)
{
	struct duration d = view__duration(incident__duration(in));

	if (in->ongoing && in->slept)
		block__add(l, "%s, begun on CPU %" PRIu32 " %s ago, sleeps or has slept since",
			   func, in->dst, d.s);
	else if (in->ongoing)
		block__add(l, "CPU %" PRIu32 " has been in %s for %s", in->dst, func, d.s);
	else if (in->end_unseen)
		block__add(l, "CPU %" PRIu32 " was in %s for %s at least, and is not any more",
			   in->dst, func, d.s);
	else if (in->slept)
		block__add(l, "%s slept on CPU %" PRIu32 ", and took %s", func, in->dst, d.s);
	else
		block__add(l, "CPU %" PRIu32 " was in %s for %s", in->dst, func, d.s);
}

static void late_say(struct block *l, const struct incident *in)
{
	char doing[160];

	view__symbol(doing, sizeof(doing), &in->doing);
	switch (in->late) {
	case LATE_BEHIND:
		if (in->doing.addr)
			block__add(l, ": it %s in %s", in->ongoing ? "is" : "was", doing);
		else
			block__add(l, ": other functions were before it");
		break;
	case LATE_SENDER:
		block__add(l, ": CPU %" PRIu32 " was held up before it sent the interrupt",
			   in->src);
		break;
	case LATE_INTERRUPTS_OFF:
		block__add(l, ": its interrupts were off");
		break;
	case LATE_IDLE:
		block__add(l, ": it was idle, and slow to wake, or not run by a hypervisor");
		break;
	case LATE_STOLEN:
		block__add(l, ": the hypervisor did not run it");
		break;
	default:
		block__add(l, ": its interrupts %s off, or it %s not run by a hypervisor",
			   in->ongoing ? "are" : "were", in->ongoing ? "is" : "was");
	}
}

static void delivery_say(struct block *l, const struct incident *in, const char *func)
{
	struct duration d = view__duration(incident__duration(in));

	if (in->ongoing)
		block__add(l, "CPU %" PRIu32 " has not begun %s for %s", in->dst, func, d.s);
	else if (in->end_unseen)
		block__add(l, "CPU %" PRIu32 " had not begun %s for %s, and then it was gone",
			   in->dst, func, d.s);
	else
		block__add(l, "CPU %" PRIu32 " took %s to begin %s", in->dst, d.s, func);
	late_say(l, in);
}

static void wait_say(struct block *l, const struct incident *in, const char *func)
{
	struct duration d = view__duration(incident__duration(in));
	char task[48], doing[160];

	view__task(task, sizeof(task), &in->sender);
	view__symbol(doing, sizeof(doing), &in->doing);
	block__add(l, "%s on CPU %" PRIu32 " %s %s", task, in->src,
		   in->ongoing ? "has waited" : "waited", d.s);
	if (wait_in__name(in->wait_in))
		block__add(l, " in %s", wait_in__name(in->wait_in));
	if (in->dst_known && in->nr_targets < 2)
		block__add(l, " for CPU %" PRIu32 " to run %s", in->dst, func);
	else if (in->nr_targets > 1)
		block__add(l, " for %zu CPUs to run %s", in->nr_targets, func);
	else
		block__add(l, " for %s", func);
	if (in->ongoing && in->dst_known && in->doing.addr)
		block__add(l, "; CPU %" PRIu32 " is in %s", in->dst, doing);
	else if (in->end_unseen)
		block__add(l, ", and does not any more");
	else if (!in->ongoing && in->nr_targets > 1 && in->dst_known)
		block__add(l, "; CPU %" PRIu32 " was the last", in->dst);
	if (in->straggler.known)
		block__add(l, ", %s later than the median one, for it was %s",
			   view__duration(in->straggler.later).s,
			   in->straggler.late ? "late to start" : "long to run");
}

void view__stall_sentence(char *buf, size_t size, const struct incident *in)
{
	struct block l;
	char func[160];

	block__begin(&l, buf, size);
	view__symbol(func, sizeof(func), &in->func);
	if (in->phase == PHASE_HANDLER)
		handler_say(&l, in, func);
	else if (in->phase == PHASE_DELIVERY)
		delivery_say(&l, in, func);
	else
		wait_say(&l, in, func);
	if (in->phase != PHASE_WAIT)
		waiters_say(&l, in);
	block__add(&l, ".");
}

static void __attribute__((format(printf, 3, 4)))
row(struct block *l, const char *label, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	block__add(l, "  %-*s", LABEL - 2, label);
	block__wrap(l, text, LABEL);
}

static void since_row(struct block *l, const struct incident *in, const struct wall_clock *clock)
{
	static const char *const what[] = {
		[PHASE_DELIVERY] = "when it was queued",
		[PHASE_HANDLER] = "when the function was entered",
		[PHASE_WAIT] = "when the call began",
	};
	uint64_t wall = in->start + clock->offset;
	uint64_t second = wall / 1000000000 % 86400;

	row(l, "since", "%02u:%02u:%02u.%06u, %s", (unsigned int)(second / 3600),
	    (unsigned int)(second / 60 % 60), (unsigned int)(second % 60),
	    (unsigned int)(wall % 1000000000 / 1000), what[in->phase]);
}

static void sender_row(struct block *l, const struct incident *in)
{
	bool known = in->callsite.addr;
	char task[48], site[96];

	view__task(task, sizeof(task), &in->sender);
	/* Where fentry programs are, the call comes back to their trampoline. */
	if (in->callsite.module && !strcmp(in->callsite.module, "bpf"))
		known = false;
	if (known)
		frame_text(site, sizeof(site), &in->callsite);
	row(l, "sender", "%s on CPU %" PRIu32 "%s%s", task, in->src, known ? ", at " : "",
	    known ? site : "");
}

/* Where the time went, as far as the marks on the way are there. */
static void split_row(struct block *l, const struct incident *in)
{
	uint64_t sent = in->sent, arrived = in->arrived;
	char text[200];
	struct block s;

	block__begin(&s, text, sizeof(text));
	/* It was taken by an earlier interrupt than its own. */
	if (sent && arrived && sent > arrived)
		sent = 0;
	if (sent > in->start)
		block__add(&s, "queued to sent %s, ", units__ns(sent - in->start).s);
	else
		sent = in->start;
	if (arrived >= sent && arrived) {
		block__add(&s, "to interrupt %s, ", units__ns(arrived - sent).s);
		sent = arrived;
	}
	block__add(&s, "to function %s", units__ns(in->time - sent).s);
	row(l, "delay", "%s", text);
}

static void target_row(struct block *l, const struct incident *in)
{
	char task[48], label[64];
	bool labelled;

	if (!in->victim.known)
		return;
	view__task(task, sizeof(task), &in->victim);
	labelled = container__label(in->cgroup_path, label, sizeof(label));
	row(l, "target", "CPU %" PRIu32 " %s %s%s%s%s%s", in->dst,
	    in->phase == PHASE_HANDLER && in->slept ? "slept as" : "ran",
	    in->victim.tgid || in->victim.pid ? task : "nothing: it was idle",
	    in->cgroup_path ? ", cgroup " : "", in->cgroup_path ? in->cgroup_path : "",
	    labelled ? ", " : "", labelled ? label : "");
}

static void targets_rows(struct block *l, const struct incident *in)
{
	uint64_t last = 0;

	if (in->phase != PHASE_WAIT && in->straggler.known && in->straggler.later)
		row(l, "targets", "the last of %zu CPUs, %s later than the median one: %s",
		    in->nr_targets, units__ns(in->straggler.later).s,
		    in->straggler.late ? "late to start" : "long to run");
	if (in->phase != PHASE_WAIT || in->ongoing || in->nr_listed < 2)
		return;
	for (size_t shown = 0; shown < TARGETS_SHOWN && shown < in->nr_listed; shown++) {
		const struct target_time *next = NULL;

		/* The last to end first. */
		for (size_t i = 0; i < in->nr_listed; i++) {
			const struct target_time *t = &in->targets[i];

			if (t->end && (!last || t->end < last) && (!next || t->end > next->end))
				next = t;
		}
		if (!next)
			return;
		last = next->end;
		if (next->entry >= in->start && next->end >= next->entry)
			row(l, shown ? "" : "targets", "CPU %" PRIu32 " began after %s, ran %s",
			    next->dst, units__ns(next->entry - in->start).s,
			    units__ns(next->end - next->entry).s);
		else if (next->end >= in->start)
			row(l, shown ? "" : "targets", "CPU %" PRIu32 " was done after %s",
			    next->dst, units__ns(next->end - in->start).s);
	}
}

static void waiters_rows(struct block *l, const struct incident *in)
{
	const char *label = "waiting";

	for (size_t i = 0; i < in->nr_waiters; i++) {
		const struct waiter *w = &in->waiters[i];
		char task[48];

		view__task(task, sizeof(task), &w->task);
		row(l, label, "%s on CPU %" PRIu32 ", %s%s%s%s", task, w->src,
		    units__ns(w->until - w->call).s, wait_in__name(w->wait_in) ? " in " : "",
		    wait_in__name(w->wait_in) ? wait_in__name(w->wait_in) : "",
		    w->behind ? ", for a function behind it" : "");
		label = "";
	}
	if (in->more_waiters)
		row(l, label, "and %zu more", in->more_waiters);
	if (in->queued_behind)
		row(l, "behind", "%zu more csds to CPU %" PRIu32 " that nobody waits for",
		    in->queued_behind, in->dst);
}

static void stack_rows(struct block *l, const struct incident *in)
{
	static const char *const what[] = {
		[STACK_INTERRUPTED] = "what it interrupted",
		[STACK_SLEEP] = "where it slept",
		[STACK_END] = "at its exit",
		[STACK_CALL] = "the sender, at its return",
	};
	uint32_t shown = in->nr < FRAMES_SHOWN ? in->nr : FRAMES_SHOWN;

	if (in->user)
		row(l, "stack", "none: it interrupted user space");
	if (!in->nr || in->stack_of == STACK_NONE || in->stack_of > STACK_CALL)
		return;
	row(l, "stack", "%s", what[in->stack_of]);
	for (uint32_t f = 0; f < shown; f++) {
		char text[96];

		frame_text(text, sizeof(text), &in->stack[f]);
		block__add(l, "%s%*s", style__on(STYLE_DIM), LABEL + 2, "");
		block__wrap(l, text, LABEL + 2);
		block__add(l, "%s", style__off());
	}
	if (shown < in->nr)
		block__add(l, "%*sand %" PRIu32 " more\n", LABEL + 2, "", in->nr - shown);
}

static void slept_row(struct block *l, const struct incident *in)
{
	if (in->phase != PHASE_HANDLER)
		return;
	if (in->slept)
		row(l, "slept", "yes: a function called by an interrupt must not");
	else
		row(l, "slept", "no, it %s", in->ongoing ? "spins" : "was spinning");
}

size_t view__stall(char *buf, size_t size, const struct incident *in, uint64_t id,
		   const struct wall_clock *clock)
{
	char sentence[768], func[160], title[32];
	struct block l;

	block__begin(&l, buf, size);
	view__symbol(func, sizeof(func), &in->func);
	snprintf(title, sizeof(title), "stall %" PRIu64, id);
	block__add(&l, "%s%s%s  ", style__on(in->ongoing ? STYLE_ALERT : STYLE_HEAD), title,
		   style__off());
	snprintf(sentence, sizeof(sentence), "%s of %s, %s", phase_names[in->phase], func,
		 in->ongoing	? "it lasts" :
		 in->end_unseen ? "its end was not seen" :
				  "over");
	block__wrap(&l, sentence, strlen(title) + 2);
	since_row(&l, in, clock);
	sender_row(&l, in);
	target_row(&l, in);
	if (in->phase == PHASE_DELIVERY && !in->ongoing && !in->end_unseen)
		split_row(&l, in);
	if (in->stolen)
		row(&l, "stolen", "about %s of CPU %" PRIu32 "'s time, by the hypervisor",
		    units__ns(in->stolen).s, in->dst);
	slept_row(&l, in);
	targets_rows(&l, in);
	waiters_rows(&l, in);
	stack_rows(&l, in);
	view__stall_sentence(sentence, sizeof(sentence), in);
	block__wrap(&l, sentence, 0);
	block__add(&l, "\n");
	return l.len;
}
