// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "abi/stall_event.h"
#include "model/incident.h"
#include "model/names.h"
#include "view/text/block.h"
#include "view/text/stall.h"
#include "view/text/words.h"

/* The end of the sentence: the first sender that waits for this stall, and how many more do. */
static void say_waiters(struct block *l, const struct incident *incident)
{
	const struct waiter *first = NULL;
	size_t more;
	char task[48];

	for (size_t i = 0; i < incident->nr_waiters && (!first || first->behind); i++)
		if (!first || !incident->waiters[i].behind)
			first = &incident->waiters[i];
	if (!first)
		return;
	more = incident->nr_waiters - 1 + incident->more_waiters;
	view__task(task, sizeof(task), &first->task);
	if (incident->ongoing)
		block__add(l, "; %s on CPU %" PRIu32 " waits for it", task, first->src);
	else
		block__add(l, "; %s on CPU %" PRIu32 " waited %s for it", task, first->src,
			   view__duration(first->until - first->call).s);
	if (wait_in__name(first->wait_in))
		block__add(l, " in %s", wait_in__name(first->wait_in));
	if (more)
		block__add(l, ", and %zu more %s%s", more, more > 1 ? "senders" : "sender",
			   incident->ongoing ? " with it" : "");
}

/* How long it lasted: "5 ms", or "5 ms to 9 ms", as far as that is known. */
struct lasted {
	char s[64];
};

static struct lasted lasted(const struct incident *incident)
{
	struct duration d = view__duration(incident__duration(incident));
	struct duration most = view__duration(incident->at_most);
	struct lasted text;

	if (incident->end_unseen && incident->at_most && strcmp(d.s, most.s) != 0)
		snprintf(text.s, sizeof(text.s), "%s to %s", d.s, most.s);
	else
		snprintf(text.s, sizeof(text.s), "%s", d.s);
	return text;
}

static void say_handler(struct block *l, const struct incident *incident, const char *func)
{
	struct lasted d = lasted(incident);

	if (incident->ongoing && incident->slept)
		block__add(l, "%s, begun on CPU %" PRIu32 " %s ago, sleeps or has slept since",
			   func, incident->dst, d.s);
	else if (incident->ongoing)
		block__add(l, "CPU %" PRIu32 " has been in %s for %s", incident->dst, func, d.s);
	else if (incident->end_unseen)
		block__add(l, "CPU %" PRIu32 " was in %s for %s, and is not any more",
			   incident->dst, func, d.s);
	else if (incident->slept)
		block__add(l, "%s slept on CPU %" PRIu32 ", and took %s", func, incident->dst, d.s);
	else
		block__add(l, "CPU %" PRIu32 " was in %s for %s", incident->dst, func, d.s);
}

/* Where the CPU's NMI found it, behind what was said of the CPU. */
static void say_culprit(struct block *l, const struct incident *incident, const char *between)
{
	const struct backtrace_frame *frame =
		incident->backtrace ? backtrace__culprit(incident->backtrace) : NULL;
	struct symbol culprit = {};
	char text[160];

	if (!frame)
		return;
	culprit.name = frame->name;
	culprit.module = *frame->module ? frame->module : NULL;
	view__symbol(text, sizeof(text), &culprit);
	block__add(l, "%s%s", between, text);
}

static void say_late(struct block *l, const struct incident *incident)
{
	char doing[160];

	view__symbol(doing, sizeof(doing), &incident->doing);
	switch (incident->late) {
	case LATE_BEHIND:
		if (incident->doing.addr)
			block__add(l, ": it %s in %s", incident->ongoing ? "is" : "was", doing);
		else
			block__add(l, ": other functions were before it");
		break;
	case LATE_SENDER:
		block__add(l, ": CPU %" PRIu32 " was held up before it sent the interrupt",
			   incident->src);
		break;
	case LATE_INTERRUPTS_OFF:
		block__add(l, ": its interrupts were off");
		say_culprit(l, incident, ", in ");
		break;
	case LATE_IDLE:
		block__add(l, ": it was idle, and took the interrupt late");
		break;
	case LATE_STOLEN:
		block__add(l, ": the hypervisor did not run it");
		break;
	default:
		if (incident->backtrace && incident->backtrace->interrupts_off) {
			block__add(l, ": its interrupts %s off",
				   incident->ongoing ? "are" : "were");
			say_culprit(l, incident, ", in ");
			break;
		}
		block__add(l, ": the cause is unknown");
	}
}

static void say_delivery(struct block *l, const struct incident *incident, const char *func)
{
	struct lasted d = lasted(incident);

	if (incident->ongoing)
		block__add(l, "CPU %" PRIu32 " has not begun %s for %s", incident->dst, func, d.s);
	else if (incident->end_unseen)
		block__add(l, "CPU %" PRIu32 " had not begun %s for %s, and then it was gone",
			   incident->dst, func, d.s);
	else
		block__add(l, "CPU %" PRIu32 " took %s to begin %s", incident->dst, d.s, func);
	say_late(l, incident);
}

/* An interrupt, of functions that are not known. */
static void say_interrupt(struct block *l, const struct incident *incident)
{
	const char *kind = kind_names[incident->irq];
	struct lasted d = lasted(incident);

	if (incident->ongoing)
		block__add(l, "CPU %" PRIu32 " has been in a %s interrupt for %s", incident->dst,
			   kind, d.s);
	else if (incident->end_unseen)
		block__add(l,
			   "CPU %" PRIu32 " was in a %s interrupt for %s, and is not any "
			   "more",
			   incident->dst, kind, d.s);
	else
		block__add(l, "CPU %" PRIu32 " was in a %s interrupt for %s", incident->dst, kind,
			   d.s);
}

static void say_wait(struct block *l, const struct incident *incident, const char *func)
{
	struct lasted d = lasted(incident);
	char task[48], doing[160];

	view__task(task, sizeof(task), &incident->sender);
	view__symbol(doing, sizeof(doing), &incident->doing);
	block__add(l, "%s on CPU %" PRIu32 " %s %s", task, incident->src,
		   incident->ongoing ? "has waited" : "waited", d.s);
	if (wait_in__name(incident->wait_in))
		block__add(l, " in %s", wait_in__name(incident->wait_in));
	if (incident->dst_known && incident->nr_targets < 2)
		block__add(l, " for CPU %" PRIu32 " to run %s", incident->dst, func);
	else if (incident->nr_targets > 1)
		block__add(l, " for %zu CPUs to run %s", incident->nr_targets, func);
	else
		block__add(l, " for %s", func);
	if (incident->ongoing && incident->dst_known && incident->doing.addr)
		block__add(l, "; CPU %" PRIu32 " is in %s", incident->dst, doing);
	else if (incident->end_unseen)
		block__add(l, ", and does not any more");
	else if (!incident->ongoing && incident->nr_targets > 1 && incident->dst_known)
		block__add(l, "; CPU %" PRIu32 " was the last", incident->dst);
	if (incident->irq_known)
		block__add(l, "; CPU %" PRIu32 " %s in a %s interrupt", incident->dst,
			   incident->ongoing ? "is" : "was", kind_names[incident->irq]);
	if (incident->straggler.known)
		block__add(l, ", %s later than the median one, for it was %s",
			   view__duration(incident->straggler.later).s,
			   incident->straggler.late ? "late to start" : "long to run");
}

void view__stall_sentence(char *buf, size_t size, const struct incident *incident)
{
	struct block l;
	char func[160];

	block__begin(&l, buf, size);
	view__symbol(func, sizeof(func), &incident->func);
	if (incident->phase == PHASE_HANDLER)
		say_handler(&l, incident, func);
	else if (incident->phase == PHASE_DELIVERY)
		say_delivery(&l, incident, func);
	else if (incident->phase == PHASE_INTERRUPT)
		say_interrupt(&l, incident);
	else
		say_wait(&l, incident, func);
	if (incident->phase != PHASE_WAIT)
		say_waiters(&l, incident);
	block__add(&l, ".");
}
