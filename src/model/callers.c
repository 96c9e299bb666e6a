// SPDX-License-Identifier: GPL-2.0
#include "base/privileges.h"
#include "model/callers.h"

/* Each list below has names of functions; "x*" is every name that begins with x. */

/* The frames of the tracing itself: a stack has them inside the frame of the tracepoint. */
static const char *const tracing[] = {
	"bpf_*", "__bpf_*", "__traceiter_*", "trace_*", "perf_*", NULL,
};

/* The functions of kernel/smp.c that queue csds, 6.5 to 7.3. */
static const char *const queue_functions[] = { "__smp_call_single_queue",
					       "__smp_call_function_single",
					       "generic_exec_single",
					       "smp_call_function",
					       "smp_call_function_any",
					       "smp_call_function_many",
					       "smp_call_function_many_cond",
					       "smp_call_function_single",
					       "smp_call_function_single_async",
					       "on_each_cpu_cond_mask",
					       "kick_all_cpus_sync",
					       NULL };

/* The functions by which the kernel enters an interrupt: x86, arm64. */
static const char *const irq_entries[] = {
	"asm_sysvec_*", "asm_common_interrupt*", "asm_exc_nmi*",
	"el1h_64_irq*", "el0t_64_irq*",		 NULL,
};

/* The entries of page faults: x86; arm64: arch/arm64/mm/fault.c. */
static const char *const fault_entries[] = { "exc_page_fault", "do_mem_abort", NULL };

/* The functions that an interrupt runs on its way out. */
static const char *const irq_exits[] = {
	"handle_softirqs*", "__do_softirq*", "irq_exit_rcu*", "__irq_exit_rcu*", NULL,
};

/* The functions by which a task runs soft interrupts as it allows them again: x86, arm64. */
static const char *const task_softirqs[] = {
	"do_softirq*",
	"____do_softirq*",
	"call_on_irq_stack*",
	NULL,
};

/* The functions that run packets which this CPU's tasks have sent to this host: lo, veth. */
static const char *const own_packets[] = { "process_backlog*", "veth_poll*", NULL };

/*
 * The functions that allow soft interrupts again after they have queued a packet: net/core/dev.c;
 * before 6.4 net/ipv4/ip_output.c, net/ipv6/ip6_output.c.
 */
static const char *const packet_senders[] = { "__dev_queue_xmit*",   "__dev_direct_xmit*",
					      "netif_rx*",	     "ip_finish_output2*",
					      "ip6_finish_output2*", NULL };

/*
 * A task runs these functions on its way back to user mode. What they do is work of the task, even
 * if an interrupt brought the task into the kernel. kernel/entry/common.c (x86; arm64 since 6.18),
 * arch/arm64/kernel/signal.c.
 */
static const char *const task_exits[] = {
	"irqentry_exit_to_user_mode*", "exit_to_user_mode_loop*",    "exit_to_user_mode_prepare*",
	"do_notify_resume*",	       "arch_do_signal_or_restart*", NULL,
};

/*
 * A task that reaches memory, its own or another program's, runs these functions on the way to a
 * write of a shared page: mm/gup.c, mm/memory.c. Their callers ask for different things. A page
 * fault has no such caller: then the innermost of these functions is all that is known.
 */
static const char *const reaches[] = {
	"do_huge_pmd_wp_page",
	"do_wp_page",
	"wp_page_copy",
	"access_remote_vm",
	"__access_remote_vm",
	"faultin_page",
	"faultin_page_range",
	"faultin_vma_page_range",
	"fixup_user_fault",
	"get_user_pages*",
	"__get_user_pages*",
	"gup_fast_fallback",
	"__gup_longterm_locked",
	"internal_get_user_pages_fast",
	"__mm_populate",
	"pin_user_pages*",
	"populate_vma_page_range",
	NULL,
};

/* The files of C libraries: glibc, musl, bionic. */
static const char *const c_libraries[] = {
	"libc.so*", "libc-2.*", "libc.musl*",  "ld-linux*",
	"ld-musl*", "ld-2.*",	"libpthread*", NULL,
};

bool name_list__has(const char *const *list, const char *name)
{
	size_t len = strcspn(name, ".");

	for (; *list; list++) {
		size_t n = strcspn(*list, "*");

		if (!strncmp(name, *list, n) && ((*list)[n] || n == len))
			return true;
	}
	return false;
}

bool plumbing__has(const struct symbol *frame)
{
	/* A function in another module may have the same name and another purpose. */
	if (frame->module && strcmp(frame->module, "kvm"))
		return false;
	return name_list__has(plumbing, frame->name);
}

bool plumbing__is_entry(const char *func)
{
	return name_list__has(kernel_entries, func);
}

double sample__csds(const struct stack_sample *sample)
{
	return sample->csds > 0 ? sample->csds : 1;
}

static bool is_program(const struct symbol *frame)
{
	return frame->module && !strcmp(frame->module, "bpf");
}

/*
 * The frame of ipitrace's own program is inside the frames of the tracing. This frame has no name
 * where the kernel keeps BPF programs out of kallsyms (net.core.bpf_jit_harden), so a frame without
 * a name does not end the search.
 */
uint32_t callers__untraced(const struct symbol *stack, uint32_t nr)
{
	uint32_t first = 0;

	for (uint32_t f = 0; f < nr; f++) {
		if (is_program(&stack[f]) ||
		    (stack[f].name && name_list__has(tracing, stack[f].name)))
			first = f + 1;
		else if (stack[f].name)
			break;
	}
	return first;
}

/* On arm64 the entry of an interrupt has two frames: el1h_64_irq_handler, el1h_64_irq. */
uint32_t callers__interrupted(const struct symbol *stack, uint32_t nr)
{
	uint32_t after = 0;

	for (uint32_t f = 0; f < nr; f++) {
		if (stack[f].name && name_list__has(irq_entries, stack[f].name))
			after = f + 1;
		else if (after)
			break;
	}
	return after;
}

/* Returns the index of the first frame outside kernel/smp.c and the tracing; @nr if no frame is. */
static uint32_t find_caller(const struct symbol *stack, uint32_t nr)
{
	uint32_t f = callers__untraced(stack, nr);

	/* The kernel calls a function that has a BPF program attached through a trampoline. */
	while (f < nr && (!stack[f].name || is_program(&stack[f]) ||
			  name_list__has(queue_functions, stack[f].name)))
		f++;
	return f;
}

const struct symbol *callers__frame(const struct stack_sample *call)
{
	uint32_t f = find_caller(call->stack, call->nr);

	return f < call->nr ? &call->stack[f] : NULL;
}

/* Returns a system call's name without the prefix of the kernel's macros; other names unchanged. */
static const char *skip_sys_prefix(const char *func)
{
	/* __SYSCALL_DEFINEx() and COMPAT_SYSCALL_DEFINEx(): x86, arm64 and generic. */
	static const char *const prefixes[] = {
		"__x64_sys_",	     "__ia32_sys_",	    "__arm64_sys_",
		"__se_sys_",	     "__do_sys_",	    "__ia32_compat_sys_",
		"__x32_compat_sys_", "__arm64_compat_sys_", "__se_compat_sys_",
		"__do_compat_sys_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(func, prefixes[i], strlen(prefixes[i])))
			return func + strlen(prefixes[i]);
	return func;
}

struct reason callers__reason(const struct symbol *stack, uint32_t nr)
{
	uint32_t first = find_caller(stack, nr);
	struct reason reason = { .frame = first };
	const char *name;

	for (uint32_t f = first; f < nr; f++) {
		if (!stack[f].name || is_program(&stack[f]))
			continue;
		/* After an interrupt's or fault's entry come frames of the interrupted task. */
		if (name_list__has(irq_entries, stack[f].name) ||
		    name_list__has(fault_entries, stack[f].name))
			break;
		if (plumbing__is_entry(stack[f].name))
			continue;
		reason.frame = f;
		if (!plumbing__has(&stack[f]) && !name_list__has(reaches, stack[f].name))
			break;
	}
	if (reason.frame == nr)
		return reason;
	name = skip_sys_prefix(stack[reason.frame].name);
	snprintf(reason.name, sizeof(reason.name), "%.*s", (int)strcspn(name, "."), name);
	return reason;
}

static bool is_frame_of(const struct stack_sample *call, uint32_t f, const char *const *list)
{
	return f < call->nr && call->stack[f].name && name_list__has(list, call->stack[f].name);
}

/*
 * Whether a task sent the csd by soft interrupts that the task runs itself: it sends packets to
 * this host, and runs them through the receiver as it allows soft interrupts again.
 * kernel/softirq.c: __local_bh_enable_ip() calls do_softirq() only where no interrupt runs;
 * net/core/dev.c: process_backlog() runs the packets of lo, which loopback_xmit() queues on the
 * sender's CPU. Other work of soft interrupts (timers, RCU, packets of a device) was not asked for
 * by this task. The function that allows soft interrupts again must be one that sends packets: a
 * task also calls __local_bh_enable_ip() for other reasons (lock_sock(), netfilter), and then runs
 * what somebody else asked for.
 */
bool callers__sent_in_own_softirq(const struct stack_sample *call)
{
	static const char *const enables[] = { "__local_bh_enable_ip*", NULL };
	bool packets = false;
	uint32_t f = 0;

	if (call->interrupt)
		return false;
	for (; f < call->nr && !is_frame_of(call, f, irq_exits); f++) {
		if (is_frame_of(call, f, irq_entries) || is_frame_of(call, f, task_exits))
			return false;
		packets |= is_frame_of(call, f, own_packets);
	}
	while (is_frame_of(call, f, irq_exits) || is_frame_of(call, f, task_softirqs))
		f++;
	return packets && is_frame_of(call, f, enables) && is_frame_of(call, f + 1, packet_senders);
}

void callers__doubt_backlog(struct stack_sample *call)
{
	static const char *const backlog[] = { "process_backlog*", NULL };

	if (!callers__sent_in_own_softirq(call))
		return;
	for (uint32_t f = 0; f < call->nr; f++)
		call->interrupt |= is_frame_of(call, f, backlog);
}

bool callers__sent_by_interrupt(const struct stack_sample *call)
{
	if (callers__sent_in_own_softirq(call))
		return false;
	for (uint32_t f = 0; f < call->nr; f++) {
		if (is_frame_of(call, f, task_exits))
			return false;
		if (is_frame_of(call, f, irq_entries) || is_frame_of(call, f, irq_exits))
			return true;
	}
	return call->interrupt;
}

bool callers__sent_by_stopper(const struct stack_sample *call)
{
	static const char *const stoppers[] = { "cpu_stopper_thread*", NULL };
	bool stopper = false;

	for (uint32_t f = 0; f < call->nr; f++)
		stopper |= is_frame_of(call, f, stoppers);
	return stopper && !callers__sent_by_interrupt(call);
}

uint64_t callers__sender(const struct stack_sample *call)
{
	if (callers__sent_by_interrupt(call))
		return UINT64_MAX;
	return call->kworker ? 1ULL << 32 | call->queued_by.tgid : call->tgid;
}

const char *callers__worker(const char *comm)
{
	return !*comm || !strncmp(comm, "kworker/", 8) ? "kworker" : comm;
}

/* A process for which a kworker sent; call NULL: a free entry. */
struct kworker_for {
	const struct stack_sample *call;
	double csds;
};

/* The processes beyond so many are not counted. */
#define KWORKER_FOR_MAX 16

/* Add the @nr @calls that the kworker @tgid sent to @found. */
static void add_kworker_calls(const struct stack_sample *calls, size_t nr, uint32_t tgid,
			      struct kworker_for found[KWORKER_FOR_MAX])
{
	for (size_t i = 0; i < nr; i++) {
		const struct stack_sample *call = &calls[i];
		size_t at = 0;

		if (!call->kworker || call->tgid != tgid || callers__sent_by_interrupt(call))
			continue;
		while (at < KWORKER_FOR_MAX && found[at].call &&
		       found[at].call->queued_by.tgid != call->queued_by.tgid)
			at++;
		if (at == KWORKER_FOR_MAX)
			continue;
		found[at].call = call;
		found[at].csds += call->csds;
	}
}

const struct stack_sample *callers__of_kworker(const struct snapshot *snap, uint32_t tgid,
					       int *others)
{
	struct kworker_for found[KWORKER_FOR_MAX] = {}, *most = found;
	int nr = 0;

	add_kworker_calls(snap->samples, snap->nr_samples, tgid, found);
	add_kworker_calls(snap->send_samples, snap->nr_send_samples, tgid, found);
	for (; nr < KWORKER_FOR_MAX && found[nr].call; nr++)
		if (found[nr].csds > most->csds)
			most = &found[nr];
	*others = nr ? nr - 1 : 0;
	return most->call;
}

/*
 * Whether @frame is the C library's wrapper of a system call. In a statically linked program only
 * the name shows a wrapper: the name of the system call, perhaps with underscores in front.
 */
static bool is_wrapper(const struct symbol *frame, const struct stack_sample *call)
{
	const char *name = frame->name, *sys;

	if (frame->module && name_list__has(c_libraries, frame->module))
		return true;
	if (!name)
		return false;
	name += strspn(name, "_");
	if (!strncmp(name, "GI_", 3))
		name += 3 + strspn(name + 3, "_");
	/* Go has its own: runtime.tgkill, or runtime.tgkill.abi0 (cmd/link: ABI0 of assembly). */
	if (!strncmp(name, "runtime.", 8))
		name += 8;
	if (!strcmp(name, "syscall"))
		return true;
	for (uint32_t f = 0; f < call->nr; f++) {
		sys = call->stack[f].name ? skip_sys_prefix(call->stack[f].name) : NULL;
		if (sys && sys != call->stack[f].name && !strncmp(sys, name, strcspn(name, ".")) &&
		    !sys[strcspn(name, ".")])
			return true;
	}
	return false;
}

const struct symbol *callers__user(const struct stack_sample *call)
{
	for (uint32_t f = 0; f < call->nr_user; f++)
		if ((call->user[f].name || call->user[f].module) &&
		    !is_wrapper(&call->user[f], call))
			return &call->user[f];
	return call->nr_user ? &call->user[call->nr_user - 1] : NULL;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * Whether both are the same frame of a program. Frames of one file that have no name count as
 * equal, because their addresses differ from call to call.
 */
static bool is_same_user_frame(const struct symbol *a, const struct symbol *b)
{
	return a && b ? is_same_text(a->name, b->name) && is_same_text(a->module, b->module) :
			a == b;
}

static bool has_unknown_sender(const struct caller *caller)
{
	return !caller->interrupt && caller->call->kworker && !caller->call->queued_by.tgid;
}

/* Callers with the most csds come first; if the numbers are equal, those with a known sender. */
static int by_csds(const void *a, const void *b)
{
	const struct caller *ca = a, *cb = b;

	return (ca->csds < cb->csds) - (ca->csds > cb->csds) ?:
		       has_unknown_sender(ca) - has_unknown_sender(cb);
}

static struct caller *find_or_add_caller(struct caller *callers, size_t *nr,
					 const struct stack_sample *call)
{
	struct caller one = {
		.frame = callers__frame(call),
		.reason = callers__reason(call->stack, call->nr),
		.user = callers__user(call),
		.call = call,
		.interrupt = callers__sent_by_interrupt(call),
		.sender = callers__sender(call),
	};

	for (size_t i = 0; i < *nr; i++) {
		const struct symbol *frame = callers[i].frame;

		if (!is_same_text(frame ? frame->name : NULL, one.frame ? one.frame->name : NULL) ||
		    strcmp(callers[i].reason.name, one.reason.name) ||
		    !is_same_user_frame(callers[i].user, one.user) ||
		    callers[i].sender != one.sender)
			continue;
		/* The latest sample has the current name of the process. */
		callers[i].call = call;
		callers[i].user = one.user;
		return &callers[i];
	}
	callers[*nr] = one;
	return &callers[(*nr)++];
}

/* @sends: @row is of snap->sends; false: of snap->fns. */
static size_t callers_find(const struct snapshot *snap, bool sends, size_t row, bool all_rows,
			   struct caller *callers, size_t max, size_t *samples)
{
	const struct stack_sample *calls = sends ? snap->send_samples : snap->samples;
	size_t nr_calls = sends ? snap->nr_send_samples : snap->nr_samples, nr = 0;
	/* Each caller needs at least one sample. */
	struct caller *all = calloc(nr_calls ? nr_calls : 1, sizeof(*all)), *latest = NULL;

	*samples = 0;
	if (!all)
		return 0;
	for (size_t i = 0; i < nr_calls; i++) {
		if (calls[i].fn != row &&
		    !(all_rows && fn_stats__same_func(&snap->fns[calls[i].fn], &snap->fns[row])))
			continue;
		++*samples;
		/* A capture's samples of one caller are equal, and to find a reason takes long. */
		if (!latest || memcmp(latest->call, &calls[i], sizeof(calls[i])))
			latest = find_or_add_caller(all, &nr, &calls[i]);
		latest->samples++;
		latest->csds += sample__csds(&calls[i]);
	}
	qsort(all, nr, sizeof(*all), by_csds);
	nr = nr < max ? nr : max;
	memcpy(callers, all, nr * sizeof(*all));
	free(all);
	return nr;
}

size_t callers__of(const struct snapshot *snap, size_t fn, bool all_rows, struct caller *callers,
		   size_t max, size_t *samples)
{
	return callers_find(snap, false, fn, all_rows, callers, max, samples);
}

size_t callers__of_send(const struct snapshot *snap, size_t send, struct caller *callers,
			size_t max, size_t *samples)
{
	return callers_find(snap, true, send, false, callers, max, samples);
}

/* At most this many senders of a kind are compared. */
#define SENDERS_MAX 32
/* At most this many callers of a row count: those with the most csds. */
#define ROW_CALLERS 8

static void share_add(struct send_share *shares, size_t *nr, const struct caller *caller,
		      double share)
{
	size_t i = 0;

	while (i < *nr && (strcmp(shares[i].caller.reason.name, caller->reason.name) ||
			   shares[i].caller.sender != caller->sender))
		i++;
	if (i == SENDERS_MAX)
		return;
	if (i == *nr)
		shares[(*nr)++] = (struct send_share){ *caller, 0 };
	shares[i].share += share;
}

/* Returns how many interrupts the samples of snap->sends[@send] represent. */
static double count_sampled_sends(const struct snapshot *snap, size_t send)
{
	double sum = 0;

	for (size_t i = 0; i < snap->nr_send_samples; i++)
		if (snap->send_samples[i].fn == send)
			sum += sample__csds(&snap->send_samples[i]);
	return sum;
}

bool callers__most(const struct snapshot *snap, enum ipi_kind kind, struct send_share *most)
{
	struct send_share shares[SENDERS_MAX];
	size_t nr = 0;

	for (size_t i = 0; i < snap->nr_sends; i++) {
		const struct send_stats *send = &snap->sends[i];
		struct caller callers[ROW_CALLERS];
		size_t samples, nr_callers;

		if (send->kind != kind)
			continue;
		nr_callers = callers__of_send(snap, i, callers, ROW_CALLERS, &samples);
		for (size_t c = 0; c < nr_callers; c++)
			if (!callers[c].call->own)
				share_add(shares, &nr, &callers[c],
					  send->count * callers[c].csds /
						  count_sampled_sends(snap, i) / snap->kinds[kind]);
	}
	*most = (struct send_share){};
	for (size_t i = 0; i < nr; i++)
		if (shares[i].share > most->share)
			*most = shares[i];
	return most->share > 0;
}

/*
 * Whether another ipitrace, or one of its helpers, is the sender. Any process may have their names,
 * so their file is compared, and the user: root until the programs are attached, then a spare user,
 * which only root can become (privileges__drop()). Root of a container can do so, too, and may have
 * been given the file: it is a stranger, unless this ipitrace runs in a container itself.
 */
static bool is_ipitrace(const struct stack_sample *sample, bool in_container)
{
	return sample->uid_known && (in_container || !sample->contained) && sample->own_exe &&
	       (!sample->uid || (sample->uid >= SPARE_UID_MIN && sample->uid <= SPARE_UID_MAX));
}

/*
 * A csd that an interrupt sent belongs to no task, whichever task was interrupted. A csd that a
 * kworker sent belongs to the task that queued the work.
 */
static bool is_own(const struct stack_sample *sample, uint32_t self, const struct helpers *helpers)
{
	uint32_t tgid = sample->kworker ? sample->queued_by.tgid : sample->tgid;

	if (callers__sent_by_interrupt(sample))
		return false;
	return tgid == self || helpers__have(helpers, tgid) ||
	       is_ipitrace(sample, self == UINT32_MAX);
}

void own_work__mark(struct snapshot *snap, uint32_t self, const struct helpers *helpers)
{
	for (size_t i = 0; i < snap->nr_samples; i++)
		snap->samples[i].own = is_own(&snap->samples[i], self, helpers);
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		snap->send_samples[i].own = is_own(&snap->send_samples[i], self, helpers);
}

/* Returns the part of row @row that ipitrace itself sent, by the samples. */
static double row_share(const struct stack_sample *samples, size_t nr, size_t row)
{
	double all = 0, own = 0;

	for (size_t i = 0; i < nr; i++) {
		if (samples[i].fn != row)
			continue;
		all += sample__csds(&samples[i]);
		own += samples[i].own ? sample__csds(&samples[i]) : 0;
	}
	return all > 0 ? own / all : 0;
}

double own_work__share(const struct snapshot *snap)
{
	double own = 0, all = 0;

	for (size_t i = 0; i < snap->nr_fns; i++) {
		all += snap->fns[i].count;
		own += snap->fns[i].count * row_share(snap->samples, snap->nr_samples, i);
	}
	for (size_t i = 0; i < snap->nr_sends; i++) {
		all += snap->sends[i].count;
		own += snap->sends[i].count *
		       row_share(snap->send_samples, snap->nr_send_samples, i);
	}
	return all ? own / all : 0;
}
