// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/sysfile.h"
#include "host/symbols.h"
#include "collect/kcore/addresses.h"
#include "collect/kcore/elf_core.h"
#include "collect/layout.h"
#include "collect/kcore/queues/facts.h"
#include "collect/kcore/queues/lasting.h"
#include "collect/kcore/queues/live.h"
#include "collect/kcore/queues/walk.h"

/* A csd that is busy at several moments by chance is rarer with each. */
#define LOOKS 4
#define NS    1000000000ULL

struct live_queues {
	struct elf_core *core;
	struct symbols *symbols;
	struct memory memory;
	struct queue_facts facts;
	struct moment earlier;
};

/* Lockdown is the usual reason: it hides kernel memory with EPERM (LOCKDOWN_KCORE). */
static void why_no_core(int err, char *why, size_t size)
{
	char lockdown[128];

	if (err == -ENOENT) {
		snprintf(why, size, "no /proc/kcore: a kernel without CONFIG_PROC_KCORE");
	} else if (err == -EPERM &&
		   sysfile__line(lockdown, sizeof(lockdown), "/sys/kernel/security/lockdown") &&
		   !strstr(lockdown, "[none]")) {
		snprintf(why, size, "/proc/kcore: the kernel is locked down: %s", lockdown);
	} else {
		snprintf(why, size, "/proc/kcore: %s", strerror(-err));
	}
}

static void symbol_see(void *ctx, uint64_t addr, const char *name)
{
	address_search__see(ctx, addr, name);
}

/* All names in one pass: the kernel takes some 50 ms to write /proc/kallsyms. */
static int symbols_read(struct live_queues *q)
{
	struct address_search search = { .list = q->facts.at, .nr = NR_FACT_ADDRESSES };
	int err = symbols__open(&q->symbols, NULL, NULL);

	queue_facts__names(&q->facts);
	return err ? err : symbols__load_and_see(q->symbols, symbol_see, &search);
}

static int facts_read(struct live_queues *q, char *why, size_t size)
{
	struct queue_facts *facts = &q->facts;
	struct layout *layout;
	const char *lacks;
	int err;

	err = symbols_read(q);
	if (err) {
		snprintf(why, size, "/proc/kallsyms: %s", strerror(-err));
		return err;
	}
	err = layout__open(&layout, NULL);
	if (err) {
		snprintf(why, size, "no BTF of the kernel (CONFIG_DEBUG_INFO_BTF): %s",
			 strerror(-err));
		return err;
	}
	queue_facts__fields(facts, layout);
	layout__close(layout);
	lacks = queue_facts__lacks(facts);
	if (!lacks)
		return 0;
	snprintf(why, size, "the kernel does not say where %s is (CONFIG_KALLSYMS_ALL)", lacks);
	return -ENOENT;
}

int live_queues__open(struct live_queues **out, char *why, size_t size)
{
	struct live_queues *q = calloc(1, sizeof(*q));
	int err;

	if (!q) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	err = elf_core__open(&q->core, "/proc/kcore");
	if (err)
		why_no_core(err, why, size);
	else
		err = facts_read(q, why, size);
	if (err) {
		live_queues__close(q);
		return err;
	}
	q->memory = elf_core__memory(q->core);
	*out = q;
	return 0;
}

void live_queues__close(struct live_queues *q)
{
	if (!q)
		return;
	elf_core__close(q->core);
	symbols__close(q->symbols);
	free(q);
}

static void sleep_ns(uint64_t ns)
{
	struct timespec left = { ns / NS, ns % NS };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int live_queues__look(struct live_queues *q, uint64_t span, struct moment *m)
{
	uint64_t begun = mono_ns();
	int err;

	m->now = begun;
	err = walk__read(&q->facts, &q->memory, m);
	for (int i = 1; i < LOOKS && !err; i++) {
		q->earlier = *m;
		sleep_ns(span / (LOOKS - 1));
		m->now = mono_ns();
		err = walk__read(&q->facts, &q->memory, m);
		if (!err)
			lasting__keep(&q->earlier, m);
	}
	for (size_t i = 0; i < m->nr_waiting; i++)
		m->waiting[i].at_least = m->now - begun;
	return err;
}

void live_queues__name(const struct live_queues *q, struct symbol *symbol, bool func)
{
	symbols__name(q->symbols, symbol, func);
}

void live_queues__feature(struct feature *feature)
{
	struct live_queues *q = NULL;

	feature->name = "queues";
	feature->what = "who waits for whom while a CPU is stuck";
	feature->available = !live_queues__open(&q, feature->why, sizeof(feature->why));
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how), "/proc/kcore with the kernel's BTF");
	live_queues__close(q);
}
