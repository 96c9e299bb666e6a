// SPDX-License-Identifier: GPL-2.0
/* src/isolated/causes.c: the cause of each interruption, by function, stack and task. */
#include "abi/interruption.h"
#include "cli/options.h"
#include "isolated/isolated.h"
#include "isolated/watched.h"
#include "model/isolation.h"
#include "unit.h"

TEST(causes_have_names)
{
	assert_in_range(causes__count(), 100, 1000);
	for (size_t i = 0; i < causes__count(); i++)
		assert_true(causes__match(causes__word(i)));
	assert_true(causes__match("tick*") && causes__match("tsc_khz_changed"));
	/* A function of a module that may come yet. */
	assert_true(causes__match("__rdmsr_on_cpu") && causes__match("ack_kick"));
	assert_false(causes__match("flsuh_tlb") || causes__match("tik*") || causes__match("lost"));
}

/* The words of @text in order; NULL: no more. */
static const char *next_word(const char **text, char *to, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_*";
	size_t len;

	*text += strcspn(*text, letters);
	len = strspn(*text, letters);
	snprintf(to, size, "%.*s", (int)len, *text);
	*text += len;
	return len ? to : NULL;
}

/* Users of --allow find the names there. */
TEST(help_and_man_page_have_the_causes)
{
	const char *help = strstr(command_texts[COMMAND_ISOLATED].output, "\n  ipis ");
	FILE *file = fopen("man/ipitrace-isolated.8", "r");
	static char page[65536], listed[16384];
	const char *at = listed;
	char word[64];
	size_t nr = 0;

	assert_non_null(help);
	while (next_word(&help, word, sizeof(word)))
		if (strcmp(word, "ipis") && strcmp(word, "interrupts") && strcmp(word, "tasks")) {
			nr++;
			if (!causes__match(word))
				fail_msg("--help: %s is no cause", word);
		}
	assert_in_range(nr, 30, 100);
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	assert_has(page, ".Sh CAUSES\n");
	snprintf(listed, sizeof(listed), "%s", strstr(page, ".Sh CAUSES\n"));
	*strstr(listed, ".Sh OVERHEAD") = '\0';
	for (size_t i = 0; i < causes__count(); i++) {
		bool found = false;

		for (at = listed; !found && next_word(&at, word, sizeof(word));)
			found = !strcmp(word, causes__word(i));
		if (!found)
			fail_msg("the man page has no %s", causes__word(i));
	}
}

static enum culprit_group group_of_kind(const struct culprit *culprit)
{
	switch (culprit->kind) {
	case INTERRUPTION_CSD:
	case INTERRUPTION_IRQ_WORK:
	case INTERRUPTION_WAKE_SENT:
		return GROUP_IPIS;
	case INTERRUPTION_WORK:
	case INTERRUPTION_SWITCH:
		return GROUP_TASKS;
	default:
		return (culprit->id >= 0xfb && culprit->id <= 0xfd) || *culprit->what == 'F' ||
				       *culprit->what == 'R' ?
			       GROUP_IPIS :
			       GROUP_INTERRUPTS;
	}
}

static const struct {
	enum interruption_kind kind;
	uint32_t id;
	const char *func, *what;
	uint32_t dependency;
	const char *cause;
} examples[] = {
	{ INTERRUPTION_CSD, 0, "flush_tlb_func", "", 0, "tlb_flush" },
	{ INTERRUPTION_CSD, 0, "rcu_exp_handler", "", 0, "rcu_expedited" },
	{ INTERRUPTION_CSD, 0, "unheard_of", "", 0, "function" },
	{ INTERRUPTION_IRQ_WORK, 0, "nohz_full_kick_func", "", 1, "nohz_full_kick" },
	{ INTERRUPTION_IRQ_WORK, 0, "unheard_of", "", 0, "irq_work" },
	{ INTERRUPTION_WAKE_SENT, 0, "", "", 0, "reschedule" },
	{ INTERRUPTION_TIMER, 1, "tick_nohz_handler", "", 0, "tick" },
	{ INTERRUPTION_TIMER, 1, "tick_nohz_handler", "", 1, "tick_posix_timer" },
	{ INTERRUPTION_TIMER, 1, "tick_sched_timer", "", 2, "tick_perf" },
	{ INTERRUPTION_TIMER, 1, "tick_sched_timer", "", 4, "tick_sched" },
	{ INTERRUPTION_TIMER, 1, "tick_sched_timer", "", 8, "tick_clock" },
	{ INTERRUPTION_TIMER, 1, "tick_sched_timer", "", 16, "tick_rcu" },
	{ INTERRUPTION_TIMER, 1, "tick_sched_timer", "", 32, "tick_rcu" },
	{ INTERRUPTION_TIMER, 1, "it_real_fn", "", 0, "itimer" },
	{ INTERRUPTION_TIMER, 0, "alarmtimer_fired", "", 0, "alarm_timer" },
	{ INTERRUPTION_TIMER, 0, "io_timeout_fn", "", 0, "io_uring" },
	{ INTERRUPTION_TIMER, 0, "io_link_timeout_fn", "", 0, "io_uring" },
	{ INTERRUPTION_TIMER, 0, "io_cqring_timer_wakeup", "", 0, "sleep" },
	{ INTERRUPTION_TIMER, 0, "unheard_of", "", 0, "timer" },
	{ INTERRUPTION_TIMER, 0, "sched_cfs_period_timer", "", 0, "cpu_bandwidth" },
	{ INTERRUPTION_WORK, 0, "vmstat_update", "", 0, "vmstat" },
	{ INTERRUPTION_WORK, 0, "rcu_tasks_be_rude", "", 0, "rcu_tasks" },
	{ INTERRUPTION_WORK, 0, "drain_local_memcg_stock", "", 0, "page_drain" },
	{ INTERRUPTION_WORK, 0, "wq_barrier_func", "", 0, "work_barrier" },
	{ INTERRUPTION_WORK, 0, "unheard_of", "", 0, "workqueue" },
	{ INTERRUPTION_SWITCH, 0, "", "migration/2", 0, "stopper" },
	{ INTERRUPTION_SWITCH, 0, "", "rcuog/2", 0, "rcu_thread" },
	{ INTERRUPTION_SWITCH, 0, "", "kswapd0", 0, "kernel_thread" },
	{ INTERRUPTION_SWITCH, 9, "", "bash", 0, "task" },
	/* Anybody may name a task so. */
	{ INTERRUPTION_SWITCH, 9, "", "migration/2", 0, "task" },
	{ INTERRUPTION_SWITCH, 9, "", "ksoftirqd/2", 0, "task" },
	{ INTERRUPTION_SWITCH, 9, "", "rcu_sched", 0, "task" },
	{ INTERRUPTION_SWITCH, 9, "", "cpuhp/2", 0, "task" },
	{ INTERRUPTION_SWITCH, 9, "", "kworker/2:7", 0, "task" },
	{ INTERRUPTION_IRQ, 24, "", "eth0", 0, "interrupt" },
	{ INTERRUPTION_SOFTIRQ, 0, "", "", 0, "softirq" },
	{ INTERRUPTION_SOFTIRQ, 1, "", "", 0, "softirq_timer" },
	{ INTERRUPTION_SOFTIRQ, 2, "", "", 0, "softirq_net" },
	{ INTERRUPTION_SOFTIRQ, 3, "", "", 0, "softirq_net" },
	{ INTERRUPTION_SOFTIRQ, 4, "", "", 0, "softirq_block" },
	{ INTERRUPTION_SOFTIRQ, 5, "", "", 0, "softirq" },
	{ INTERRUPTION_SOFTIRQ, 6, "", "", 0, "softirq" },
	{ INTERRUPTION_SOFTIRQ, 7, "", "", 0, "softirq_sched" },
	{ INTERRUPTION_SOFTIRQ, 8, "", "", 0, "softirq_hrtimer" },
	{ INTERRUPTION_SOFTIRQ, 9, "", "", 0, "softirq_rcu" },
	{ INTERRUPTION_VECTOR, 0xec, "", "", 0, "timer_interrupt" },
	{ INTERRUPTION_VECTOR, 0xfd, "", "", 0, "reschedule" },
	{ INTERRUPTION_VECTOR, 0xfb, "", "", 0, "empty_call" },
	{ INTERRUPTION_VECTOR, 0xfc, "", "", 0, "empty_call" },
	{ INTERRUPTION_VECTOR, 0xfa, "", "", 0, "thermal" },
	{ INTERRUPTION_VECTOR, 0xf9, "", "", 0, "vector" },
	{ INTERRUPTION_VECTOR, 0xeb, "", "", 0, "vector" },
	{ INTERRUPTION_VECTOR, 0xff, "", "", 0, "vector" },
	{ INTERRUPTION_VECTOR, 0, "nmi", "nmi", 0, "nmi" },
	{ INTERRUPTION_VECTOR, 0, "", "Function call i", 0, "vector" },
	{ INTERRUPTION_VECTOR, 0, "", "Rescheduling in", 0, "vector" },
};

TEST(each_has_its_cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		struct culprit culprit = { .kind = examples[i].kind, .id = examples[i].id };

		snprintf(culprit.func, sizeof(culprit.func), "%s", examples[i].func);
		snprintf(culprit.what, sizeof(culprit.what), "%s", examples[i].what);
		assert_int_equal(causes__name(&culprit, examples[i].dependency), 0);
		assert_string_equal(culprit.cause, examples[i].cause);
		assert_true(causes__match(culprit.cause));
		assert_int_equal(culprit.group, group_of_kind(&culprit));
		assert_int_equal(strspn(culprit.cause, "abcdefghijklmnopqrstuvwxyz_"),
				 strlen(culprit.cause));
		assert_true(strlen(culprit.because) > 10 && strlen(culprit.advice) > 5);
		free(culprit.said);
	}
}

/* Packets that are sent, and packets that are received, have one cause and two reasons. */
TEST(each_direction_of_packets_has_its_reason)
{
	struct culprit sent = { .kind = INTERRUPTION_SOFTIRQ, .id = 2 };
	struct culprit received = { .kind = INTERRUPTION_SOFTIRQ, .id = 3 };

	assert_int_equal(causes__name(&sent, 0), 0);
	assert_int_equal(causes__name(&received, 0), 0);
	assert_has(sent.because, "sent");
	assert_has(received.because, "received");
	free(sent.said);
	free(received.said);
}

/* The running task is behind its own timers, and behind no others. */
TEST(a_task_is_behind_its_timers)
{
	struct culprit own = { .kind = INTERRUPTION_TIMER, .func = "it_real_fn" };
	struct culprit other = { .kind = INTERRUPTION_TIMER, .func = "clocksource_watchdog" };
	struct culprit moved = { .kind = INTERRUPTION_SWITCH, .id = 7, .what = "victim" };

	own.sender.tgid = 7;
	own.sender.known = other.sender.known = moved.sender.known = true;
	causes__name(&own, 0);
	causes__name(&other, 0);
	causes__name(&moved, 0);
	assert_true(own.sender.known);
	assert_false(other.sender.known);
	assert_string_equal(moved.cause, "moved_task");
}

/* Whoever sends comes by the same functions: the first other one is the caller. */
TEST(the_caller_stands_behind_the_plumbing)
{
	struct culprit culprit = { .kind = INTERRUPTION_WAKE_SENT }, bare = {};
	struct stack_sample sample = { .nr = 4 }, none = {};

	sample.stack[0].name = "__traceiter_ipi_send_cpu";
	sample.stack[1].name = "resched_curr";
	sample.stack[2].name = "dl_server_timer";
	sample.stack[3].name = "__hrtimer_run_queues";
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	assert_members(culprit, caller, "dl_server_timer", chain,
		       "dl_server_timer < __hrtimer_run_queues");
	causes__name(&culprit, 0);
	assert_string_equal(culprit.cause, "fair_server");
	/* The timer is the interrupted task's own, wherever it runs out. */
	sample.stack[1].name = "kick_process";
	sample.stack[2].name = "it_real_fn";
	culprit.sender = (struct task_id){ .known = true, .interrupt = true };
	culprit.victim = (struct task_id){ .known = true, .tgid = 9 };
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	causes__name(&culprit, 0);
	assert_string_equal(culprit.cause, "itimer");
	assert_true(culprit.serves && culprit.sender.tgid == 9 && !culprit.sender.interrupt);
	/* What is after the stack's last frame is no part of the stack. */
	sample.nr = 3;
	sample.stack[2].name = "it_real%%fn";
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	assert_members(culprit, caller, "it_real%%fn", chain, "it_real%%fn");
	free(culprit.chain);
	assert_int_equal(causes__stack(&bare, &none), 0);
	assert_null(bare.chain);
}

/* "a<b<c": b called a. Valid until the next call. */
static struct stack_sample sample_of(const char *frames)
{
	static char text[512];
	struct stack_sample sample = {};
	char *at = text, *name;

	snprintf(text, sizeof(text), "%s", frames);
	while ((name = strsep(&at, "<")) && sample.nr < STACK_DEPTH)
		sample.stack[sample.nr++].name = name;
	return sample;
}

/* What @kind with @func is by @frames, and in words what it is because of, and to be done. */
static struct culprit named(enum interruption_kind kind, const char *func, const char *frames,
			    uint32_t dependency)
{
	struct stack_sample sample = sample_of(frames);
	struct culprit culprit = { .kind = kind };

	snprintf(culprit.func, sizeof(culprit.func), "%s", func);
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	assert_int_equal(causes__name(&culprit, dependency), 0);
	free(culprit.chain);
	culprit.chain = NULL;
	return culprit;
}

/* The same for what the task @comm seems to have sent. */
static struct culprit named_from(enum interruption_kind kind, const char *comm, const char *frames)
{
	struct culprit culprit = { .kind = kind, .sender = { .known = true, .pid = 7, .tgid = 7 } };
	struct stack_sample sample = sample_of(frames);

	snprintf(culprit.sender.comm, COMM_LEN, "%s", comm);
	assert_int_equal(causes__stack(&culprit, &sample), 0);
	assert_int_equal(causes__name(&culprit, 0), 0);
	free(culprit.chain);
	culprit.chain = NULL;
	return culprit;
}

/* The whole stack names the cause, plumbing or not, as it does for storm. */
TEST(the_cause_is_that_of_storms)
{
	static const struct {
		enum interruption_kind kind;
		const char *func, *frames, *cause;
	} known[] = {
		{ INTERRUPTION_CSD, "flush_tlb_func",
		  "flush_tlb_mm_range<tlb_finish_mmu<vms_clear_ptes<do_vmi_munmap<__vm_munmap<"
		  "__x64_sys_munmap",
		  "tlb_munmap" },
		{ INTERRUPTION_CSD, "flush_tlb_func",
		  "flush_tlb_mm_range<tlb_finish_mmu<do_mprotect_pkey<__x64_sys_mprotect",
		  "tlb_mprotect" },
		{ INTERRUPTION_CSD, "flush_tlb_func",
		  "flush_tlb_mm_range<tlb_finish_mmu<do_madvise<__x64_sys_madvise", "tlb_madvise" },
		{ INTERRUPTION_CSD, "flush_tlb_func", "a<exit_mmap<b", "tlb_exit" },
		{ INTERRUPTION_WAKE_SENT, "",
		  "kick_process<task_work_add<io_poll_wake<__wake_up_common<eventfd_write",
		  "io_uring" },
		{ INTERRUPTION_WAKE_SENT, "", "resched_curr<set_user_nice", "task_changes" },
		{ INTERRUPTION_WAKE_SENT, "", "wake_up_if_idle<somebody", "idle_wakeup" },
		{ INTERRUPTION_WAKE_SENT, "",
		  "try_to_wake_up<complete<migration_cpu_stop<cpu_stopper_thread", "migration" },
		{ INTERRUPTION_WAKE_SENT, "",
		  "kick_process<signal_wake_up_state<cgroup_freeze_task", "freezer" },
		{ INTERRUPTION_IRQ_WORK, "bpf_ringbuf_notify", "irq_work_queue<bpf_ringbuf_submit",
		  "bpf_ringbuf" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct culprit culprit = named(known[i].kind, known[i].func, known[i].frames, 0);

		assert_string_equal(culprit.cause, known[i].cause);
		assert_true(causes__match(culprit.cause));
		free(culprit.said);
	}
}

/* The kick's own frames say more than what most often needs the tick. */
TEST(a_kick_is_for_what_its_frames_say)
{
	struct culprit culprit = named(INTERRUPTION_IRQ_WORK, "nohz_full_kick_func",
				       "irq_work_queue_on<wake_up_nohz_cpu<add_timer_on<"
				       "clocksource_watchdog",
				       1 << 2);

	assert_string_equal(culprit.cause, "nohz_full_kick");
	assert_has(culprit.because, "clocksource watchdog");
	assert_has(culprit.advice, "tsc=reliable");
	assert_lacks(culprit.advice, "taskset");
	/* No frame says it: what needs the tick most often. */
	culprit =
		named(INTERRUPTION_IRQ_WORK, "nohz_full_kick_func", "irq_work_queue_on<a", 1 << 1);
	assert_string_equal(culprit.cause, "nohz_full_kick");
	assert_has(culprit.because, "perf event");
}

/* On x86 by the number, and on other machines by the name in /proc/interrupts. */
TEST(interrupts_by_number_or_name)
{
	static const struct {
		uint32_t id;
		const char *text;
		enum vector vector;
	} known[] = {
		{ 0xfb, "", VECTOR_CALL },
		{ 0xfc, "", VECTOR_CALL },
		{ 0xf6, "", VECTOR_IRQ_WORK },
		{ 0xfd, "", VECTOR_RESCHEDULE },
		{ 0xec, "", VECTOR_LOCAL_TIMER },
		{ 0xf5, "", VECTOR_OTHER },
		{ 0xf7, "IRQ work", VECTOR_OTHER },
		{ 0, "Function call interrupts", VECTOR_CALL },
		{ 0, "IRQ work interrupts", VECTOR_IRQ_WORK },
		{ 0, "Rescheduling interrupts", VECTOR_RESCHEDULE },
		{ 0, "Local timer interrupts", VECTOR_LOCAL_TIMER },
		{ 0, "CPU stop interrupts", VECTOR_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_int_equal(vector__of(known[i].id, known[i].text), known[i].vector);
}

/* An interrupt on top of a task: the task was only interrupted, even where the kernel hides that from BPF. */
TEST(an_interrupt_is_no_task)
{
	struct culprit culprit = named_from(INTERRUPTION_WAKE_SENT, "bystander",
					    "try_to_wake_up<hrtimer_wakeup<__hrtimer_run_queues<"
					    "hrtimer_interrupt<asm_sysvec_apic_timer_interrupt");

	assert_members(culprit.sender, known, true, interrupt, true, tgid, 0, comm, "");
	culprit = named_from(INTERRUPTION_WAKE_SENT, "bystander",
			     "try_to_wake_up<sock_def_readable<net_rx_action<handle_softirqs");
	assert_true(culprit.sender.interrupt);
	culprit = named_from(INTERRUPTION_WAKE_SENT, "bystander",
			     "try_to_wake_up<eventfd_write<vfs_write<do_syscall_64");
	assert_members(culprit.sender, known, true, interrupt, false, comm, "bystander");
}

/* What BPF takes for an interrupt is the task itself where it runs its own packets, if it was always that task. */
TEST(a_task_that_runs_its_packets_is_the_sender)
{
	static const char packets[] =
		"try_to_wake_up<sock_def_readable<process_backlog<net_rx_action<"
		"handle_softirqs<do_softirq.part.0<__local_bh_enable_ip<__dev_queue_xmit";
	static const struct {
		const char *frames;
		bool one, known, interrupt;
		uint32_t tgid;
	} of[] = {
		{ packets, true, true, false, 9 },
		{ packets, false, false, false, 0 },
		{ "try_to_wake_up<sock_def_readable<process_backlog<net_rx_action<handle_softirqs<"
		  "__irq_exit_rcu",
		  true, true, true, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		struct stack_sample sample = sample_of(of[i].frames);
		struct culprit culprit = {
			.kind = INTERRUPTION_WAKE_SENT,
			.sender = { .known = true, .interrupt = true },
		};

		if (of[i].one)
			culprit.below = (struct task_id){ .known = true, .pid = 10, .tgid = 9 };
		assert_int_equal(causes__stack(&culprit, &sample), 0);
		free(culprit.chain);
		assert_members(culprit.sender, known, of[i].known, interrupt, of[i].interrupt, tgid,
			       of[i].tgid);
	}
}

/* A stopper thread whose waker was not seen: for whom it sends is not known. */
TEST(a_stopper_is_no_sender)
{
	static const char frames[] =
		"try_to_wake_up<complete<migration_cpu_stop<cpu_stopper_thread";
	struct culprit culprit = named_from(INTERRUPTION_WAKE_SENT, "migration/1", frames);

	assert_members(culprit, stopper, true, sender.known, false);
	culprit = named_from(INTERRUPTION_WAKE_SENT, "mover", frames);
	assert_members(culprit, stopper, false, sender.known, true);
}

/* No row fits: the frame is what is known. */
TEST(a_frame_without_a_row_is_said)
{
	struct culprit culprit = named(INTERRUPTION_CSD, "flush_tlb_func",
				       "flush_tlb_mm_range<somebody_new<__x64_sys_new", 0);

	assert_string_equal(culprit.cause, "tlb_flush");
	assert_has(culprit.because, ", by somebody_new");
	assert_lacks(culprit.because, "no stack");
	assert_has(culprit.advice, "taskset -acp");
	free(culprit.said);
	/* Advice on how to find the caller is none where the caller is known. */
	culprit = named(INTERRUPTION_CSD, "do_flush_tlb_all", "on_each_cpu<somebody_new", 0);
	assert_string_equal(culprit.advice, "no advice known");
	free(culprit.said);
	culprit = named(INTERRUPTION_CSD, "do_flush_tlb_all", "", 0);
	assert_has(culprit.advice, "ipitrace --stacks");
	free(culprit.said);
	culprit = (struct culprit){ .kind = INTERRUPTION_CSD, .func = "flush_tlb_func" };
	assert_int_equal(causes__name(&culprit, 0), 0);
	assert_has(culprit.because, "not known, because no stack");
	free(culprit.said);
}

/* The words are those of the last time, and no others are kept. */
TEST(a_culprit_may_be_named_again)
{
	struct stack_sample first = sample_of("somebody_new");
	struct culprit culprit = { .kind = INTERRUPTION_CSD, .func = "do_flush_tlb_all" };
	struct stack_sample second;

	assert_int_equal(causes__stack(&culprit, &first), 0);
	assert_int_equal(causes__name(&culprit, 0), 0);
	assert_has(culprit.because, ", by somebody_new");
	second = sample_of("another_one");
	assert_int_equal(causes__stack(&culprit, &second), 0);
	assert_int_equal(causes__name(&culprit, 0), 0);
	assert_ptr_equal(culprit.because, culprit.said);
	assert_has(culprit.because, ", by another_one");
	assert_lacks(culprit.because, "somebody_new");
	free(culprit.chain);
	free(culprit.said);
}

/* The table's reason is said, and not the frame. */
TEST(a_frame_with_a_reason_is_not_said)
{
	struct culprit culprit =
		named(INTERRUPTION_CSD, "do_sync_core", "somebody_new<klp_enable_patch", 0);

	assert_string_equal(culprit.because, "live patches of the kernel are switched on or off");
	assert_null(culprit.said);
}

/* What the table has no room for is one sum for each group, whatever was first in the sum. */
TEST(a_sum_keeps_its_group)
{
	struct culprit sum = { .other = true,
			       .kind = INTERRUPTION_CSD,
			       .func = "flush_tlb_func",
			       .group = GROUP_TASKS };

	assert_int_equal(causes__name(&sum, 0), 0);
	assert_members(sum, cause, "other", group, GROUP_TASKS);
}

/* The owner of a timer is known only where the timer's task is. */
TEST(a_timer_without_a_task_has_no_sender)
{
	struct culprit timer = { .kind = INTERRUPTION_TIMER, .func = "it_real_fn" };
	struct culprit call = { .kind = INTERRUPTION_CSD, .func = "flush_tlb_func" };
	struct stack_sample sample = sample_of("kick_process<it_real_fn");
	struct culprit kick = { .kind = INTERRUPTION_WAKE_SENT };

	timer.sender.known = call.sender.known = true;
	call.sender.tgid = 7;
	assert_int_equal(causes__name(&timer, 0), 0);
	assert_members(timer, sender.known, false, serves, true);
	assert_int_equal(causes__name(&call, 0), 0);
	assert_members(call, sender.known, true, serves, false);
	free(call.said);
	/* The interrupted task is not known, so the sender stays. */
	kick.sender = (struct task_id){ .known = true, .pid = 7, .tgid = 7 };
	assert_int_equal(causes__stack(&kick, &sample), 0);
	assert_int_equal(causes__name(&kick, 0), 0);
	assert_members(kick, cause, "itimer", serves, false, sender.known, true, sender.tgid, 7);
	free(kick.chain);
}

/* The scheduler's tick is for a server or for other tasks, where only one of the two was there. */
TEST(the_scheduler_s_tick_has_a_reason)
{
	struct culprit tick = { .kind = INTERRUPTION_TIMER, .func = "tick_sched_timer" }, other;
	const char *because;

	assert_int_equal(causes__name(&tick, 1 << 2), 0);
	assert_string_equal(tick.cause, "tick_sched");
	because = tick.because;
	causes__tick(&tick, false, false);
	causes__tick(&tick, true, true);
	assert_ptr_equal(tick.because, because);
	other = tick;
	causes__tick(&other, true, false);
	assert_has(other.because, "server for fair tasks");
	causes__tick(&tick, false, true);
	assert_has(tick.because, "more than one task");
	assert_string_equal(tick.cause, "tick_sched");
	/* Another reason stays. */
	assert_int_equal(causes__name(&tick, 1 << 1), 0);
	because = tick.because;
	causes__tick(&tick, true, false);
	assert_ptr_equal(tick.because, because);
}

/* What no event of the work shows is not said: who asked, and for what. */
TEST(a_drain_has_no_list_of_causes)
{
	static const char *const works[] = { "drain_local_memcg_stock", "lru_add_drain_per_cpu" };

	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		struct culprit culprit = named(INTERRUPTION_WORK, works[i], "worker_thread", 0);

		assert_string_equal(culprit.cause, "page_drain");
		assert_has(culprit.because, "who asks is not known");
		assert_has(culprit.advice, "workqueue_queue_work");
	}
}

/* The run of a task that was moved has the name of the move's IPIs; --allow takes the older name, too. */
TEST(a_move_has_one_name)
{
	static const struct {
		const char *what, *frames, *cause, *also;
	} known[] = {
		{ "victim", "wake_up_q<stop_one_cpu<affine_move_task<__set_cpus_allowed_ptr",
		  "migration", "moved_task" },
		{ "migration/1", "cpu_stop_queue_work<stop_one_cpu<sched_exec", "migration",
		  "stopper" },
		{ "migration/1", "queue_stop_cpus_work<stop_cpus<stop_machine_cpuslocked",
		  "stop_machine", "stopper" },
		{ "migration/1",
		  "cpu_stop_queue_work<stop_one_cpu_nowait<watchdog_timer_fn<__hrtimer_run_queues",
		  "watchdog", "stopper" },
		{ "migration/1",
		  "cpu_stop_queue_work<stop_one_cpu_nowait<push_rt_task<task_woken_rt",
		  "rt_balance", "stopper" },
		{ "victim", "set_task_cpu<try_to_wake_up<eventfd_write", "moved_task", NULL },
		{ "victim", "set_task_cpu<somebody", "moved_task", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample sample = sample_of(known[i].frames);
		struct culprit culprit = { .kind = INTERRUPTION_SWITCH,
					   .id = i ? 0 : 9,
					   .sender = { .known = true, .pid = 7, .tgid = 7 } };

		if (!strcmp(known[i].what, "victim"))
			culprit.id = 9;
		snprintf(culprit.what, COMM_LEN, "%s", known[i].what);
		assert_int_equal(causes__stack(&culprit, &sample), 0);
		assert_int_equal(causes__name(&culprit, 0), 0);
		assert_string_equal(culprit.cause, known[i].cause);
		/* A wake-up is no mover that somebody could stop. */
		if (!strcmp(culprit.cause, "moved_task"))
			assert_int_equal(!strstr(culprit.advice, "stop the mover"),
					 !!strstr(known[i].frames, "try_to_wake_up"));
		if (known[i].also)
			assert_string_equal(culprit.also, known[i].also);
		else
			assert_null(culprit.also);
		free(culprit.chain);
		free(culprit.said);
	}
}

TEST_MAIN(NULL, NULL)
