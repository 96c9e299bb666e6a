// SPDX-License-Identifier: GPL-2.0
/* command/interruptions: which stacks are read, which names the culprits get, and what ends that. */
#include "command/parts.h"
#include "model/isolation.h"
#include "unit.h"

static struct collector collector;
static struct account *const account = (void *)&collector;
static struct symbols *const symbols = (void *)&collector;
static char text[512]; /* what was called */
static struct interruption events[2];
static bool needed; /* each event needs its stack */
static int taken, framed, found, caused, named; /* negative errnos */
static const char *name, *module; /* of each function */
static uint64_t handed; /* packets, in the end */
static struct culprit culprits[2];
static struct isolated_cpu cpus[2];

#define note(...) text_append(text, sizeof(text), __VA_ARGS__)

int __wrap_collector__interruptions(struct collector *c,
				    void (*event)(void *ctx, const struct interruption *event),
				    void *ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		event(ctx, &events[i]);
	return taken;
}

uint32_t __wrap_collector__stack(const struct collector *c, int32_t id, uint64_t stack[STACK_DEPTH])
{
	stack[0] = 100 + id;
	stack[1] = 200 + id;
	return 2;
}

int __wrap_symbols__frames(struct symbols *s, struct stack_sample *sample, uint64_t now)
{
	assert_ptr_equal(s, symbols);
	assert_true(now > 0);
	note("frames %u:%d,%d ", sample->nr, (int)sample->stack[0].addr,
	     (int)sample->stack[1].addr);
	sample->stack[0].name = "process_backlog";
	sample->stack[1].name = "__do_softirq";
	return framed;
}

int __wrap_symbols__find(struct symbols *s, struct symbol *symbol, bool func, uint64_t now)
{
	assert_true(func);
	note("find %d ", (int)symbol->addr);
	symbol->name = name;
	symbol->module = module;
	return found;
}

bool __wrap_account__needs_stack(const struct account *a, const struct interruption *event)
{
	return needed;
}

void __wrap_account__stack(struct account *a, int32_t id, const struct stack_sample *stack)
{
	note("stack %d of %u ", id, stack->nr);
}

void __wrap_account__event(struct account *a, const struct interruption *event)
{
	note("event %d ", (int)event->start);
}

struct isolated_cpu *__wrap_account__cpus(struct account *a, size_t *nr)
{
	*nr = ARRAY_SIZE(cpus);
	return cpus;
}

uint32_t __wrap_account__tick_dependency(const struct account *a, uint32_t cpu)
{
	return cpu + 10;
}

void __wrap_callers__doubt_backlog(struct stack_sample *call)
{
	note("doubt ");
}

int __wrap_causes__stack(struct culprit *culprit, const struct stack_sample *stack)
{
	note("causes of %u ", stack->nr);
	return caused;
}

int __wrap_causes__name(struct culprit *culprit, uint32_t dependency)
{
	note("name %d by %u ", (int)(culprit - culprits), dependency);
	return named;
}

uint64_t __wrap_softnet__handed(const char *path)
{
	return handed;
}

static int setup(void **state)
{
	*text = '\0';
	taken = framed = found = caused = named = 0;
	needed = true;
	name = "flush";
	module = NULL;
	handed = 5;
	for (int i = 0; i < 2; i++) {
		events[i] = (struct interruption){ .start = i + 1, .stack = i + 3 };
		culprits[i] = (struct culprit){
			.addr = 16 + i, .stack = 7 + i, .func = "", .module = "old"
		};
		cpus[i] = (struct isolated_cpu){ .cpu = i,
						 .nr_culprits = 1,
						 .culprits = &culprits[i] };
	}
	return 0;
}

#define TEST_NAMES(name) TEST(name, setup, NULL)

TEST_NAMES(events_have_their_stacks_first)
{
	assert_int_equal(interruptions__take(&collector, account, symbols), 0);
	assert_string_equal(text, "frames 2:103,203 stack 3 of 2 event 1 "
				  "frames 2:104,204 stack 4 of 2 event 2 ");
	setup(NULL);
	needed = false;
	assert_int_equal(interruptions__take(&collector, account, symbols), 0);
	assert_string_equal(text, "event 1 event 2 ");
	setup(NULL);
	assert_int_equal(interruptions__take(&collector, account, NULL), 0);
	assert_string_equal(text, "event 1 event 2 ");
}

/* All events are counted, and the first failure is returned. */
TEST_NAMES(stacks_may_have_no_names)
{
	framed = -ENOMEM;
	assert_int_equal(interruptions__take(&collector, account, symbols), -ENOMEM);
	assert_string_equal(text, "frames 2:103,203 stack 3 of 2 event 1 event 2 ");
	taken = -EIO;
	assert_int_equal(interruptions__take(&collector, account, symbols), -EIO);
}

TEST_NAMES(each_culprit_gets_names)
{
	assert_int_equal(interruption_names__find(account, symbols, &collector, 5), 0);
	assert_string_equal(text, "find 16 frames 2:107,207 causes of 2 name 0 by 10 "
				  "find 17 frames 2:108,208 causes of 2 name 1 by 11 ");
	assert_members(culprits[1], func, "flush", module, "");
	/* Packets were handed to other CPUs meanwhile; the function is a module's. */
	setup(NULL);
	handed = 6;
	name = "fl%%ush";
	module = "kvm%%";
	assert_int_equal(interruption_names__find(account, symbols, &collector, 5), 0);
	assert_string_equal(text, "find 16 frames 2:107,207 doubt causes of 2 name 0 by 10 "
				  "find 17 frames 2:108,208 doubt causes of 2 name 1 by 11 ");
	assert_members(culprits[0], func, "fl%%ush", module, "kvm%%");
	setup(NULL);
	name = NULL;
	assert_int_equal(interruption_names__find(account, symbols, &collector, 5), 0);
	assert_members(culprits[0], func, "", module, "old");
	setup(NULL);
	assert_int_equal(interruption_names__find(account, NULL, &collector, 5), 0);
	assert_string_equal(text, "name 0 by 10 name 1 by 11 ");
}

/* The culprit at which it fails still has a cause; no further one has. */
TEST_NAMES(a_failure_ends_the_naming)
{
	static const struct {
		int *err;
		const char *text;
	} rows[] = {
		{ &found, "find 16 name 0 by 10 " },
		{ &framed, "find 16 frames 2:107,207 name 0 by 10 " },
		{ &caused, "find 16 frames 2:107,207 causes of 2 name 0 by 10 " },
		{ &named, "find 16 frames 2:107,207 causes of 2 name 0 by 10 " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setup(NULL);
		*rows[i].err = -ENOMEM;
		assert_int_equal(interruption_names__find(account, symbols, &collector, 5),
				 -ENOMEM);
		assert_string_equal(text, rows[i].text);
	}
}

TEST_NAMES(only_interruptions_are_recorded)
{
	struct collect_config config = { .cpus = (void *)cpus };
	const struct cpuset set = { { 2 } };

	interruption_names__configure(&config, &set);
	assert_null(config.cpus);
	assert_ptr_equal(config.dst, &set);
	assert_members(config, interruptions, true, record_kinds, (1U << NR_KINDS) - 1,
		       record_slots, 32, keep_stacks, true);
}

TEST_MAIN(NULL, NULL)
