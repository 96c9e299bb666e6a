// SPDX-License-Identifier: GPL-2.0
/* What `check --recipe` prints: each command has the events of this kernel, and no other. */
#include "json_has.h"
#include "printed.h"
#include "view/text/views.h"

static const char *recipe(const struct tracefs_events *events)
{
	return printed((void (*)(const void *))view__recipe, events);
}

/* A command of the recipe, which follows the line "# @tool..."; "" if it is not there. */
static const char *command(const char *text, const char *tool)
{
	static char line[1024];
	char head[32];
	const char *at;

	snprintf(head, sizeof(head), "# %s", tool);
	at = strstr(text, head);
	at = at ? strchr(at, '\n') + 1 : "";
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

#define X86_CALLS   "irq_vectors/call_function_entry irq_vectors/call_function_single_entry"
#define RESCHEDULES "irq_vectors/reschedule_entry"

TEST(a_kernel_with_all_events)
{
	const struct tracefs_events all = { true, true, true, true, true, true };
	const char *text = recipe(&all);

	assert_null(strstr(text, "not in this kernel"));
	assert_has(command(text, "tracefs"), "for e in csd ipi " X86_CALLS " " RESCHEDULES "; do");
	assert_has(command(text, "perf"),
		   "'csd:*,ipi:*,irq_vectors:call_function_entry,"
		   "irq_vectors:call_function_single_entry,irq_vectors:reschedule_entry'");
	assert_has(command(text, "trace-cmd"),
		   "-e csd -e ipi -e irq_vectors:call_function_entry -e "
		   "irq_vectors:call_function_single_entry -e irq_vectors:reschedule_entry -o");
	assert_has(command(text, "boot"),
		   "trace_instance=ipi^traceoff@ipi,csd,ipi,irq_vectors:call_function_entry,"
		   "irq_vectors:call_function_single_entry,irq_vectors:reschedule_entry");
	assert_has(command(text, "on any host"), "ipitrace import trace.txt");
}

/* On arm64 before 6.12. */
TEST(a_kernel_with_csds_only)
{
	const struct tracefs_events some = { .csd = true, .mono = true };
	const char *text = recipe(&some);

	assert_has(text, "# not in this kernel: ipi:*\n",
		   "# not in this kernel: irq_vectors:call_function_* (only x86 has them)\n",
		   "# not in this kernel: irq_vectors:reschedule_entry (only x86 has it)\n",
		   "# not in this kernel: reserve_mem= (Linux 6.12;");
	assert_has(command(text, "tracefs"), "for e in csd; do");
	assert_has(command(text, "perf"), "-e 'csd:*' -o");
	assert_has(command(text, "trace-cmd"), "-e csd -o");
	assert_string_equal(command(text, "boot"), "");
}

TEST(one_group_of_events_more)
{
	struct tracefs_events some = { .csd = true, .mono = true, .ipi = true };

	assert_has(command(recipe(&some), "tracefs"), "for e in csd ipi; do");
	some.ipi = false;
	some.call_function = true;
	assert_has(command(recipe(&some), "tracefs"), "for e in csd " X86_CALLS "; do");
	some.call_function = false;
	some.reschedule = true;
	assert_has(command(recipe(&some), "tracefs"), "for e in csd " RESCHEDULES "; do");
}

TEST_MAIN(NULL, NULL)
