// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "cli/options.h"

const struct command_text command_texts[NR_COMMANDS] = {
	[COMMAND_SUMMARY] = {
		.name = "summary",
		.summary = "what IPIs cost and who sends them",
		.question =
			"Which functions interrupt which CPUs, who sends them, at what cost?\n"
			"Prints a report for each window (-i), until q or Ctrl-C; with -d and\n"
			"without -i, a report of the whole time. With PROGRAM, a report of its\n"
			"whole run, of all senders (--by sender: PROGRAM's); -i, -j: windows.",
		.output =
			"columns:\n"
			"  WHO       the sender, as sampled; +2: two other senders were seen\n"
			"  PER S     csds a second: function calls queued to other CPUs\n"
			"  WAIT      senders' wait for synchronous calls, % of all CPUs' time\n"
			"  STOLEN    handlers' time, % of all CPUs' time; of a CPU: of its time\n"
			"  RESCHED   reschedules that arrived; -: not known under a filter\n"
			"  LOST      csds that could not be followed; not in DELAY or RUN\n"
			"  DELAY     time from queueing on the sender to the function's entry\n"
			"  RUN       time from the function's entry to its exit\n"
			"  !         the worst value of the window\n"
			"  limit     csds/s to a CPU from which a cause storms (storm --help)\n"
			"--full:\n"
			"  csds      csds that have run\n"
			"  delay     DELAY above\n"
			"  handler   RUN above\n"
			"  waited    time that senders waited\n"
			"  sum       time that all handlers took\n"
			"  p50, p99  upper bounds, at most 25 % too high; mean, max: exact\n"
			"  via       the caller and its task; 5/7: in 5 of 7 sampled stacks\n"
			"  ledger    queued + carried over = ran + in flight + lost\n"
			"--calls: what a broadcast costs its sender, by call site\n"
			"-j: by call site, in ns: delay p99, handler p99, wait sum, count, max",
		.examples = "  ipitrace summary -d 10 -c 1        who interrupts CPU 1, in 10 seconds\n"
			    "  ipitrace summary --by sender -- make",
	},
	[COMMAND_HIST] = {
		.name = "hist",
		.summary = "histograms of delay, handler time and waits, by CPU",
		.question =
			"How are delay, handler time and senders' waits distributed on each CPU?\n"
			"Prints histograms for each window (-i); with -d and without -i, of the\n"
			"whole time. With PROGRAM, of its whole run (-i, -j: of each window);\n"
			"all other senders count, too.",
		.output =
			"columns:\n"
			"  from .. to  a range of times, twice as long in each row\n"
			"  delay       csds to this CPU: time from queueing to function's entry\n"
			"  handler     functions on this CPU: time from entry to exit\n"
			"  wait        synchronous calls of this CPU: time that senders waited\n"
			"--by, --kinds, --stacks and --self need --json.",
		.examples = "  ipitrace hist -d 5 --dst 2,3       what CPUs 2 and 3 get, in 5 seconds\n"
			    "  ipitrace hist -f 'flush_tlb*' -- make",
	},
	[COMMAND_TRACE] = {
		.name = "trace",
		.summary = "a record for each csd, a function call queued to a CPU",
		.question =
			"What happened, csd by csd? Prints a record for each csd (a function\n"
			"call queued to a CPU) once the csd has run, in the order of queueing.",
		.output =
			"columns:\n"
			"  TIME     time of queueing, in seconds since ipitrace began\n"
			"  FROM     CPU that sends\n"
			"  TO       CPU that runs the function\n"
			"  CALL     number of the synchronous call; all csds of a call have it\n"
			"  DELAY    time from queueing to the function's entry\n"
			"  HANDLER  time from the function's entry to its exit\n"
			"  WAIT     time that the sender waited, beside the call's last csd\n"
			"  TASK     task that ran on the sending CPU",
		.examples = "  ipitrace trace -d 1 --min-delay 100us\n"
			    "  ipitrace trace -j -f flush_tlb_func -o trace.json -- make",
	},
	[COMMAND_STALLS] = {
		.name = "stalls",
		.summary = "stalled CPUs and senders, while they stall",
		.question =
			"Which CPU blocks whom, and why? Reports a stall at most 10 ms past\n"
			"--threshold, and again, with the same number, when the stall is over.\n"
			"A stall has a phase:\n"
			"  delivery   a csd was queued, and its function does not begin\n"
			"  handler    a function runs on its CPU, and does not return\n"
			"  wait       a sender waits for the end of a synchronous call\n"
			"  interrupt  a CPU stays in an interrupt (only before Linux 6.5)",
		.output =
			"fields:\n"
			"  since   time at which the stall began\n"
			"  sender  task that sent, and from where\n"
			"  target  CPU, and the task that runs there\n"
			"  delay   of a delivery: time to the interrupt, then to the function\n"
			"  slept   whether the function slept\n"
			"  stack   where the stuck CPU is or was\n"
			"Of stalls of the same phase, function and sender the first 2 are shown,\n"
			"and much longer ones; the rest are counted. -j has all.",
		.examples = "  ipitrace stalls -t 2ms             until Ctrl-C\n"
			    "  ipitrace stalls -d 60 -t 50us --phase handler --exit-code   a gate",
	},
	[COMMAND_WAITS] = {
		.name = "waits",
		.summary = "who waits for whom, now; reports once and ends",
		.question =
			"Who waits for whom? Reports as soon as a sender waits longer than\n"
			"--threshold, and ends. Looks every few ms; if no look sees such a wait,\n"
			"says how many waits were longer than --threshold.",
		.output =
			"output, a tree:\n"
			"  CPU N ...  what holds this CPU: a function, or interrupts that are off\n"
			"  - TASK     a sender that waits for that CPU: how long, which function",
		.examples = "  ipitrace waits -t 500us -d 10      for at most 10 seconds\n"
			    "  ipitrace waits -j | jq .",
	},
	[COMMAND_SERVE] = {
		.name = "serve",
		.summary = "metrics for Prometheus, over HTTP or in a file; a live page",
		.question =
			"How do IPIs develop over time, and on many machines? Answers HTTP at\n"
			"--listen (/, a live page; /metrics, /healthz, /api/v1), or writes a file\n"
			"for node_exporter, until Ctrl-C.",
		.output =
			"metrics:\n"
			"  ipitrace_calls_total      csds by function and module\n"
			"  ipitrace_delay_seconds    time from queueing to entry, by target\n"
			"  ipitrace_handler_seconds  time from entry to exit, by target\n"
			"Counters and histograms only grow. Each metric has a HELP line.",
		.examples = "  ipitrace serve --listen 10.0.0.7:9464\n"
			    "  ipitrace serve --textfile /var/lib/prometheus/node-exporter",
	},
	[COMMAND_STORM] = {
		.name = "storm",
		.summary = "IPI storms by name: evidence, cost, what to do",
		.question =
			"Is there an IPI storm, what is its cause, and what can be done?\n"
			"Reports a storm at the end of its second window, and when the storm\n"
			"is over. (A window lasts -i; by default 1 s, below -d 2 half of -d.)",
		.output =
			"fields:\n"
			"  function  what storms\n"
			"  rate      csds a second, and why that is too much\n"
			"  shape     CPUs that send and receive\n"
			"  sources   processes and call chains, by sampled stacks\n"
			"  cost      time of handlers, and of senders that wait\n"
			"  onset     when the storm began, and what else changed then\n"
			"  advice    what to do\n"
			"limit, in csds/s to a CPU, by class of cause; N is --storm-rate:\n"
			"  rare        N/40, 50      administration: modules, tracers, clocks\n"
			"  occasional  N/10, 200     monitoring and maintenance\n"
			"  common      N, 2000       load no program asks for; unknown causes\n"
			"  routine     4 N, 8000     TLB flushes and what else programs ask for\n"
			"  traffic     10 N, 20000   what each packet, request or wake-up needs\n"
			"A cost over --storm-share is a storm, too; so is a rise by --storm-rise,\n"
			"from 3/4 of the limit on. A storm that costs less than 1 % of CPU time\n"
			"is a NOTE, which --exit-code ignores.",
		.examples = "  ipitrace storm -d 5\n"
			    "  ipitrace storm -q --exit-code -d 60 || logger 'IPI storm'",
	},
	[COMMAND_ISOLATED] = {
		.name = "isolated",
		.summary = "do isolated CPUs stay quiet? Who disturbs them, what to do",
		.question =
			"Is this CPU quiet, and if not, who disturbs it, and how do I stop that?\n"
			"Judges the CPUs that the kernel isolates, or those of -c. Without\n"
			"--allow a single interruption fails.",
		.output =
			"columns:\n"
			"  stolen    time in which the CPU did something else\n"
			"  longest   longest such time at once\n"
			"  count     interruptions: csds, interrupts, soft interrupts, tasks\n"
			"  silence   longest time without an interruption\n"
			"The first lines say which setup will disturb these CPUs, and its cure.\n"
			"In advice LIST is these CPUs, OTHERS all other CPUs, MASK the hex mask\n"
			"of OTHERS, N the number of an interrupt or a queue, PID a task.\n"
			"\n"
			"status:\n"
			"  0  quiet\n"
			"  1  not quiet (5 with PROGRAM)\n"
			"  2  usage\n"
			"  3  cannot run: not root, no CPU is isolated or named, ...\n"
			"  4  failed, or no verdict: events lost, a CPU offline, or the run cut\n"
			"     short (by -d before PROGRAM ended, by a signal). -j: .verdict\n"
			"\n"
			"--allow counts an interruption under the first GLOB that matches its\n"
			"cause or function, else under the total (N, total=N). Causes (man\n"
			"ipitrace-isolated has all):\n"
			"  ipis        tlb_* membarrier text_patching rcu_expedited perf msr\n"
			"              wakeups fair_server nohz_full_kick nohz_balance signal\n"
			"              irq_work function\n"
			"  interrupts  tick* timer itimer posix_timer timerfd sleep watchdog\n"
			"              interrupt softirq_* timer_interrupt nmi posted_interrupt\n"
			"              thermal\n"
			"  tasks       task moved_task kernel_thread workqueue vmstat stopper\n"
			"              ksoftirqd",
		.examples = "  ipitrace isolated -d 30    the CPUs of isolcpus=, nohz_full=, cpusets\n"
			    "  ipitrace isolated -q -c 3 --only ipis --allow 'tlb_*=10' -d 60",
	},
	[COMMAND_RECORD] = {
		.name = "record",
		.summary = "write what happens to a file, for report",
		.question =
			"What happened while nobody looked? Writes windows, stalls and storms of\n"
			"a run to a file, until Ctrl-C, and with --trace each csd; ipitrace\n"
			"report shows the file. With --flight the last seconds stay in memory,\n"
			"and each incident gets a file.",
		.output =
			"file:\n"
			"  The JSON of summary, stalls, storm and trace, compressed by zstd in\n"
			"  frames of 1 MB: zstd -dc FILE | jq reads them. An old FILE becomes\n"
			"  FILE.old; - is stdout. A file that was cut off is read up to its last\n"
			"  whole frame: at most 5 s are lost.",
		.examples = "  ipitrace record -o night.zst -t 5ms    until Ctrl-C\n"
			    "  ipitrace record -d 10 -- make",
	},
	[COMMAND_REPORT] = {
		.name = "report",
		.summary = "show a file made by record",
		.question =
			"What did that run find? Shows a file of ipitrace record, without root:\n"
			"without a VIEW all windows as one, the worst stalls, the storms. --diff\n"
			"says what rose and what fell from A to B.",
		.output =
			"output:\n"
			"  VIEW is summary, hist, stalls, waits, storm or trace: what that\n"
			"  command had shown live; or calls, of all windows. --json writes the\n"
			"  lines of the file, with a VIEW only those of the VIEW.\n"
			"  -c, --src, --dst, -f and -p need the VIEW trace, stalls or waits: the\n"
			"  other views are sums of all csds.",
		.examples = "  ipitrace report night.zst --since 03:10 --until 03:20\n"
			    "  ipitrace report night.zst --html night.html",
		.operands = "FILE [VIEW]",
		.second = "--diff [OPTIONS] A B",
		.max_operands = 2,
		.no_program = true,
	},
	[COMMAND_TOP] = {
		.name = "top",
		.summary = "a live screen: sort, filter, go down to the stack",
		.question =
			"What goes on now, and why? Shows tables on a terminal; Enter goes down:\n"
			"from a function to callers and stack, from a CPU to who interrupts it.\n"
			"? shows the keys.",
		.output =
			"header:\n"
			"  stolen   handlers' time, % of all CPUs' time\n"
			"  waited   time that senders waited, % of all CPUs' time\n"
			"  own CPU  time of ipitrace itself, % of a CPU\n"
			"  lost     csds that could not be followed\n"
			"top keeps the last 5 minutes, to step back through; w writes them to\n"
			"FILE (-o).",
		.examples = "  ipitrace top                       until q\n"
			    "  ipitrace top -f 'flush_tlb*' -o flushes.zst",
		.no_program = true,
	},
	[COMMAND_IMPORT] = {
		.name = "import",
		.summary = "turn a file of perf, trace-cmd or ftrace into a capture",
		.question =
			"What does a file of another tracer say? Pairs the events of csds\n"
			"(csd:*, since Linux 6.5) and writes a capture, which ipitrace report\n"
			"shows; without root. FILE is text of tracefs, perf script or trace-cmd\n"
			"report; - is stdin. Several files are parts of the same run, in order.",
		.output =
			"file:\n"
			"  A file as of ipitrace record, with each csd. What FILE lacks is null:\n"
			"  waits, stacks, the type of a csd, the time of day. Csds whose events\n"
			"  are missing count as lost. ipitrace report FILE shows FILE at once.",
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
			"Can ipitrace run here, and what can ipitrace find out? Loads its\n"
			"programs once, and ends; status 3: ipitrace cannot run. --recipe loads\n"
			"nothing: it prints how to record on this kernel by tracefs, perf or\n"
			"trace-cmd, for ipitrace import.",
		.output =
			"columns:\n"
			"  ok, no     whether this kernel has the feature\n"
			"  NAME       the feature, and its use\n"
			"  below      how ipitrace uses the feature, or why it cannot\n"
			"  last line  whether ipitrace can run here",
		.examples = "  ipitrace check\n"
			    "  ipitrace check -j | jq '.features[] | select(.available | not)'",
		.no_program = true,
	},
	[COMMAND_PROVE] = {
		.name = "prove",
		.summary = "are the figures right here? Compares ipitrace with ftrace",
		.question =
			"Are ipitrace's figures right on this host? For -d (5 s) ftrace watches\n"
			"in an instance of its own, and each csd of ipitrace is compared with\n"
			"that of ftrace: sender, target, function, delay, handler; then\n"
			"functions, pairs of CPUs, interrupts by kind, and stalls.",
		.output =
			"status:\n"
			"  0  equal\n"
			"  1  not equal\n"
			"  2  usage\n"
			"  3  cannot run: not root, no csd tracepoints, ...\n"
			"  4  no verdict: ftrace lost events or was switched off, few csds, ...\n"
			"A file (-o) is for others to read: figures and machine, no names.",
		.examples = "  ipitrace prove                     on a host that has csds\n"
			    "  ipitrace prove -d 5 --load         on a host that idles",
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

void help__commands(void)
{
	puts("usage: ipitrace [COMMAND] [OPTIONS] [-- PROGRAM ARG...]\n"
	     "Shows which inter-processor interrupts hit a CPU, why, and their cost.\n\n"
	     "commands:");
	for (int i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s%s\n", command_texts[i].name, command_texts[i].summary,
		       i == COMMAND_SUMMARY ? " (default)" : "");
	puts("\ncommon options:");
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].common)
			option_print(&option_rows[i], NR_COMMANDS);
	puts("\nipitrace collects, runs PROGRAM, and ends when PROGRAM ends. Needs root.\n"
	     "ipitrace COMMAND --help lists all options. ipitrace 1 5 is -i 1 -d 5.");
}

void help__command(enum command_id command)
{
	const struct command_text *text = &command_texts[command];

	printf("usage: ipitrace %s [OPTIONS]%s%s%s\n", text->name, text->operands ? " " : "",
	       text->operands ? text->operands : "",
	       text->no_program ? "" : " [-- PROGRAM ARG...]");
	if (text->second)
		printf("       ipitrace %s %s\n", text->name, text->second);
	printf("%s\n\noptions:\n", text->question);
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].commands & 1U << command)
			option_print(&option_rows[i], command);
	printf("\n%s\n\nexamples:\n%s\n\nmore: man ipitrace-%s\n", text->output, text->examples,
	       text->name);
}

void help__version(void)
{
	puts("ipitrace " VERSION);
	puts("built for " BUILT_FOR " by gcc " __VERSION__ "; BPF programs by " BUILT_BPF);
	puts(BUILT_LINK ": " BUILT_LIBS);
}
