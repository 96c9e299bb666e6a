// SPDX-License-Identifier: GPL-2.0
#include <bpf/btf.h>
#include "base/clock.h"
#include "base/sysfile.h"
#include "collect/kcore/queues/queues.h"
#include "collect/kcore/queues/parts.h"
#include "host/symbols.h"

/* A csd that is used again and again may be in two looks by chance; more looks make that rare. */
#define LOOKS	 4
/* These take at most this time; further looks of a longer span come after this pause each. */
#define QUICK_NS 50000000ULL
#define PAUSE_NS 100000000ULL
#define NS	 1000000000ULL

struct live_queues {
	struct elf_core *core;
	struct symbols *symbols;
	struct memory memory;
	struct queue_facts facts;
	struct moment earlier;
};

/* Usually the reason is lockdown, which refuses to open /proc/kcore with EPERM (LOCKDOWN_KCORE). */
static void explain_no_core(int err, char *why, size_t size)
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

/* Read the kernel's symbols. *@from_memory: from memory, so modules' functions are missing. */
static int symbols_read(struct live_queues *q, struct queue_names *names, bool *from_memory)
{
	struct address_search search = { .list = q->facts.at, .nr = NR_FACT_ADDRESSES };
	int err = queue_names__open(names, &q->facts);

	q->symbols = names->symbols;
	if (!err)
		err = kallsyms__read(&q->memory, q->memory.vmcoreinfo, &names->sink);
	*from_memory = !err;
	if (!err || err == -ENOMEM)
		return err;
	/*
	 * VMCOREINFO does not say where the kernel's table is. The kernel takes about 50 ms to
	 * write /proc/kallsyms, so read addresses and names in one pass.
	 */
	symbols__close(q->symbols);
	q->symbols = NULL;
	queue_facts__names(&q->facts);
	err = symbols__open(&q->symbols, NULL, NULL);
	return err ? err : symbols__load(q->symbols, address_search__see, &search);
}

static int facts_read(struct live_queues *q, char *why, size_t size)
{
	struct queue_facts *facts = &q->facts;
	struct queue_names names;
	bool from_memory;
	int err = symbols_read(q, &names, &from_memory);
	struct btf *btf;

	if (err) {
		snprintf(why, size, "/proc/kallsyms: %s", strerror(-err));
		return err;
	}
	btf = kernel_btf__load();
	if (!btf) {
		err = -errno;
		snprintf(why, size, "no BTF of the kernel (CONFIG_DEBUG_INFO_BTF): %s",
			 strerror(-err));
		return err;
	}
	queue_facts__fields(facts, btf);
	if (from_memory)
		err = queue_names__finish(&names, facts, &q->memory, btf);
	btf__free(btf);
	/* The list of modules may change meanwhile: then some functions have no names. */
	if (err == -E2BIG)
		err = 0;
	if (!err && queue_facts__lack(facts, why, size))
		err = -ENOENT;
	return err;
}

int live_queues__open(struct live_queues **out, char *why, size_t size)
{
	struct live_queues *q = calloc(1, sizeof(*q));
	int err;

	snprintf(why, size, "%s", strerror(ENOMEM));
	if (!q)
		return -ENOMEM;
	err = elf_core__open(&q->core, "/proc/kcore");
	if (err) {
		explain_no_core(err, why, size);
	} else {
		q->memory = elf_core__memory(q->core);
		err = facts_read(q, why, size);
		q->facts.symbols = q->symbols;
	}
	if (err)
		live_queues__close(q);
	else
		*out = q;
	return err;
}

void live_queues__close(struct live_queues *q)
{
	if (!q)
		return;
	elf_core__close(q->core);
	symbols__close(q->symbols);
	free(q);
}

int live_queues__look(struct live_queues *q, uint64_t span, bool (*over)(const void *ctx),
		      const void *ctx, struct moment *m)
{
	uint64_t begun = mono_ns(), quick = span < QUICK_NS ? span : QUICK_NS;
	int err;

	m->now = begun;
	err = walk__read(&q->facts, &q->memory, NULL, m);
	for (int i = 1; !err; i++) {
		uint64_t pause = i < LOOKS ? quick / (LOOKS - 1) : PAUSE_NS;
		struct timespec left = { pause / NS, pause % NS };

		/* Most often nobody waits, and attaching need not wait for @span to end. */
		if (i >= LOOKS && (m->now - begun >= span || !m->nr_waiting || (over && over(ctx))))
			break;
		q->earlier = *m;
		while (nanosleep(&left, &left) && errno == EINTR)
			;
		m->now = mono_ns();
		err = walk__read(&q->facts, &q->memory, &q->earlier, m);
		if (!err)
			lasting__keep(&q->earlier, m);
	}
	for (size_t i = 0; i < m->nr_waiting; i++)
		m->waiting[i].at_least = m->now - begun;
	return err;
}

struct symbols *live_queues__symbols(const struct live_queues *q)
{
	return q->symbols;
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
