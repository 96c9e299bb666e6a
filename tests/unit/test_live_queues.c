// SPDX-License-Identifier: GPL-2.0
/* kcore/queues/live.c: how many looks there are, and the reasons why a kernel cannot be read. */
#include <bpf/btf.h>
#include <time.h>
#include "base/clock.h"
#include "base/sysfile.h"
#include "collect/kcore/queues/parts.h"
#include "collect/kcore/queues/queues.h"
#include "collect/layout.h"
#include "host/symbols.h"
#include "unit.h"

#define MS    1000000ULL
#define BEGUN (1000 * MS) /* the clock when a test begins */

struct elf_core {
	bool open;
};

/* What the kernel is like: negative errnos, and a file. */
static struct {
	int core, names, kallsyms, symbols, load, types, finish, walk;
	const char *lockdown, *lacks;
	int interrupted; /* how many of the pauses a signal interrupts */
	int walks_left; /* further walks that succeed before one fails */
	int waits_until; /* the number of walks that see a waiter */
} made;

static struct elf_core core;
static const char vmcoreinfo[] = "VMCOREINFO";
/* Two tables of symbols: by memory, and by /proc/kallsyms. Both count as open. */
static char by_memory, by_file;
static int nr_symbols;
static struct queue_facts *facts;

/* What live.c did. */
static struct {
	int walks, finished, keeps;
	uint64_t now;
	uint64_t pauses[16];
	int nr_pauses;
	int over_asked, over_at;
} did;

int __wrap_elf_core__open(struct elf_core **out, const char *path)
{
	assert_string_equal(path, "/proc/kcore");
	*out = made.core ? NULL : &core;
	core.open = !made.core;
	return made.core;
}

void __wrap_elf_core__close(struct elf_core *of)
{
	if (of)
		of->open = false;
}

struct memory __wrap_elf_core__memory(struct elf_core *of)
{
	assert_ptr_equal(of, &core);
	return (struct memory){ .vmcoreinfo = vmcoreinfo };
}

int __wrap_queue_names__open(struct queue_names *names, struct queue_facts *of)
{
	facts = of;
	*names = (struct queue_names){ .symbols = made.names ? NULL : (void *)&by_memory };
	nr_symbols += !made.names;
	return made.names;
}

int __wrap_kallsyms__read(const struct memory *memory, const char *info, struct symbol_sink *sink)
{
	assert_ptr_equal(memory->vmcoreinfo, vmcoreinfo);
	assert_ptr_equal(info, vmcoreinfo);
	/* Addresses that are half read do not count. */
	facts->at[AT_TTWU].at = 7;
	return made.kallsyms;
}

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	assert_null(path);
	assert_null(modules);
	*s = made.symbols ? NULL : (void *)&by_file;
	nr_symbols += !made.symbols;
	return made.symbols;
}

int __wrap_symbols__load(struct symbols *s, void (*see)(void *ctx, uint64_t addr, const char *name),
			 void *ctx)
{
	assert_ptr_equal(s, &by_file);
	/* The first name of the list, the last one, and none. */
	see(ctx, 0x1000, "call_single_queue");
	see(ctx, 0x1800, "another");
	see(ctx, 0x2000, "__stop_BTF");
	return made.load;
}

void __wrap_symbols__close(struct symbols *s)
{
	nr_symbols -= !!s;
}

struct btf *__wrap_kernel_btf__load(void)
{
	errno = -made.types;
	return made.types ? NULL : btf__new_empty();
}

void __wrap_queue_facts__fields(struct queue_facts *of, const struct btf *btf)
{
	assert_ptr_equal(of, facts);
	assert_non_null(btf);
	of->field[FIELD_PID].size = 4;
}

int __wrap_queue_names__finish(struct queue_names *names, const struct queue_facts *of,
			       const struct memory *memory, const struct btf *btf)
{
	assert_ptr_equal(names->symbols, &by_memory);
	assert_ptr_equal(of, facts);
	assert_ptr_equal(memory->vmcoreinfo, vmcoreinfo);
	assert_non_null(btf);
	did.finished++;
	return made.finish;
}

bool __wrap_queue_facts__lack(const struct queue_facts *of, char *why, size_t size)
{
	assert_int_equal(of->field[FIELD_PID].size, 4);
	if (made.lacks)
		snprintf(why, size, "%s", made.lacks);
	return made.lacks;
}

bool __wrap_sysfile__line(char *buf, size_t size, const char *path, ...)
{
	assert_string_equal(path, "/sys/kernel/security/lockdown");
	snprintf(buf, size, "%s", made.lockdown ?: "");
	return made.lockdown;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	assert_int_equal(clock, CLOCK_MONOTONIC);
	*time = (struct timespec){ did.now / (1000 * MS), did.now % (1000 * MS) };
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	uint64_t ns = time->tv_sec * 1000 * MS + time->tv_nsec;

	assert_true(time->tv_nsec < 1000000000);
	assert_true(did.nr_pauses < (int)ARRAY_SIZE(did.pauses));
	/* A signal comes in the middle. */
	if (made.interrupted) {
		made.interrupted--;
		*left = (struct timespec){ 0, ns / 2 };
		did.pauses[did.nr_pauses] += ns - ns / 2;
		did.now += ns - ns / 2;
		errno = EINTR;
		return -1;
	}
	did.pauses[did.nr_pauses++] += ns;
	did.now += ns;
	return 0;
}

/* Each walk takes a ms, and sees the walks that were before. */
int __wrap_walk__read(const struct queue_facts *of, const struct memory *memory,
		      const struct moment *earlier, struct moment *m)
{
	assert_ptr_equal(of, facts);
	assert_ptr_equal(memory->vmcoreinfo, vmcoreinfo);
	assert_int_equal(m->now, did.now);
	if (!did.walks)
		assert_null(earlier);
	else
		assert_members(*earlier, torn, did.walks);
	did.walks++;
	m->torn = did.walks;
	m->nr_waiting = did.walks <= made.waits_until ? 2 : 0;
	did.now += MS;
	return made.walk && !made.walks_left-- ? made.walk : 0;
}

void __wrap_lasting__keep(const struct moment *earlier, struct moment *later)
{
	assert_members(*earlier, torn, did.walks - 1);
	assert_members(*later, torn, did.walks);
	did.keeps++;
}

static struct live_queues *queues;
static char why[128];
static struct moment m;

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&did, 0, sizeof(did));
	memset(&m, 0, sizeof(m));
	did.now = BEGUN;
	made.waits_until = INT32_MAX;
	nr_symbols = 0;
	return 0;
}

static int teardown(void **state)
{
	live_queues__close(queues);
	queues = NULL;
	assert_int_equal(nr_symbols, 0);
	assert_false(core.open);
	return 0;
}

static int open_queues(void)
{
	return live_queues__open(&queues, why, sizeof(why));
}

static void fails(int err, const char *reason)
{
	assert_int_equal(open_queues(), err);
	assert_string_equal(why, reason);
	assert_null(queues);
	assert_false(core.open);
	assert_int_equal(nr_symbols, 0);
}

TEST_F(symbols_come_from_memory)
{
	assert_int_equal(open_queues(), 0);
	assert_ptr_equal(live_queues__symbols(queues), &by_memory);
	assert_ptr_equal(facts->symbols, &by_memory);
	assert_int_equal(facts->at[AT_TTWU].at, 7);
	assert_int_equal(did.finished, 1);
	assert_true(core.open);
	assert_int_equal(nr_symbols, 1);
}

/* The list of modules may change meanwhile, which costs only names. */
TEST_F(modules_that_change_cost_only_names)
{
	made.finish = -E2BIG;
	assert_int_equal(open_queues(), 0);
	live_queues__close(queues);
	queues = NULL;
	made.finish = -ENOMEM;
	assert_int_equal(open_queues(), -ENOMEM);
	assert_null(queues);
}

TEST_F(where_memory_has_no_table_the_file_has_one)
{
	made.kallsyms = -ENOENT;
	made.finish = -EIO;
	assert_int_equal(open_queues(), 0);
	assert_ptr_equal(live_queues__symbols(queues), &by_file);
	assert_ptr_equal(facts->symbols, &by_file);
	/* The modules' functions are in the file. */
	assert_int_equal(did.finished, 0);
	assert_int_equal(facts->at[AT_QUEUE].at, 0x1000);
	assert_int_equal(facts->at[AT_QUEUE].end, 0x1800);
	assert_int_equal(facts->at[AT_BTF_END].at, 0x2000);
	assert_int_equal(facts->at[AT_TTWU].at, 0);
	assert_string_equal(facts->at[AT_TTWU].name, "sched_ttwu_pending");
	assert_int_equal(nr_symbols, 1);
}

TEST_F(symbols_that_cannot_be_read_have_a_reason)
{
	made.kallsyms = -ENOMEM;
	fails(-ENOMEM, "/proc/kallsyms: Cannot allocate memory");
	made.kallsyms = -EFAULT;
	made.symbols = -EACCES;
	fails(-EACCES, "/proc/kallsyms: Permission denied");
	made.symbols = 0;
	made.load = -ENOMEM;
	fails(-ENOMEM, "/proc/kallsyms: Cannot allocate memory");
	made.kallsyms = made.load = 0;
	made.names = -ENOMEM;
	fails(-ENOMEM, "/proc/kallsyms: Cannot allocate memory");
}

TEST_F(types_that_cannot_be_read_have_a_reason)
{
	made.types = -ENOENT;
	fails(-ENOENT, "no BTF of the kernel (CONFIG_DEBUG_INFO_BTF): No such file or directory");
	made.types = 0;
	made.lacks = "the kernel's struct rq has no curr";
	fails(-ENOENT, "the kernel's struct rq has no curr");
}

TEST_F(memory_that_cannot_be_opened_has_a_reason)
{
	made.core = -ENOENT;
	fails(-ENOENT, "no /proc/kcore: a kernel without CONFIG_PROC_KCORE");
	made.core = -EPERM;
	fails(-EPERM, "/proc/kcore: Operation not permitted");
	made.lockdown = "[none] integrity confidentiality";
	fails(-EPERM, "/proc/kcore: Operation not permitted");
	made.lockdown = "none [integrity] confidentiality";
	fails(-EPERM, "/proc/kcore: the kernel is locked down: none [integrity] confidentiality");
	made.core = -EACCES;
	fails(-EACCES, "/proc/kcore: Permission denied");
}

static bool over(const void *ctx)
{
	assert_ptr_equal(ctx, &did);
	return ++did.over_asked == did.over_at;
}

/* Four looks in the span, and more only after 50 ms of these. */
TEST_F(four_looks_share_a_short_span)
{
	assert_int_equal(open_queues(), 0);
	assert_int_equal(live_queues__look(queues, 3 * MS, NULL, NULL, &m), 0);
	assert_members(did, walks, 4, keeps, 3, nr_pauses, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(did.pauses[i], MS);
	/* Three walks and three pauses, up to the last walk's beginning. */
	assert_members(m, nr_waiting, 2, now, BEGUN + 6 * MS);
	assert_int_equal(m.waiting[0].at_least, 6 * MS);
	assert_int_equal(m.waiting[1].at_least, 6 * MS);
}

TEST_F(a_long_span_has_a_look_each_tenth_of_a_second)
{
	assert_int_equal(open_queues(), 0);
	assert_int_equal(live_queues__look(queues, 254 * MS, over, &did, &m), 0);
	/* 50 ms and three walks, then 101 ms each: 53, 154, 255. */
	assert_members(did, walks, 6, keeps, 5, nr_pauses, 5, over_asked, 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(did.pauses[i], 50 * MS / 3);
	assert_int_equal(did.pauses[3], 100 * MS);
	assert_int_equal(did.pauses[4], 100 * MS);
	assert_int_equal(m.waiting[1].at_least, m.now - BEGUN);
}

/* A span that ends with a look has no further one. */
TEST_F(a_span_ends_with_its_last_look)
{
	assert_int_equal(open_queues(), 0);
	assert_int_equal(live_queues__look(queues, 3 * (50 * MS / 3) + 3 * MS, NULL, NULL, &m), 0);
	assert_int_equal(did.walks, 4);
}

TEST_F(a_look_ends_where_nobody_waits_or_it_is_over)
{
	assert_int_equal(open_queues(), 0);
	made.waits_until = 4;
	assert_int_equal(live_queues__look(queues, 10000 * MS, NULL, NULL, &m), 0);
	assert_members(did, walks, 5);
	assert_members(m, nr_waiting, 0);
	memset(&did, 0, sizeof(did));
	made.waits_until = INT32_MAX;
	did.over_at = 3;
	assert_int_equal(live_queues__look(queues, 10000 * MS, over, &did, &m), 0);
	assert_members(did, walks, 6, over_asked, 3);
}

/* A signal does not shorten the pause. */
TEST_F(a_pause_goes_on_after_a_signal)
{
	assert_int_equal(open_queues(), 0);
	made.interrupted = 2;
	assert_int_equal(live_queues__look(queues, 3 * MS, NULL, NULL, &m), 0);
	assert_int_equal(did.pauses[0], MS);
	assert_int_equal(did.nr_pauses, 3);
}

TEST_F(a_walk_that_fails_ends_the_look)
{
	assert_int_equal(open_queues(), 0);
	made.walk = -EIO;
	assert_int_equal(live_queues__look(queues, 3 * MS, NULL, NULL, &m), -EIO);
	assert_members(did, walks, 1, keeps, 0, nr_pauses, 0);
	memset(&did, 0, sizeof(did));
	made.walks_left = 1;
	assert_int_equal(live_queues__look(queues, 3 * MS, NULL, NULL, &m), -EIO);
	assert_members(did, walks, 2, keeps, 0, nr_pauses, 1);
}

TEST_F(check_says_if_queues_can_be_read)
{
	struct feature feature = {};

	live_queues__feature(&feature);
	assert_members(feature, name, "queues", what, "who waits for whom while a CPU is stuck",
		       available, 1, how, "/proc/kcore with the kernel's BTF");
	assert_false(core.open);
	assert_int_equal(nr_symbols, 0);
	feature = (struct feature){};
	made.core = -EACCES;
	live_queues__feature(&feature);
	assert_members(feature, available, 0, how, "", why, "/proc/kcore: Permission denied");
	live_queues__close(NULL);
}

TEST_MAIN(NULL, NULL)
