// SPDX-License-Identifier: GPL-2.0
#include "cli/options.h"

const struct command_text command_texts[NR_COMMANDS] = {
	[COMMAND_SUMMARY] = {
		.name = "summary",
		.summary = "what IPIs cost and who sends them",
		.question =
			"Which functions interrupt which CPUs, who sends them, at what cost?\n"
			"Prints a report every -i seconds (1). Without -i, -d gives one report of\n"
			"the whole run; so does PROGRAM without -j. All senders count, not only\n"
			"PROGRAM. --by sender, victim (interrupted task) or cgroup adds a table.",
		.output =
			"columns:\n"
			"  WHO       task that sends most, by samples; +2: two more tasks send\n"
			"  PER S     csds (function calls queued to another CPU) a second\n"
			"  WAIT      time that senders wait, % of all CPUs' time; -: nobody waits\n"
			"  HANDLERS  % of all CPUs' time in handlers; in a CPU's row: of that CPU\n"
			"  RESCHED   reschedule interrupts received (IN), sent (OUT); -: unknown\n"
			"  LOST      in line 2: csds not followed, so not in DELAY and RUN\n"
			"  DELAY     time from queueing to the function's entry; MAX: the longest\n"
			"  RUN       time from the function's entry to its exit\n"
			"  !         marks the longest DELAY and the longest RUN of this report\n"
			"  limit     csds/s to a CPU, or % of CPU time, above which it is a storm\n"
			"columns of --full (delay is DELAY, handler is RUN):\n"
			"  waited    time for which senders waited; sum: time in handlers\n"
			"  p50, p99  rounded up, by at most 25 %; mean, max: exact\n"
			"  via       calling function and its task; 7/10: in 7 of 10 samples\n"
			"  ledger    csds: queued + carried over = ran + in flight + lost",
		.examples = "  ipitrace summary -d 10 --dst 1     # who interrupts CPU 1, for 10 s\n"
			    "  ipitrace summary --by sender -- make",
	},
	[COMMAND_HIST] = {
		.name = "hist",
		.summary = "histograms of delay, handler time and waits, by CPU",
		.question =
			"How are delay, handler time and senders' waits distributed on each CPU?\n"
			"Prints histograms every -i seconds (1). Without -i, -d gives those of\n"
			"the whole run; so does PROGRAM, unless -j is given. All senders count,\n"
			"not only PROGRAM.",
		.output =
			"columns:\n"
			"  from .. to  a range of times, twice as long as the range above\n"
			"  delay       time from a csd's queueing to its function's entry\n"
			"  handler     time from the function's entry to its exit, on this CPU\n"
			"  wait        time for which a sender on this CPU waits for its targets\n"
			"  p50, p99.9  rounded up, by at most 25 %; mean, max: exact\n"
			"A csd is a function call that one CPU queues to another.",
		.examples = "  ipitrace hist -d 5 --dst 2,3       # what CPUs 2 and 3 get, for 5 s\n"
			    "  ipitrace hist -f 'flush_tlb*' -- make",
	},
	[COMMAND_TRACE] = {
		.name = "trace",
		.summary = "a record for each csd, a function call queued to a CPU",
		.question =
			"What happened, csd by csd? Prints a record for each csd (a function\n"
			"call queued to a CPU) once the csd has run, sorted by the time of\n"
			"queueing. The output waits up to 2 seconds for a csd that has not run;\n"
			"a csd that runs later is printed out of order.",
		.output =
			"columns:\n"
			"  TIME     time of queueing, in seconds since the date in the first line\n"
			"  FROM     CPU that queued the csd\n"
			"  CALL     number of a call that the sender waits for; all csds of the\n"
			"           call have this number\n"
			"  TO       CPU that ran the function, the target\n"
			"  DELAY    time from queueing to the function's entry\n"
			"  HANDLER  time from the function's entry to its exit\n"
			"  WAIT     time for which the sender waited for the call, in the row of\n"
			"           the csd that ended last\n"
			"  TASK     task that sent the csd, or (interrupt)\n"
			"KINDS are call_function (csds; the default), reschedule and irq_work.\n"
			"KEYS are keys of the JSON, such as src, dst, func, delay and handler.",
		.examples = "  ipitrace trace -d 1 --min-delay 100us\n"
			    "  ipitrace trace -j -f flush_tlb_func -o trace.json -- make",
	},
	[COMMAND_STALLS] = {
		.name = "stalls",
		.summary = "stalls of CPUs and senders, live and at their end",
		.question =
			"Which CPU blocks whom, and why? Reports each stall at its end. A stall\n"
			"that lasts about 10 ms longer than --threshold is reported while it\n"
			"lasts, too, with the same number.\n"
			"The phase of a stall says what lasts too long:\n"
			"  delivery   a csd (a function call) is queued, and does not begin\n"
			"  handler    the function runs on its CPU, and does not return\n"
			"  wait       a sender waits for the functions that it queued\n"
			"  interrupt  a CPU stays in an interrupt (before Linux 6.5 only)",
		.output =
			"fields:\n"
			"  since   time at which the stall began\n"
			"  sender  task and CPU that queued the csd, and the calling function\n"
			"  target  CPU that is to run the function, and the task there\n"
			"  delay   time to the IPI's sending, then to the interrupt, the entry\n"
			"  stolen  time that the hypervisor took from the CPU\n"
			"  waiting tasks that waited for this csd, on which CPUs, for how long\n"
			"  slept   whether the function slept, which is not allowed\n"
			"  stack   functions that the stuck CPU runs, or ran\n"
			"-j writes all stalls. Text shows, for each phase, function and sender,\n"
			"the first 2 stalls, and then each stall that is twice as long as the\n"
			"longest shown before; also each stall whose function slept, or which is\n"
			"reported while it lasts, for 1 ms or longer. A stall that another stall\n"
			"caused is shown only in the text of that other stall. Text counts all\n"
			"remaining stalls.\n"
			"status with --exit-code: 0 no stall, 1 a stall (5 with PROGRAM), 2 wrong\n"
			"options, 3 cannot run, 4 not certain: something was lost or not watched",
		.examples = "  ipitrace stalls -t 2ms             # until Ctrl-C\n"
			    "  ipitrace stalls -d 60 -t 5ms --phase handler --exit-code   # for CI",
	},
	[COMMAND_WAITS] = {
		.name = "waits",
		.summary = "who waits for whom, now; reports once and ends",
		.question =
			"Which sender waits for which CPU? Looks for waits every few ms. If a\n"
			"sender has waited longer than --threshold, prints a tree of the waits,\n"
			"and ends; PROGRAM goes on. If there was no such sender at any look\n"
			"within -d, prints how many waits over --threshold began and ended\n"
			"between two looks. A csd is a function call queued to a CPU.",
		.output =
			"output, a tree:\n"
			"  CPU N ...  what holds the CPU: a function, or interrupts that are off\n"
			"  - TASK     a sender that waits for this CPU: how long, and where",
		.examples = "  ipitrace waits -t 20ms -d 10       # for at most 10 seconds\n"
			    "  ipitrace waits -j | jq .",
	},
	[COMMAND_SERVE] = {
		.name = "serve",
		.summary = "metrics for Prometheus, over HTTP or in a file; a live page",
		.question =
			"How do IPIs develop over time, and on many machines? Serves metrics for\n"
			"Prometheus and a live page over HTTP (/metrics, /, /healthz, /api/v1),\n"
			"or writes a file for node_exporter, until Ctrl-C or the end of PROGRAM.",
		.output =
			"metrics:\n"
			"  ipitrace_calls_total      number of csds: one for each target CPU\n"
			"  ipitrace_delay_seconds    time from a csd's queueing to its function\n"
			"  ipitrace_handler_seconds  time from the function's entry to its exit\n"
			"/metrics has all metrics, each with a HELP line.",
		.examples = "  ipitrace serve --listen 10.0.0.7:9464\n"
			    "  ipitrace serve --textfile /var/lib/prometheus/node-exporter",
	},
	[COMMAND_STORM] = {
		.name = "storm",
		.summary = "IPI storms: their cause, evidence, cost, and what to do",
		.question =
			"Is there an IPI storm, what is its cause, and what can be done?\n"
			"Reports a storm when it has lasted for two windows, and at its end. A\n"
			"window is -i seconds: by default 1, or half of -d if -d is below 2.",
		.output =
			"fields:\n"
			"  CULPRIT   task that sends most, by sampled stacks, and its caller\n"
			"  function  the kernel's function that is called too often\n"
			"  rate      csds a second, on all CPUs and to one CPU, and the limit\n"
			"  shape     CPUs that send, and CPUs that receive\n"
			"  sources   processes and call chains, by sampled stacks\n"
			"  cost      time of handlers, and time for which senders wait\n"
			"  stolen    time, in delays and handlers, that the hypervisor took\n"
			"  onset     when the storm began, and what else changed then\n"
			"  advice    what to do\n"
			"limits in csds/s to a CPU, by class of cause; N is --storm-rate (2000):\n"
			"  rare        N/40 (50)     administration: modules, tracers, clocks\n"
			"  occasional  N/10 (200)    monitoring and maintenance\n"
			"  common      N (2000)      the kernel's own work; unknown causes\n"
			"  routine     4 N (8000)    work that programs ask for: TLB flushes\n"
			"  traffic     10 N (20000)  work for each packet, request or wake-up\n"
			"There is also a storm if handlers and waits take more than --storm-share\n"
			"of all CPUs' time; if one CPU spends more than that share in handlers,\n"
			"or 4 times that share in waits; or if the rate rises to --storm-rise\n"
			"times the rate before, and to 3/4 of its limit. Without --storm-rate, a\n"
			"storm below 1 % of all CPUs' time is a NOTE, ignored by --exit-code.",
		.examples = "  ipitrace storm -d 5\n"
			    "  ipitrace storm -q --exit-code -d 60 || [ $? -ne 1 ] || logger storm",
	},
	[COMMAND_ISOLATED] = {
		.name = "isolated",
		.summary = "do isolated CPUs stay quiet? Who disturbs them, what to do",
		.question =
			"Is this CPU quiet, and if not, who disturbs it, and how do I stop that?\n"
			"Judges the CPUs that the kernel isolates, or the CPUs of -c. A CPU is\n"
			"quiet if it has at most --allow interruptions in the run (default 0).",
		.output =
			"columns:\n"
			"  time      time that interruptions took from the CPU's own program\n"
			"  count     number of csds, interrupts, soft interrupts, tasks\n"
			"  longest   the longest of these times\n"
			"  CAUSE     name for --allow, below; CULPRIT: function, device, task\n"
			"  silence   the longest time without an interruption\n"
			"  !!        a setting here that will disturb these CPUs; do: a remedy\n"
			"\n"
			"status:\n"
			"  0  quiet\n"
			"  1  not quiet (5 with PROGRAM)\n"
			"  2  wrong options\n"
			"  3  cannot run: not root, no CPU is isolated or named, ...\n"
			"  4  failed, or no verdict: events were lost, a CPU was offline, -d was\n"
			"     over before PROGRAM ended, or Ctrl-C came before -d or PROGRAM\n"
			"     ended. Without -d and PROGRAM, Ctrl-C is the normal end\n"
			"\n"
			"--allow may be repeated. The first GLOB that matches an interruption's\n"
			"cause or function decides; if none matches, the N without a GLOB does.\n"
			"Causes, the most frequent ones (man ipitrace-isolated has all):\n"
			"  ipis        tlb_* membarrier text_patching rcu_expedited perf msr\n"
			"              wakeups fair_server nohz_full_kick nohz_balance signal\n"
			"              irq_work function\n"
			"  interrupts  tick* timer itimer posix_timer timerfd sleep watchdog\n"
			"              interrupt softirq_* timer_interrupt nmi posted_interrupt\n"
			"              thermal\n"
			"  tasks       task moved_task kernel_thread workqueue vmstat stopper\n"
			"              ksoftirqd",
		.examples = "  ipitrace isolated -d 30   # the CPUs of isolcpus=, nohz_full=, cpusets\n"
			    "  ipitrace isolated -q -c 3 --only ipis --allow 'tlb_*=10' -d 60",
	},
	[COMMAND_RECORD] = {
		.name = "record",
		.summary = "save figures, stalls and storms in a capture (a file)",
		.question =
			"What happened while nobody looked? Writes figures, stalls and storms to\n"
			"a file for ipitrace report; with --trace also each csd (a function call\n"
			"queued to a CPU). --flight writes a file only at an incident of --on.",
		.examples = "  ipitrace record -o night.zst -t 5ms    # until Ctrl-C\n"
			    "  zstd -dc night.zst                     # the JSON in the capture\n"
			    "  ipitrace record -d 10 -- make",
	},
	[COMMAND_REPORT] = {
		.name = "report",
		.summary = "show a capture that record has saved",
		.question =
			"What did a run of ipitrace record find? Shows the file of the run,\n"
			"without root: the figures of the whole run, the longest stalls and the\n"
			"storms; or a VIEW. --diff says which figures rose and fell from file A\n"
			"to file B.",
		.output =
			"views:\n"
			"  VIEW is summary, hist, stalls, storm or trace, and shows what that\n"
			"  command would have shown live; or waits, the stalls that are waits; or\n"
			"  calls, how long senders waited, by call site. --json writes the lines\n"
			"  of the file, or of the VIEW. The filters work only with the VIEWs\n"
			"  trace, stalls and waits, and (except -p) with --diff: other views are\n"
			"  sums of all csds. The VIEW trace and --perfetto need a capture with a\n"
			"  record of each csd.\n"
			"TIME:\n"
			"  60 is 60 seconds after the start, -10min is 10 minutes before the end,\n"
			"  03:10 is local time, 2026-11-21T03:10:00Z is UTC.",
		.examples = "  ipitrace report night.zst --since 03:10 --until 03:20\n"
			    "  ipitrace report night.zst --html night.html",
		.operands = "FILE [VIEW]",
		.second = "--diff [OPTIONS] A B",
		.max_operands = 2,
		.no_program = true,
	},
	[COMMAND_TOP] = {
		.name = "top",
		.summary = "a live screen: sort, filter, step down to call stacks",
		.question =
			"What happens now, and why? Shows tables on a terminal. Enter shows the\n"
			"callers and stack of a function, or who interrupts a CPU; ? shows the\n"
			"keys.",
		.output =
			"header:\n"
			"  handlers time in handlers (functions of IPIs), % of all CPUs' time\n"
			"  waited   time for which senders waited, % of all CPUs' time\n"
			"  own CPU  time of ipitrace itself, % of a CPU\n"
			"  lost     csds (function calls to a CPU) that could not be followed\n"
			"top keeps the last 5 minutes, and can step back through them.",
		.examples = "  ipitrace top                       # until q\n"
			    "  ipitrace top -f 'flush_tlb*' -o flushes.zst",
		.no_program = true,
	},
	[COMMAND_IMPORT] = {
		.name = "import",
		.summary = "turn a file of perf, trace-cmd or ftrace into a capture",
		.question =
			"What does a file of another tracer say? Reads the events csd:* of FILE\n"
			"(Linux 6.5 and later), writes a capture for ipitrace report, and needs\n"
			"no root. FILE is text of tracefs, perf script or trace-cmd report, or -\n"
			"for stdin. If perf or trace-cmd is installed, FILE may also be perf.data\n"
			"or trace.dat. Several FILEs are parts of the same run, in order.",
		.output =
			"file:\n"
			"  The capture is like one of ipitrace record, with every csd (a function\n"
			"  call queued to a CPU). Waits, stacks, types of csds and times of day\n"
			"  are null, because FILE lacks them. Csds whose events are missing count\n"
			"  as lost. ipitrace report can also show FILE itself, without a capture.",
		.examples = "  ipitrace import trace.txt -o host.zst\n"
			    "  ipitrace import - -t 500us <trace.txt",
		.operands = "FILE...",
		.max_operands = 8,
		.no_program = true,
	},
	[COMMAND_CHECK] = {
		.name = "check",
		.summary = "what this kernel offers, and how ipitrace uses it",
		.question =
			"Can ipitrace run here, and what can ipitrace find out? Loads its BPF\n"
			"programs once, and ends; status 3 means that ipitrace cannot run.\n"
			"--recipe loads nothing, and prints commands: with these, tracefs, perf\n"
			"and trace-cmd record files on this kernel that ipitrace import reads.",
		.output =
			"columns:\n"
			"  ok, no     whether this kernel has the feature\n"
			"  NAME       the feature, and its use\n"
			"  2nd line   how ipitrace uses the feature, or why it cannot\n"
			"  last line  whether ipitrace can run here",
		.examples = "  ipitrace check\n"
			    "  ipitrace check -j | jq '.features[] | select(.available | not)'",
		.no_program = true,
	},
	[COMMAND_PROVE] = {
		.name = "prove",
		.summary = "are the figures right here? Compares ipitrace with ftrace",
		.question =
			"Are ipitrace's figures right on this host? Runs ipitrace and ftrace at\n"
			"the same time for -d seconds (5). Compares sender, target, function,\n"
			"delay and handler of each csd (a function call queued to a CPU); sums by\n"
			"function, by pair of CPUs and by kind of interrupt; and the stalls.",
		.output =
			"status:\n"
			"  0  equal: ipitrace has the figures of ftrace\n"
			"  1  not equal\n"
			"  2  wrong options\n"
			"  3  cannot run: not root, no csd tracepoints, ...\n"
			"  4  no verdict: ftrace lost events or was off, too few csds, ...\n"
			"You can give the file of -o to others: without --details the file has\n"
			"the figures, the kernel, the kind of CPU, no names of host and modules.",
		.examples = "  ipitrace prove                     # on a host with many IPIs\n"
			    "  ipitrace prove --load              # on a host that idles",
		.no_program = true,
	},
};

enum command_id command_find(const char *name)
{
	int id = 0;

	while (id < NR_COMMANDS && strcmp(name, command_texts[id].name))
		id++;
	return id;
}

static void option_print(const struct option_row *row, enum command_id command)
{
	char text[64], letter[8] = "    ";

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(text, sizeof(text), row->preset ? "%s--%s[=%s%s]" : "%s--%s%s%s", letter,
		 row->name, row->arg && !row->preset ? " " : "", row->arg ? row->arg : "");
	printf("  %-26s %s%s\n", text, strlen(text) > 26 ? " " : "", option__help(row, command));
}

/* Print each group that has an option of @command, with its heading. */
static void options_print(enum command_id command)
{
	const char *heading = NULL;

	for (int i = 0; i < NR_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		heading = row->group ? row->group : heading;
		if (!(row->commands & 1U << command))
			continue;
		if (heading)
			printf("%s:\n", heading);
		heading = NULL;
		option_print(row, command);
	}
}

void help__commands(void)
{
	puts("usage: ipitrace [COMMAND] [OPTIONS] [-- PROGRAM ARG...]\n"
	     "Shows who sends inter-processor interrupts (IPIs), why, at what cost.\n\n"
	     "commands:");
	for (int i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s%s\n", command_texts[i].name, command_texts[i].summary,
		       i == COMMAND_SUMMARY ? " (default)" : "");
	puts("\noptions of most commands:");
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].common)
			option_print(&option_rows[i], NR_COMMANDS);
	puts("\nWith PROGRAM, ipitrace ends at PROGRAM's end or after -d. Only report,\n"
	     "import, waits --vmcore need no root. COMMAND --help shows its options.");
}

void help__command(enum command_id command)
{
	const struct command_text *text = &command_texts[command];

	printf("usage: ipitrace %s [OPTIONS]%s%s%s\n", text->name, text->operands ? " " : "",
	       text->operands ? text->operands : "",
	       text->no_program ? "" : " [-- PROGRAM ARG...]");
	if (text->second)
		printf("       ipitrace %s %s\n", text->name, text->second);
	printf("%s\n\n", text->question);
	options_print(command);
	if (text->output)
		printf("\n%s\n", text->output);
	printf("\nexamples:\n%s\n\nmore: man ipitrace-%s\n", text->examples, text->name);
}

void help__version(void)
{
	puts("ipitrace " VERSION);
	puts("built for " BUILT_FOR " by gcc " __VERSION__ "; BPF programs by " BUILT_BPF);
	puts(BUILT_LINK ": " BUILT_LIBS);
}
