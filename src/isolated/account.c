// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/interruption.h"
#include "abi/limits.h"
#include "abi/record.h"
#include "base/cpuset.h"
#include "isolated/account.h"
#include "isolated/causes.h"
#include "isolated/lineage.h"
#include "model/isolation.h"

/* Functions of one interrupt, irq_works on the way to one CPU, works of one stint of a kworker. */
#define INNER_MAX   32
#define PENDING_MAX 16
#define MOVED_MAX   8

#define TICK_BITS 32

/* A function inside an interruption that is not over. */
struct inner {
	struct culprit *culprit;
	uint64_t start;
	uint64_t ns; /* its own time; 0: not known */
};

/* Sends whose interrupt has not come. The oldest give way. */
struct sends {
	struct interruption events[PENDING_MAX];
	size_t nr;
};

/* The task for which a kernel thread acts. */
struct sender {
	bool known;
	bool interrupt;
	uint32_t pid;
	uint32_t tgid;
	uint32_t src;
	int32_t stack;
	char comm[COMM_LEN];
};

/* The task that runs on a CPU. */
struct on_cpu {
	bool known; /* by a switch that was seen */
	bool foreign; /* it has no business here */
	uint64_t since;
	uint64_t inside; /* struct interruption's inside at that time */
	struct interruption entered; /* the switch to a foreign task */
	struct sender sender; /* who is behind that task */
	struct inner works[INNER_MAX]; /* of a kworker */
	size_t nr_works;
};

/* The latest interruption, if it was a reschedule, and what was before it. */
struct woken {
	struct culprit *culprit; /* NULL: it was none */
	uint64_t self;
	uint64_t longest; /* the culprit's */
	uint64_t cpu_longest;
};

struct watched {
	struct isolated_cpu *cpu;
	struct inner inner[INNER_MAX];
	size_t nr_inner;
	struct sends wakes;
	struct sends irq_works;
	struct interruption moved[MOVED_MAX]; /* round and round */
	size_t nr_moved;
	struct on_cpu on_cpu;
	struct woken woken;
	uint32_t owner; /* tgid of the process that the CPU is there for; 0: none was seen */
	uint64_t quiet_since;
	uint64_t ticks[TICK_BITS]; /* by bit of the dependency */
};

struct account {
	size_t nr;
	struct isolated_cpu *cpus;
	struct watched *watched;
	uint64_t begun;
	struct sender *stoppers; /* who last woke the stopper thread, by CPU */
	uint32_t program; /* PROGRAM's tgid; 0: none */
	struct lineage *lineage; /* PROGRAM with its descendants; NULL: there is no PROGRAM */
};

static void culprits_drop(struct isolated_cpu *cpu)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++)
		free(cpu->culprits[i].chain);
	cpu->nr_culprits = 0;
}

static void cpu_free(struct isolated_cpu *cpu)
{
	culprits_drop(cpu);
	free(cpu->culprits);
}

void account__free(struct account *account)
{
	if (!account)
		return;
	for (size_t i = 0; account->cpus && i < account->nr; i++)
		cpu_free(&account->cpus[i]);
	free(account->cpus);
	free(account->watched);
	free(account->stoppers);
	lineage__free(account->lineage);
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
	account->stoppers = calloc(MAX_CPUS, sizeof(*account->stoppers));
	if (!account->cpus || !account->watched || !account->stoppers)
		goto failed;
	for_each_cpu(cpu, cpus) {
		struct isolated_cpu *to = &account->cpus[i];

		to->cpu = cpu;
		to->culprits = calloc(CULPRITS_MAX + NR_GROUPS, sizeof(*to->culprits));
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
	account->program = tgid;
	return lineage__new(&account->lineage, tgid);
}

void account__begin(struct account *account, uint64_t now)
{
	account->begun = now;
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

static struct watched *watched_of(struct account *account, uint32_t cpu)
{
	for (size_t i = 0; i < account->nr; i++)
		if (account->cpus[i].cpu == cpu)
			return &account->watched[i];
	return NULL;
}

static bool same(const struct culprit *culprit, const struct culprit *key)
{
	return culprit->kind == key->kind && culprit->id == key->id && culprit->addr == key->addr &&
	       culprit->sender.known == key->sender.known &&
	       culprit->sender.interrupt == key->sender.interrupt &&
	       culprit->sender.tgid == key->sender.tgid &&
	       !strncmp(culprit->what, key->what, COMM_LEN);
}

/* The culprit of @key, made if it is new. What finds no row is summed by group, which --only judges. */
static struct culprit *culprit_of(struct isolated_cpu *cpu, const struct culprit *key)
{
	enum culprit_group group = causes__group(key);
	struct culprit *culprit = cpu->culprits;

	for (; culprit < cpu->culprits + cpu->nr_culprits; culprit++)
		if (culprit->other ? culprit->group == group : same(culprit, key))
			return culprit;
	*culprit = *key;
	if (cpu->nr_culprits++ >= CULPRITS_MAX)
		*culprit = (struct culprit){
			.other = true, .group = group, .stack = NO_STACK, .timed = true
		};
	return culprit;
}

/* The culprit of @event as @kind, with the sender if @has_sender. */
static struct culprit *culprit_for(struct watched *w, const struct interruption *event,
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
	bool is_new;

	if (!has_sender) {
		memcpy(key.what, event->comm, COMM_LEN);
		return culprit_of(w->cpu, &key);
	}
	key.sender.known = true;
	key.sender.interrupt = event->interrupt;
	key.sender.pid = event->pid;
	key.sender.tgid = event->tgid;
	memcpy(key.sender.comm, event->comm, COMM_LEN);
	culprit = culprit_of(w->cpu, &key);
	is_new = !culprit->count;
	culprit->src_known = is_new || (culprit->src_known && culprit->src == event->src);
	culprit->src = event->src;
	/* The latest sender has the name that the process has now. */
	memcpy(culprit->sender.comm, event->comm, COMM_LEN);
	if (event->stack >= 0)
		culprit->stack = event->stack;
	return culprit;
}

/* @culprit took @ns of the CPU, at one time. */
static void charge(struct watched *w, struct culprit *culprit, uint64_t ns)
{
	culprit->stolen += ns;
	if (ns > culprit->longest)
		culprit->longest = ns;
	w->cpu->stolen += ns;
}

/* The CPU did not get on from @from to @to. */
static void disturbed(struct watched *w, uint64_t from, uint64_t to)
{
	if (!w->on_cpu.foreign && from > w->quiet_since && from - w->quiet_since > w->cpu->silence)
		w->cpu->silence = from - w->quiet_since;
	if (to > w->quiet_since)
		w->quiet_since = to;
}

static void inner_add(struct watched *w, struct culprit *culprit, uint64_t start, uint64_t ns)
{
	if (w->nr_inner == INNER_MAX) {
		charge(w, w->inner[0].culprit, w->inner[0].ns);
		memmove(w->inner, w->inner + 1, (INNER_MAX - 1) * sizeof(*w->inner));
		w->nr_inner--;
	}
	w->inner[w->nr_inner++] = (struct inner){ culprit, start, ns };
}

/*
 * An interruption from @start on is over, whose own time is @self: the functions
 * inside share that time. Returns whether there were any.
 */
static bool inner_settle(struct watched *w, uint64_t start, uint64_t self)
{
	size_t first = w->nr_inner, nr;

	while (first && w->inner[first - 1].start >= start)
		first--;
	nr = w->nr_inner - first;
	for (size_t i = first; i < w->nr_inner; i++)
		charge(w, w->inner[i].culprit, w->inner[i].ns + self / nr);
	w->nr_inner = first;
	return nr;
}

static void send_add(struct sends *sends, const struct interruption *event)
{
	if (sends->nr == PENDING_MAX) {
		memmove(sends->events, sends->events + 1,
			(PENDING_MAX - 1) * sizeof(*sends->events));
		sends->nr--;
	}
	sends->events[sends->nr++] = *event;
}

enum vector {
	VECTOR_OTHER,
	VECTOR_CALL, /* functions and irq_works of other CPUs */
	VECTOR_IRQ_WORK, /* irq_works of the CPU's own */
	VECTOR_RESCHEDULE,
};

/*
 * x86's vectors by number (arch/x86/include/asm/irq_vectors.h, the same since
 * 4.5), arm64's by the kernel's text, cut to COMM_LEN.
 */
static enum vector vector_of(const struct interruption *event)
{
	static const struct {
		const char *text;
		uint32_t id;
		enum vector vector;
	} vectors[] = {
		{ "Function call", 0xfb, VECTOR_CALL },
		{ "Function call", 0xfc, VECTOR_CALL },
		{ "IRQ work", 0xf6, VECTOR_IRQ_WORK },
		{ "Rescheduling", 0xfd, VECTOR_RESCHEDULE },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		if (event->id ? event->id == vectors[i].id :
				!strncmp(event->comm, vectors[i].text, strlen(vectors[i].text)))
			return vectors[i].vector;
	return VECTOR_OTHER;
}

/* The irq_works queued before @event's end ran in it. */
static void irq_works_take(struct watched *w, const struct interruption *event)
{
	struct sends *works = &w->irq_works;
	size_t kept = 0;

	for (size_t i = 0; i < works->nr; i++) {
		const struct interruption *work = &works->events[i];
		struct culprit *culprit;

		if (work->start > event->end) {
			works->events[kept++] = *work;
			continue;
		}
		culprit = culprit_for(w, work, INTERRUPTION_IRQ_WORK, true);
		culprit->count++;
		inner_add(w, culprit, event->start, 0);
	}
	works->nr = kept;
}

/* The culprit of an interrupt that ran nothing with a name. */
static struct culprit *culprit_bare(struct watched *w, const struct interruption *event)
{
	struct sends *wakes = &w->wakes;
	struct culprit *culprit;
	size_t nr = wakes->nr;

	if (event->kind != INTERRUPTION_VECTOR || vector_of(event) != VECTOR_RESCHEDULE || !nr)
		return culprit_for(w, event, event->kind, false);
	/* Several sends merge into one interrupt, and the last one sent is as good as any. */
	wakes->nr = 0;
	culprit = culprit_for(w, &wakes->events[nr - 1], INTERRUPTION_WAKE_SENT, true);
	culprit->victim.known = event->prev_tgid;
	culprit->victim.pid = event->prev;
	culprit->victim.tgid = event->prev_tgid;
	memcpy(culprit->victim.comm, event->text, COMM_LEN);
	return culprit;
}

/* An interrupt that ran nothing with a name: charge it. */
static void bare(struct watched *w, const struct interruption *event)
{
	struct culprit *culprit = culprit_bare(w, event);
	const struct woken woken = { culprit, event->self, culprit->longest, w->cpu->longest };

	if (culprit->kind == INTERRUPTION_WAKE_SENT && !culprit->other)
		w->woken = woken;
	culprit->count++;
	charge(w, culprit, event->self);
}

/* The reschedule just before was how PROGRAM came here from elsewhere: it is none. */
static void arrival_forget(struct watched *w)
{
	const struct woken *woken = &w->woken;

	if (!woken->culprit)
		return;
	woken->culprit->count--;
	woken->culprit->stolen -= woken->self;
	woken->culprit->longest = woken->longest;
	w->cpu->stolen -= woken->self;
	w->cpu->longest = woken->cpu_longest;
	w->woken.culprit = NULL;
}

/* An interrupt, a device's handler or a soft interrupt is over. */
static void over(struct watched *w, const struct interruption *event)
{
	enum vector vector = event->kind == INTERRUPTION_VECTOR ? vector_of(event) : VECTOR_OTHER;

	if (vector == VECTOR_CALL || vector == VECTOR_IRQ_WORK)
		irq_works_take(w, event);
	w->woken.culprit = NULL;
	if (!inner_settle(w, event->start, event->self))
		bare(w, event);
	disturbed(w, event->outer, event->end);
	if (event->outer == event->start && event->end - event->start > w->cpu->longest)
		w->cpu->longest = event->end - event->start;
}

static void csd(struct watched *w, const struct interruption *event)
{
	struct culprit *culprit = culprit_for(w, event, INTERRUPTION_CSD, !event->orphan);

	w->woken.culprit = NULL;
	culprit->count++;
	inner_add(w, culprit, event->start, event->self);
	if (event->outer != event->start)
		return;
	/* No interrupt is around it: the CPU polled in idle, or flushed its queue there. */
	inner_settle(w, event->start, 0);
	disturbed(w, event->start, event->end);
	if (event->self > w->cpu->longest)
		w->cpu->longest = event->self;
}

static void timer(struct watched *w, const struct interruption *event)
{
	struct culprit *culprit = culprit_for(w, event, INTERRUPTION_TIMER, true);

	culprit->count++;
	inner_add(w, culprit, event->start, 0);
}

static void work(struct watched *w, const struct interruption *event)
{
	struct interruption nameless = *event;
	struct on_cpu *on_cpu = &w->on_cpu;
	struct culprit *culprit;

	/* Any worker may run it. */
	memset(nameless.comm, 0, sizeof(nameless.comm));
	culprit = culprit_for(w, &nameless, INTERRUPTION_WORK, false);
	culprit->count++;
	if (on_cpu->nr_works < INNER_MAX)
		on_cpu->works[on_cpu->nr_works++] = (struct inner){ culprit, event->start, 0 };
}

/* The latest move of the thread @pid to this CPU; NULL: none. */
static const struct interruption *move_of(const struct watched *w, uint32_t pid)
{
	for (size_t n = w->nr_moved; n && n + MOVED_MAX > w->nr_moved; n--)
		if (w->moved[(n - 1) % MOVED_MAX].id == pid)
			return &w->moved[(n - 1) % MOVED_MAX];
	return NULL;
}

/* The process @tgid turns out to be the CPU's program: its time was not stolen. */
static void forget(struct isolated_cpu *cpu, uint32_t tgid)
{
	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		struct culprit *culprit = &cpu->culprits[i];

		if (culprit->kind != INTERRUPTION_SWITCH || culprit->other || culprit->id != tgid ||
		    culprit->sender.known)
			continue;
		cpu->stolen -= culprit->stolen;
		culprit->count = culprit->stolen = culprit->longest = 0;
	}
}

/* Sum up @cpu, without what was forgotten. */
static void sum_up(struct isolated_cpu *cpu)
{
	size_t kept = 0;

	for (size_t i = 0; i < cpu->nr_culprits; i++) {
		if (!cpu->culprits[i].count)
			continue;
		cpu->count += cpu->culprits[i].count;
		cpu->culprits[kept++] = cpu->culprits[i];
	}
	cpu->nr_culprits = kept;
}

/*
 * Whether the next task has no business here. Once PROGRAM or a descendant has come
 * to a CPU, the CPU is there for them. Any other is there for one process: the first
 * that runs there, unless another task moved it there.
 */
static bool is_foreign(const struct account *account, struct watched *w,
		       const struct interruption *event)
{
	const struct interruption *move = move_of(w, event->pid);

	if (!event->pid)
		return false;
	if (event->kthread)
		return true;
	if (lineage__has(account->lineage, event->tgid)) {
		if (w->owner != account->program && !event->prev)
			arrival_forget(w);
		w->owner = account->program;
		return false;
	}
	if (w->owner && event->tgid != w->owner)
		return true;
	if (move && !move->interrupt && move->tgid != event->tgid) {
		/* Whoever was first may have been moved here before collection. */
		w->owner = 0;
		return true;
	}
	if (!w->owner)
		forget(w->cpu, event->tgid);
	w->owner = event->tgid;
	return false;
}

static struct sender sender_of(const struct interruption *event)
{
	struct sender sender = {
		.known = true,
		.interrupt = event->interrupt,
		.pid = event->pid,
		.tgid = event->tgid,
		.src = event->src,
		.stack = event->stack,
	};

	memcpy(sender.comm, event->comm, COMM_LEN);
	return sender;
}

/* The CPU whose stopper thread has this name; negative: the thread is no stopper. */
static int stopper_cpu(const char *comm)
{
	unsigned int cpu;

	return sscanf(comm, "migration/%u", &cpu) == 1 && cpu < MAX_CPUS ? (int)cpu : -1;
}

/* The task that moved the next task here, or woke a stopper thread. */
static struct sender sender_of_task(const struct account *account, const struct watched *w,
				    const struct interruption *event)
{
	const struct interruption *move = event->kthread ? NULL : move_of(w, event->pid);
	int stopper = stopper_cpu(event->comm);

	if (event->kthread && stopper >= 0)
		return account->stoppers[stopper];
	if (!move)
		return (struct sender){};
	stopper = stopper_cpu(move->comm);
	if (stopper >= 0 && account->stoppers[stopper].known)
		return account->stoppers[stopper];
	return sender_of(move);
}

/* The culprit of the foreign task that leaves. */
static struct culprit *culprit_task(struct watched *w)
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
	if (!sender.known)
		return culprit_of(w->cpu, &key);
	key.sender.known = true;
	key.sender.interrupt = sender.interrupt;
	key.sender.pid = sender.pid;
	key.sender.tgid = sender.tgid;
	memcpy(key.sender.comm, sender.comm, COMM_LEN);
	key.src = sender.src;
	key.src_known = true;
	key.stack = sender.stack;
	return culprit_of(w->cpu, &key);
}

/* A foreign task leaves the CPU at @now: charge its time to its works, or to itself. */
static void task_leaves(struct watched *w, uint64_t now, uint64_t inside)
{
	struct on_cpu *on_cpu = &w->on_cpu;
	uint64_t ran = now > on_cpu->since ? now - on_cpu->since : 0;
	uint64_t inner = inside > on_cpu->inside ? inside - on_cpu->inside : 0;
	uint64_t self = ran > inner ? ran - inner : 0;

	if (!on_cpu->foreign)
		return;
	for (size_t i = 0; i < on_cpu->nr_works; i++)
		charge(w, on_cpu->works[i].culprit, self / on_cpu->nr_works);
	if (!on_cpu->nr_works) {
		struct culprit *culprit = culprit_task(w);

		culprit->count++;
		charge(w, culprit, self);
	}
	if (ran > w->cpu->longest)
		w->cpu->longest = ran;
	w->quiet_since = now;
}

static void task_enters(const struct account *account, struct watched *w,
			const struct interruption *event)
{
	bool foreign = is_foreign(account, w, event);

	if (foreign)
		disturbed(w, event->start, event->start);
	w->on_cpu = (struct on_cpu){
		.known = true,
		.foreign = foreign,
		.since = event->start,
		.inside = event->inside,
	};
	if (!foreign)
		return;
	w->on_cpu.entered = *event;
	w->on_cpu.sender = sender_of_task(account, w, event);
}

/* The first switch names the task that has run since the beginning. */
static void tenant_first(const struct account *account, struct watched *w,
			 const struct interruption *event)
{
	struct interruption before = {
		.start = account->begun,
		.pid = event->prev,
		.tgid = event->prev_tgid,
		.kthread = event->prev_kthread,
	};

	memcpy(before.comm, event->text, COMM_LEN);
	task_enters(account, w, &before);
}

static void task_switch(const struct account *account, struct watched *w,
			const struct interruption *event)
{
	if (!w->on_cpu.known)
		tenant_first(account, w, event);
	w->cpu->switches++;
	w->cpu->preempted += event->preempted && !w->on_cpu.foreign && event->prev;
	task_leaves(w, event->start, event->inside);
	w->on_cpu.foreign = false;
	task_enters(account, w, event);
}

static void tick(struct watched *w, const struct interruption *event)
{
	for (int bit = 0; bit < TICK_BITS; bit++)
		w->ticks[bit] += event->id >> bit & 1;
}

void account__event(struct account *account, const struct interruption *event)
{
	struct watched *w = watched_of(account, event->cpu);

	if (event->kind == INTERRUPTION_STOPPER && event->id < MAX_CPUS)
		account->stoppers[event->id] = sender_of(event);
	if (event->kind == INTERRUPTION_FORK && account->lineage)
		lineage__fork(account->lineage, event->tgid, event->id);
	if (!w)
		return;
	switch ((enum interruption_kind)event->kind) {
	case INTERRUPTION_VECTOR:
	case INTERRUPTION_IRQ:
	case INTERRUPTION_SOFTIRQ:
		over(w, event);
		break;
	case INTERRUPTION_CSD:
		csd(w, event);
		break;
	case INTERRUPTION_TIMER:
		timer(w, event);
		break;
	case INTERRUPTION_WORK:
		work(w, event);
		break;
	case INTERRUPTION_WAKE_SENT:
		send_add(&w->wakes, event);
		break;
	case INTERRUPTION_IRQ_WORK:
		send_add(&w->irq_works, event);
		break;
	case INTERRUPTION_SWITCH:
		task_switch(account, w, event);
		break;
	case INTERRUPTION_MOVED:
		w->moved[w->nr_moved++ % MOVED_MAX] = *event;
		break;
	case INTERRUPTION_TICK:
		tick(w, event);
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

		inner_settle(w, 0, 0);
		/* How much of this stint other interruptions took is not known: none of it. */
		task_leaves(w, now, w->on_cpu.inside);
		disturbed(w, now, now);
		sum_up(w->cpu);
	}
}

void account__untraced(struct account *account, uint32_t cpu, const char *kind, uint64_t count)
{
	struct watched *w = watched_of(account, cpu);
	struct culprit key = { .kind = INTERRUPTION_VECTOR, .stack = NO_STACK };

	if (!w || !count)
		return;
	snprintf(key.func, sizeof(key.func), "%s", kind);
	snprintf(key.what, sizeof(key.what), "%s", kind);
	culprit_of(w->cpu, &key)->count += count;
}

struct isolated_cpu *account__cpus(struct account *account, size_t *nr)
{
	*nr = account->nr;
	return account->cpus;
}

uint32_t account__tick_dependency(const struct account *account, uint32_t cpu)
{
	const uint64_t *ticks = NULL;
	uint32_t most = 0;

	for (size_t i = 0; i < account->nr; i++)
		if (account->cpus[i].cpu == cpu)
			ticks = account->watched[i].ticks;
	for (uint32_t bit = 1; ticks && bit < TICK_BITS; bit++)
		if (ticks[bit] > ticks[most])
			most = bit;
	return ticks && ticks[most] ? 1U << most : 0;
}
