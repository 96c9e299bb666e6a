// SPDX-License-Identifier: GPL-2.0
/* The pages of `isolated`: the setup, each CPU with its culprits, the verdict. */
#include "view/text/views.h"

#define INDENT 11 /* columns before a culprit's sender, cause and advice */

/*
 * The groups of culprits as they are shown. IPIs are last, so that they and the verdict are
 * what a screen of 24 lines shows at the end.
 */
static const struct group {
	enum culprit_group group;
	size_t shown; /* number of culprits that are shown: a page is to fit two screens */
	const char *title;
	const char *name;
} groups[NR_GROUPS] = {
	{ GROUP_TASKS, 2, "tasks and kernel threads", "tasks" },
	{ GROUP_INTERRUPTS, 2, "interrupts and timers", "interrupts" },
	{ GROUP_IPIS, 3, "IPIs", "IPIs" },
};

void view__isolated_setup(const struct host *host, const struct cpuset *cpus,
			  const struct timespec *began, const struct setup_check *checks, size_t nr,
			  bool endless)
{
	static const char title[] = "ipitrace isolated: ";
	struct block passed = BLOCK(SETUP_CHECKS * 24);

	paragraph__labelled(title, sizeof(title) - 1, "%s, %s; CPU %s from %s",
			    safe__cut(host->name.nodename, 16).s,
			    safe__cut(host->name.release, 22).s, view__cpus(cpus).s,
			    clock__date(began, 0).s);
	for (size_t i = 0; i < nr; i++) {
		const struct setup_check *check = &checks[i];

		if (check->known && check->ok) {
			block__add(&passed, "%s%s", passed.len ? ", " : "", check->name);
			continue;
		}
		printf("%s%-3s%s%-15s", style__on(check->known ? STYLE_ALERT : STYLE_PLAIN),
		       check->known ? "!!" : "?", style__off(), check->name);
		paragraph__rest(3 + 15, "%s%s%s", safe__cut(check->found, 200).s,
				check->known ? "; do: " : "", check->known ? check->advice : "");
	}
	/* Print the checks that passed in one line, because there is nothing to do about them. */
	if (passed.len)
		paragraph__labelled("ok", 3, "%s", passed.buf);
	if (endless)
		printf("\ncollecting; Ctrl-C ends, and gives the verdict\n");
}

/* Returns the culprit's function; if there is none, its device, task or interrupt. */
static struct safe format_name(const struct culprit *culprit)
{
	static const char *const softirqs[] = { "HI",	    "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
						"IRQ_POLL", "TASKLET", "SCHED",	 "HRTIMER", "RCU" };
	/* The name has the room beside the other columns and the note "allowed". */
	size_t room = !culprit->allowed ? 30 : culprit->judged ? 20 : 17;
	char name[2 * CULPRIT_TEXT + 4], tail[16];
	struct safe task;

	if (*culprit->func)
		snprintf(name, sizeof(name), "%s%s%s%s", culprit->func,
			 *culprit->module ? " [" : "", culprit->module,
			 *culprit->module ? "]" : "");
	else if (culprit->kind == INTERRUPTION_IRQ)
		snprintf(name, sizeof(name), "irq %u %.*s", culprit->id, COMM_LEN, culprit->what);
	else if (culprit->kind == INTERRUPTION_SOFTIRQ && culprit->id < 10)
		snprintf(name, sizeof(name), "%s", softirqs[culprit->id]);
	else if (culprit->kind == INTERRUPTION_SWITCH && (culprit->several || culprit->id)) {
		snprintf(tail, sizeof(tail), culprit->several ? " (several)" : "[%u]", culprit->id);
		snprintf(task.s, sizeof(task.s), "%s", safe__comm(culprit->what).s);
		/* Cut the task's name, not its number: a part of the number is another task. */
		if (strlen(task.s) + strlen(tail) > room)
			strcpy(task.s + safe__fit(task.s, room - strlen(tail) - 1), "~");
		strcat(task.s, tail);
		return task;
	} else if (*culprit->what)
		snprintf(name, sizeof(name), "%.*s", COMM_LEN, culprit->what);
	else if (culprit->addr)
		snprintf(name, sizeof(name), "0x%" PRIx64, culprit->addr);
	else
		snprintf(name, sizeof(name), "-");
	return safe__cut(name, room);
}

static const char *const owners[] = {
	[OWNER_OTHER] = "",
	[OWNER_PROGRAM] = "PROGRAM itself",
	[OWNER_IPITRACE] = "ipitrace itself",
};

/* Add the sender in words; "" if there is none. */
static void sender_add(struct block *b, const struct culprit *culprit)
{
	const struct task_id *sender = &culprit->sender;

	if (culprit->stopper)
		block__add(b, "from a stopper thread (for an unknown task)");
	if (!sender->known) {
		block__add(b, "%s", owners[culprit->owner]);
		return;
	}
	if (sender->interrupt && !culprit->serves) {
		block__add(b, "from an interrupt");
	} else if (culprit->kworker && !culprit->several && !culprit->queued_by.tgid) {
		/* words__worker() ends with a clause, and more is to follow here. */
		block__add(b, "from %s (for an unknown task)",
			   safe__comm(callers__worker(sender->comm)).s);
	} else if (culprit->kworker && !culprit->several) {
		block__add(b, "from %s", words__worker(sender->comm, &culprit->queued_by).s);
	} else if (culprit->kworker) {
		block__add(b, "from %s for %s (several)",
			   safe__comm(callers__worker(sender->comm)).s,
			   safe__comm(culprit->queued_by.comm).s);
	} else {
		block__add(b, "%s %s", culprit->serves ? "on behalf of" : "from",
			   safe__comm(sender->comm).s);
		/* Several tasks that ran on the CPU (INTERRUPTION_SWITCH) have one sender. */
		if (culprit->several && culprit->kind != INTERRUPTION_SWITCH)
			block__add(b, " (several)");
		else
			block__add(b, "[%u]", sender->tgid);
	}
	if (culprit->owner)
		block__add(b, " (%s)", owners[culprit->owner]);
	if (!culprit->serves && culprit->src_known)
		block__add(b, " on CPU %u", culprit->src);
	if (*culprit->cgroup && strcmp(culprit->cgroup, "/"))
		block__add(b, " in %s", safe__cut(culprit->cgroup, 60).s);
	if (*culprit->caller)
		block__add(b, ", by %s", safe__cut(culprit->caller, 60).s);
}

/* Print the figures, and the name if there is room for it; else the name goes into @below. */
static void print_culprit_row(const struct culprit *culprit, struct block *below)
{
	const char *mark = !culprit->judged ? " (not judged)" :
			   culprit->allowed ? " (allowed)" :
					      "";
	bool wide = style__columns() == STYLE_COLUMNS;

	printf("%s%9s %8s %8s  ", culprit->allowed ? "" : style__on(STYLE_ALERT),
	       units__ns_of(culprit->interrupted, culprit->timed).s, units__count(culprit->count).s,
	       units__ns_of(culprit->longest, culprit->timed).s);
	if (wide)
		printf("%-20s %s%s", culprit->cause, format_name(culprit).s, mark);
	else
		printf("%.20s", culprit->cause);
	printf("%s\n", culprit->allowed ? "" : style__off());
	if (!wide)
		block__add(below, "%s%s%s", format_name(culprit).s, mark,
			   culprit->sender.known || culprit->stopper ? " " : "");
}

/*
 * Print a culprit, with its cause in words if it is the @first row of its group, and with its
 * advice unless an earlier row has the same (@advised).
 */
static void culprit_print(const struct culprit *culprit, bool first, bool advised)
{
	struct block below = BLOCK(1024);

	print_culprit_row(culprit, &below);
	sender_add(&below, culprit);
	if (below.len)
		paragraph__dim(INDENT, "%s", below.buf);
	if (culprit->allowed)
		return;
	if (first)
		paragraph__dim(INDENT, "%s", culprit->because);
	if (!advised)
		paragraph__styled(STYLE_DIM, "     do:", INDENT, "%s",
				  culprit->follows && culprit->kind != INTERRUPTION_WORK ?
					  "ends when the other tasks leave this CPU" :
					  culprit->advice);
}

/* Whether an earlier culprit of @culprits[@nr]'s group has the same cause, and so its advice. */
static bool was_advised(const struct culprit *culprits, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (culprits[i].group == culprits[nr].group && !culprits[i].allowed &&
		    culprits[i].follows == culprits[nr].follows &&
		    !strcmp(culprits[i].cause, culprits[nr].cause))
			return true;
	return false;
}

/* Add the interruptions of the group's culprits, and their time, to *@count and *@interrupted. */
static void group_sum(const struct isolated_cpu *cpu, enum culprit_group group, uint64_t *count,
		      uint64_t *interrupted)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (cpu->culprits[i].group != group)
			continue;
		*count += cpu->culprits[i].count;
		*interrupted += cpu->culprits[i].interrupted;
	}
}

/* Print the first culprits of the group. Returns how many are left out. */
static size_t group_print(const struct isolated_cpu *cpu, const struct group *group)
{
	uint64_t count = 0, interrupted = 0;
	size_t nr = 0;

	group_sum(cpu, group->group, &count, &interrupted);
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (cpu->culprits[i].group != group->group)
			continue;
		if (!nr)
			printf("%s%s%s: %s, %s\n", style__on(STYLE_HEAD), group->title,
			       style__off(), units__counted(count, "time").s,
			       units__ns(interrupted).s);
		if (nr < group->shown)
			culprit_print(&cpu->culprits[i], !nr, was_advised(cpu->culprits, i));
		nr++;
	}
	return nr > group->shown ? nr - group->shown : 0;
}

/* The judged interruptions of a CPU: how many, and their time, ns. */
struct judged {
	uint64_t count;
	uint64_t interrupted;
};

static struct judged sum_judged(const struct isolated_cpu *cpu)
{
	struct judged sum = {};

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (!cpu->culprits[i].judged)
			continue;
		sum.count += cpu->culprits[i].count;
		sum.interrupted += cpu->culprits[i].interrupted;
	}
	return sum;
}

/* Returns "IPIs", "IPIs and tasks only"; "": all groups are judged. */
static struct text format_only(uint32_t only)
{
	struct text text = { "" };
	struct block b = { .buf = text.s, .size = sizeof(text.s) };

	/* IPIs first, as in the words of --only; the page has them last. */
	for (size_t i = NR_GROUPS; i-- > 0;)
		if (only >> groups[i].group & 1)
			block__add(&b, "%s%s", b.len ? " and " : "", groups[i].name);
	if (b.len)
		block__add(&b, " only");
	return text;
}

static void cpu_print(const struct isolated_cpu *cpu, const struct window *window, uint32_t only)
{
	static const char *const verdicts[] = { "quiet", "not quiet", "not certain" };
	uint64_t judged = sum_judged(cpu).count;
	size_t more = 0, allowed = 0;

	printf("\nCPU %u: %s%s%s%s%s; longest silence %s\n", cpu->cpu,
	       style__on(cpu->verdict == VERDICT_QUIET ? STYLE_PLAIN : STYLE_ALERT),
	       verdicts[cpu->verdict], style__off(), only ? ", " : "", format_only(only).s,
	       units__ns(cpu->silence).s);
	printf("       %s", units__counted(cpu->count, "interruption").s);
	if (judged != cpu->count)
		printf(" (%s judged)", units__count(judged).s);
	printf(": %s of %s, longest %s\n", units__ns(cpu->interrupted).s,
	       units__ns(window->mono_end - window->mono_start).s, units__ns(cpu->longest).s);
	if (cpu->host)
		printf("       the host did not run this CPU for %s: not counted\n",
		       units__ns(cpu->host).s);
	if (cpu->offline)
		printf("       this CPU was offline for %s: not watched\n",
		       units__ns(cpu->offline).s);
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		allowed += cpu->culprits[i].allowed;
	/* The heading says how by_cost() of isolated/verdict.c has sorted each group. */
	if (cpu->nr_culprits)
		style__line(STYLE_HEAD, "     time    count  longest  CAUSE%s%s",
			    style__columns() == STYLE_COLUMNS ? "                CULPRIT" : "",
			    allowed && allowed < cpu->nr_culprits ?
				    " (not allowed, then most time)" :
				    " (most time first)");
	for (size_t i = 0; i < NR_GROUPS; i++)
		more += group_print(cpu, &groups[i]);
	if (more)
		printf("and %s: see -j\n", words__number(more, "more culprit").s);
}

void view__isolated(const struct isolation *isolation)
{
	for (size_t i = 0; i < isolation->nr_cpus; i++)
		cpu_print(&isolation->cpus[i], &isolation->window, isolation->only);
	putchar('\n');
}

/* Add the cause; and the task, device or function, if neither the cause nor the sender names it. */
static void culprit_add(struct block *b, const struct culprit *culprit)
{
	bool named = culprit->group == GROUP_IPIS && culprit->sender.known &&
		     strcmp(culprit->cause, "function") && strcmp(culprit->cause, "irq_work");
	struct safe name = format_name(culprit);

	block__add(b, "%s", culprit->cause);
	if (!named && strcmp(name.s, "-"))
		block__add(b, " %s", name.s);
	block__add(b, ", %s", units__counted(culprit->count, "time").s);
}

/*
 * Add the culprits that count towards the limit: the worst, the one that came most often, and how
 * many more.
 */
static void culprits_add(struct block *b, const struct isolated_cpu *cpu,
			 const struct breach *breach)
{
	const struct culprit *worst = &cpu->culprits[breach->worst],
			     *frequent = &cpu->culprits[breach->frequent];
	bool two = breach->frequent != breach->worst, of_length = breach->limit == LIMIT_LENGTH;
	uint64_t count = breach->found - worst->count - (two ? frequent->count : 0);
	size_t others = breach->nr > 1U + two ? breach->nr - 1 - two : 0;

	culprit_add(b, worst);
	if (worst->timed)
		block__add(b, ", %s%s", of_length ? "longest " : "",
			   units__ns(of_length ? worst->longest : worst->interrupted).s);
	else
		block__add(b, ", time not known");
	if (worst->sender.known)
		block__add(b, ", ");
	sender_add(b, worst);
	if (two) {
		block__add(b, "; ");
		culprit_add(b, frequent);
	}
	if (others && of_length)
		block__add(b, "; and %zu other%s too long", others,
			   others == 1 ? " was" : "s were");
	else if (others)
		block__add(b, "; and %s by %zu more", units__counted(count, "time").s, others);
}

/* Add the judged interruptions, @found, and their time; also the silence, if all are judged. */
static void times_add(struct block *b, const char *found, const struct isolated_cpu *cpu,
		      const struct gate *gate, const struct window *window)
{
	uint64_t ns = gate->only ? sum_judged(cpu).interrupted : cpu->interrupted;

	block__add(b, "%s: %s of %s", found, units__ns(ns).s,
		   units__ns(window->mono_end - window->mono_start).s);
	if (!gate->only)
		block__add(b, ", longest silence %s", units__ns(cpu->silence).s);
}

void view__breach(const struct isolated_cpu *cpu, const struct breach *breach,
		  const struct gate *gate, const struct window *window, struct block *text,
		  struct block *culprits)
{
	struct words found = units__counted(breach->found, "interruption");

	if (breach->limit == LIMIT_LENGTH)
		block__add(text, "an interruption of %s (--max-interruption %s)",
			   units__ns(breach->found).s, view__time_option(breach->most).s);
	else if (breach->glob)
		block__add(text, "%s (--allow %s=%" PRIu64 ")", found.s,
			   safe__cut(breach->glob, 40).s, breach->most);
	else if (gate->total_given)
		block__add(text, "%s (--allow total=%" PRIu64 ")", found.s, breach->most);
	else if (gate->nr_allowances)
		block__add(text, "%s that no --allow matches", found.s);
	else
		/* A gate without --allow allows nothing, so the text has all figures. */
		times_add(text, found.s, cpu, gate, window);
	if (breach->worst < cpu->nr_culprits)
		culprits_add(culprits, cpu, breach);
}

static void breach_print(const struct isolated_cpu *cpu, const struct breach *breach,
			 const struct gate *gate, const struct window *window)
{
	struct block text = BLOCK(256), culprits = BLOCK(1024);
	char head[32];

	view__breach(cpu, breach, gate, window, &text, &culprits);
	snprintf(head, sizeof(head), "CPU %u is not quiet", cpu->cpu);
	printf("%s%s%s: ", style__on(STYLE_ALERT), head, style__off());
	paragraph__rest(strlen(head) + 2, "%s", text.buf);
	if (culprits.len)
		paragraph__dim(INDENT, "%s", culprits.buf);
}

/* Print why there is no verdict. */
static void print_doubt(const struct isolation *isolation)
{
	int indent = strlen("not certain: ");
	/* The unseen interrupts of the judged CPU that has most of them. */
	uint64_t unseen = 0;

	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		uint64_t of_cpu = isolation__unseen(&isolation->cpus[i], isolation->only);

		unseen = of_cpu > unseen ? of_cpu : unseen;
	}
	printf("%snot certain%s: ", style__on(STYLE_ALERT), style__off());
	if (isolation->cut.by != CUT_NOT)
		paragraph__rest(indent, "%s; until then the CPUs were quiet",
				safe__cut(isolation->cut.why, 191).s);
	else if (!isolation->lost && unseen)
		paragraph__rest(indent,
				"%s had no event, and may hide more (the kernel counts them in "
				"/proc/interrupts); accept this with --allow lost=%" PRIu64,
				units__counted(unseen, "interrupt").s, unseen);
	else if (!isolation->lost)
		paragraph__rest(
			indent,
			"CPUs were offline for a time; as long as they were online, they were "
			"quiet");
	else
		paragraph__rest(indent,
				"%s %s lost, and each may hide an interruption; run it again, or "
				"accept this with --allow lost=%" PRIu64,
				units__counted(isolation->lost, "event").s,
				isolation->lost == 1 ? "was" : "were", isolation->lost + unseen);
}

/* Add the judged interruptions of the CPU that had most: "12 on CPU 3, 20 allowed"; or "none". */
static void add_most_judged(const struct isolation *isolation, const struct gate *gate,
			    struct block *b)
{
	uint64_t most = 0;
	uint32_t cpu = 0;

	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		uint64_t judged = sum_judged(&isolation->cpus[i]).count;

		if (judged <= most)
			continue;
		most = judged;
		cpu = isolation->cpus[i].cpu;
	}
	if (!most && !gate->total) {
		block__add(b, "none");
		return;
	}
	block__add(b, "%" PRIu64, most);
	if (isolation->nr_cpus > 1 && most)
		block__add(b, " on CPU %u", cpu);
	if (!gate->nr_allowances)
		block__add(b, ", %" PRIu64 " allowed", gate->total);
}

/* Add the time of the groups that the verdict leaves out. */
static void add_not_judged(const struct isolation *isolation, struct block *b)
{
	const char *before = "; not judged: ";

	for (size_t g = 0; g < NR_GROUPS; g++) {
		uint64_t count = 0, interrupted = 0;

		for (size_t i = 0; i < isolation->nr_cpus; i++)
			group_sum(&isolation->cpus[i], groups[g].group, &count, &interrupted);
		if (!count || isolation->only >> groups[g].group & 1)
			continue;
		block__add(b, "%s%s %s", before, groups[g].name, units__ns(interrupted).s);
		before = ", ";
	}
}

void view__isolated_verdict(const struct isolation *isolation, const struct gate *gate)
{
	struct block quiet = BLOCK(256);

	for (size_t i = 0; i < isolation->nr_cpus; i++)
		for (size_t k = 0; k < isolation->cpus[i].nr_breaches; k++)
			breach_print(&isolation->cpus[i], &isolation->cpus[i].breaches[k], gate,
				     &isolation->window);
	if (isolation->lost && isolation->verdict != VERDICT_NOT_CERTAIN)
		printf("lost: %s%s\n", units__counted(isolation->lost, "event").s,
		       isolation->verdict == VERDICT_QUIET ? ", which --allow covers" : "");
	if (isolation->senders_lost)
		printf("lost: the sender%s of %s\n", units__plural(isolation->senders_lost),
		       units__counted(isolation->senders_lost, "csd").s);
	if (isolation->verdict == VERDICT_NOT_CERTAIN)
		print_doubt(isolation);
	if (isolation->verdict != VERDICT_QUIET)
		return;
	/* "quiet for 1.00 s, IPIs only: 12, 100000 allowed; not judged: tasks 977ms" */
	block__add(&quiet, "quiet for %.2f s", window__seconds(&isolation->window));
	if (isolation->only) {
		block__add(&quiet, ", %s: ", format_only(isolation->only).s);
		add_most_judged(isolation, gate, &quiet);
		add_not_judged(isolation, &quiet);
	}
	paragraph__labelled("", 0, "%s", quiet.buf);
}
