// SPDX-License-Identifier: GPL-2.0
/* command/summary: the sections that follow a page, and the name by which to call ipitrace again. */
#include "command_run.h"
#include "membarrier_window.h"
#include "view/text/views.h"

static struct view_options sections;
static char program[128];
static int page_err;

bool __wrap_redraw__possible(void)
{
	return true;
}

int __wrap_isatty(int fd)
{
	return false;
}

int __wrap_view__brief(FILE *file, const struct snapshot *snap, const struct brief *brief)
{
	snprintf(program, sizeof(program), "%s", brief->program);
	fputs("page\n", file);
	return page_err;
}

void __wrap_view__sections(const struct snapshot *snap, const struct view_options *of)
{
	sections = *of;
	printf("sections of %d\n", (int)snap->ledger.queued);
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(&sections, 0, sizeof(sections));
	page_err = 0;
	program_invocation_name = "ipitrace";
	unsetenv("SUDO_USER");
	return 0;
}

#define TEST_RUN(name) TEST(name, setup, printed_restore)

static int window_status;

static void play(void)
{
	struct snapshot snap = membarrier_window(SECOND, 1, 10);

	for (int i = 0; i < 2; i++) {
		window_status = given.ops->window(given.ctx, &snap, given.opts);
		snap.window.last = true;
	}
}

/* Also on a terminal, where a page alone would be drawn over the last one. */
TEST_RUN(sections_follow_each_page)
{
	bool *const options[] = { &opts.all_kinds, &opts.stacks, &opts.self };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		*options[i] = true;
		run_command(command_summary, play);
		assert_text(out, "page\nsections of 10\n\npage\nsections of 10\n\n");
		assert_members(sections, stacks, i == 1, quiet, false, by_cpu, false);
		*options[i] = false;
	}
	opts.self = opts.quiet = true;
	opts.by = RANK_CPU;
	/* The one window of a run has no line after it. */
	opts.duration = 1;
	run_command(command_summary, play);
	assert_text(out, "page\nsections of 10\npage\nsections of 10\n");
	assert_members(sections, stacks, false, quiet, true, by_cpu, true);
	assert_true(sections.asked == 1);
}

TEST_RUN(a_page_that_fails_has_no_sections)
{
	opts.self = true;
	page_err = -ENOMEM;
	run_command(command_summary, play);
	assert_text(out, "page\n\npage\n\n");
	assert_int_equal(window_status, EXIT_FAILED);
}

TEST_RUN(ipitrace_is_called_as_the_user_did)
{
	static char called[82];

	opts.self = true;
	for (size_t len = 80; len <= 81; len++) {
		memset(called, 'x', len);
		program_invocation_name = called;
		run_command(command_summary, play);
		assert_text(program, len == 80 ? called : "ipitrace");
	}
	program_invocation_name = "~/ipitrace";
	run_command(command_summary, play);
	assert_text(program, "ipitrace");
	program_invocation_name = "";
	setenv("SUDO_USER", "me", 1);
	run_command(command_summary, play);
	assert_text(program, "sudo ipitrace");
	unsetenv("SUDO_USER");
	program_invocation_name = "ipitrace";
}

TEST_MAIN(host_setup, NULL)
