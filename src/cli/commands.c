// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "cli/options.h"

const struct command_text command_texts[NR_COMMANDS] = {
	[COMMAND_SUMMARY] = {
		.name = "summary",
		.summary = "what IPIs cost, who sends them; --calls: broadcasts",
		.question =
			"Which functions interrupt which CPUs, who sends them, and what do they cost?\n"
			"One report a window, until q or Ctrl-C; with -d alone one window. With PROGRAM\n"
			"one of its whole run (-i, -j: windows), of all senders; its own: --by sender.",
		.output =
			"columns:\n"
			"  WHO       a sender, as sampled; +2: two others were seen\n"
			"  PER S     csds a second: function calls queued to other CPUs\n"
			"  WAIT      senders' time in synchronous calls, as a share of all CPUs' time\n"
			"  STOLEN    handlers' time, as such a share; in a CPU's row, of its own time\n"
			"  RESCHED   reschedules that arrived; -: not known under a filter\n"
			"  LOST      csds that could not be followed: no delay and no run has them\n"
			"  DELAY     from the queueing on the sender to the function's entry\n"
			"  RUN       from the function's entry to its exit; !: the worst of the window\n"
			"  limit     csds/s to one CPU that are a storm, by how usual the cause is: see\n"
			"            ipitrace storm --help\n"
			"--full:\n"
			"  csds      those that have run; delay, handler: DELAY and RUN\n"
			"  waited    senders' time; sum: handlers' time\n"
			"  p50, p99  upper bounds, at most 25 % too high; mean and max are exact\n"
			"  via       the caller and its task, by sampled stacks: 5/7 is 5 of 7 samples\n"
			"  ledger    queued + carried over = ran + in flight + lost\n"
			"--calls: what a broadcast costs its sender, by call site, instead\n"
			"-j: by call site, in ns: p99 of delay and handler; sum, count, max of waits",
		.examples = "  ipitrace summary -d 10 -c 1        who interrupts CPU 1, in 10 seconds\n"
			    "  ipitrace summary --by sender -- make",
	},
	[COMMAND_HIST] = {
		.name = "hist",
		.summary = "histograms of delay, handler time and waits, by CPU",
		.question = "How are delay, handler time and senders' waits distributed on each CPU?\n"
			    "One report a window; with -d alone one window. With PROGRAM one of its whole\n"
			    "run (-i, -j: a window a second), in which all other senders count, too.",
		.output =
			"columns:\n"
			"  from .. to  a range of times, twice as long in each row\n"
			"  delay       csds to this CPU: from queueing to the function's entry\n"
			"  handler     functions on this CPU: from entry to exit\n"
			"  wait        this CPU's synchronous calls: what the sender waited\n"
			"--by, --kinds, --stacks and --self need --json.",
		.examples = "  ipitrace hist -d 5 --dst 2,3       what CPUs 2 and 3 get, in 5 seconds\n"
			    "  ipitrace hist -f 'flush_tlb*' -- make",
	},
	[COMMAND_TRACE] = {
		.name = "trace",
		.summary = "a record for each csd, a function call queued to a CPU",
		.question = "What happened, csd by csd? Each csd (a function call queued to a CPU) is one\n"
			    "record once it has run, in the order of queueing.",
		.output =
			"columns:\n"
			"  TIME      of the queueing, in seconds since ipitrace began\n"
			"  FROM, TO  the CPUs\n"
			"  CALL      the sender's synchronous call: csds of one call have one number\n"
			"  DELAY     from the queueing to the function's entry\n"
			"  HANDLER   from the function's entry to its exit\n"
			"  WAIT      the sender's: once a call, beside the csd that ended last\n"
			"  TASK      the task that ran on the sender",
		.examples = "  ipitrace trace -d 1 --min-delay 100us\n"
			    "  ipitrace trace -j -f flush_tlb_func -o trace.json -- make",
	},
	[COMMAND_STALLS] = {
		.name = "stalls",
		.summary = "what lasts longer than --threshold, while it lasts",
		.question =
			"Which CPU blocks whom, and why? Reports a stall within 10 ms of --threshold,\n"
			"and again, with the same number, when it is over. A stall is one of\n"
			"  delivery  a csd was queued, and its function does not begin\n"
			"  handler   a function runs on its CPU, and does not return\n"
			"  wait      a sender waits for the end of a synchronous call",
		.output = "fields:\n"
			  "  since, sender  when the stall began, who sent and from where\n"
			  "  target         the CPU and the task that it runs\n"
			  "  delay          of a delivery: up to the interrupt, then up to the function\n"
			  "  slept, stack   whether the function slept; where its CPU is or was\n"
			  "Of many alike the first are shown, and the others counted; -j has each.",
		.examples = "  ipitrace stalls -t 2ms             until Ctrl-C\n"
			    "  ipitrace stalls -d 60 -t 50us --phase handler --exit-code   a gate",
	},
	[COMMAND_WAITS] = {
		.name = "waits",
		.summary = "who waits for whom, now; reports once and ends",
		.question =
			"Who waits for whom? Reports as soon as a sender waits longer than --threshold,\n"
			"and ends. If no look catches one, says how many waits were longer.",
		.output =
			"output, a tree:\n"
			"  CPU N ...  what holds this CPU: a function, or interrupts that are off\n"
			"  - TASK     a sender that waits for that CPU: how long, for which function",
		.examples = "  ipitrace waits -t 500us -d 10      for at most 10 seconds\n"
			    "  ipitrace waits -j | jq .",
	},
	[COMMAND_SERVE] = {
		.name = "serve",
		.summary = "metrics for Prometheus, over HTTP or in a file; a live page",
		.question =
			"How do IPIs develop over time, and on many machines? Answers HTTP at --listen\n"
			"(/, a live page; /metrics, /healthz, /api/v1), or writes a file for\n"
			"node_exporter, until Ctrl-C.",
		.output =
			"metrics:\n"
			"  ipitrace_calls_total            csds by function and module\n"
			"  ipitrace_delay_seconds          from queueing to entry, by target\n"
			"  ipitrace_handler_seconds        from entry to exit, by target\n"
			"Counters and histograms grow from the start. Each metric has a HELP line.",
		.examples = "  ipitrace serve --listen 10.0.0.7:9464\n"
			    "  ipitrace serve --textfile /var/lib/prometheus/node-exporter",
	},
	[COMMAND_STORM] = {
		.name = "storm",
		.summary = "IPI storms by name: evidence, cost, what to do",
		.question =
			"Is there an IPI storm, what causes it, and what can be done? Reports a storm at\n"
			"the end of the second window that has it, and when it is over. (A window lasts\n"
			"-i; by default a second, or half of -d below -d 2.)",
		.output = "fields:\n"
			  "  function, rate  what storms, in csds/s, and why that is too much\n"
			  "  shape, sources  the CPUs; processes and call chains, by sampled stacks\n"
			  "  cost            time of handlers, and of senders that wait\n"
			  "  onset, advice   when it began, what else changed then; what to do\n"
			  "limit, in csds/s to one CPU: N (--storm-rate) times how usual the cause is:\n"
			  "  rare        N/40, 50      administration alone: modules, tracers, clocks\n"
			  "  occasional  N/10, 200     monitoring and maintenance\n"
			  "  common      N, 2000       load, but no program asks for it; unknown causes\n"
			  "  routine     4 N, 8000     TLB flushes and what else programs ask for\n"
			  "  traffic     10 N, 20000   for each packet, request or wake-up\n"
			  "A cost from --storm-share on is a storm at any rate, a rise from 3/4 of it.\n"
			  "Below 1 % of CPU time it is a NOTE, and sets off nothing.",
		.examples = "  ipitrace storm -d 5\n"
			    "  ipitrace storm -q --exit-code -d 60 || logger 'IPI storm'",
	},
	[COMMAND_ISOLATED] = {
		.name = "isolated",
		.summary = "a gate: is a CPU left alone? If not, by whom, and what to do",
		.question =
			"Is this CPU left alone, and if not, who breaks the silence, and how do I stop\n"
			"that? Judges the CPUs that the kernel isolates, or those of -c. Without --allow\n"
			"not one interruption is quiet.",
		.output =
			"columns:\n"
			"  stolen    time in which the CPU did something else; longest: at one time\n"
			"  count     interruptions: csds, interrupts, soft interrupts, other tasks\n"
			"  silence   the longest time without an interruption\n"
			"Above: what of the setup will disturb these CPUs, and how to change it.\n\n"
			"status:\n"
			"  0, 1  quiet, not quiet (5 with PROGRAM)\n"
			"  2, 3  usage; cannot run: no CPU is isolated and none named, not root, ...\n"
			"  4     failed; or not certain: events lost, a CPU offline, the run cut short\n"
			"        (by -d before PROGRAM, by a signal). -j: .verdict has it.\n\n"
			"--allow counts an interruption under the first GLOB that matches its cause or\n"
			"function, else under the total (N, total=N). Causes (the man page has all):\n"
			"  ipis        tlb_* membarrier text_patching rcu_expedited perf msr wakeups\n"
			"              fair_server nohz_full_kick nohz_balance signal irq_work function\n"
			"  interrupts  tick* timer itimer posix_timer timerfd sleep watchdog interrupt\n"
			"              softirq_* timer_interrupt nmi posted_interrupt thermal\n"
			"  tasks       task moved_task kernel_thread workqueue vmstat stopper ksoftirqd",
		.examples = "  ipitrace isolated -d 30           the CPUs of isolcpus=, nohz_full=, cpusets\n"
			    "  ipitrace isolated -q -c 3 --only ipis --allow 'tlb_*=10' -d 60",
	},
	[COMMAND_RECORD] = {
		.name = "record",
		.summary = "windows, stalls and storms into a file, for later",
		.question =
			"What happened while nobody looked? Writes windows, stalls and storms of one run\n"
			"to a file, until Ctrl-C, with --trace each csd; ipitrace report shows the file.\n"
			"With --flight the last seconds stay in memory, and each incident gets a file.",
		.output = "file:\n"
			  "  The JSON of summary, stalls, storm and trace, zstd-compressed in frames of\n"
			  "  1 MB: zstd -dc FILE | jq reads it. What was there is FILE.old; - is stdout.\n"
			  "  A file that was cut off reads up to its last whole frame: 5 s are lost.",
		.examples = "  ipitrace record -o night.zst -t 5ms    until Ctrl-C\n"
			    "  ipitrace record -d 10 -- make",
	},
	[COMMAND_REPORT] = {
		.name = "report",
		.summary = "what a file of record holds",
		.question = "What did that run find? Reads a file of ipitrace record, without root. Without\n"
			    "a VIEW: all windows as one, the worst stalls, the storms.",
		.output =
			"output:\n"
			"  VIEW is summary, hist, stalls, waits, storm or trace: what that command had\n"
			"  shown live, or calls: those of all windows. --json gives its lines back,\n"
			"  without a VIEW all lines.\n"
			"  --html and --perfetto draw it, for a browser and for Perfetto's viewer.\n"
			"  The filters need the view trace, stalls or waits: windows are sums.",
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
		.question = "What goes on now, and what is behind it? A screen of tables, on a terminal;\n"
			    "Enter goes down: function, callers, stack; CPU, who interrupts it; ? has more.",
		.output = "header:\n"
			  "  stolen, waited  handlers' and senders' time, as shares of all CPUs' time\n"
			  "  own CPU         ipitrace's own, of one CPU; lost: csds not followed\n"
			  "The last 5 minutes stay, to step back through; w writes them to FILE.",
		.examples = "  ipitrace top                       until q\n"
			    "  ipitrace top -f 'flush_tlb*' -o flushes.zst",
		.no_program = true,
	},
	[COMMAND_IMPORT] = {
		.name = "import",
		.summary = "what perf, trace-cmd or ftrace recorded, as a capture",
		.question =
			"What does a file of another tracer tell? Pairs the events of csds (csd:*, since\n"
			"Linux 6.5) and writes a capture, which ipitrace report shows; without root.\n"
			"FILE is text of tracefs, perf script or trace-cmd report; - is stdin. Several\n"
			"are parts of one run, in order.",
		.output = "file:\n"
			  "  As of ipitrace record, with each csd. What FILE lacks is null: waits, stacks,\n"
			  "  the type of a csd, the time of day. Where events are missing, csds\n"
			  "  are lost, and counted. ipitrace report FILE shows FILE at once.",
		.examples = "  ipitrace import trace.txt -o host.zst\n"
			    "  ipitrace import - -t 500us <trace.txt",
		.operands = "FILE...",
		.max_operands = 8,
		.no_program = true,
	},
	[COMMAND_CHECK] = {
		.name = "check",
		.summary = "what this kernel offers, and how ipitrace uses it",
		.question = "Can ipitrace run here, and what can it find out? Loads its programs once, and\n"
			    "ends; status 3: it cannot run. --recipe loads nothing: the line to run on this\n"
			    "kernel with tracefs, perf or trace-cmd, for ipitrace import.",
		.output = "columns:\n"
			  "  ok, no      whether this kernel has the feature\n"
			  "  NAME        the feature and what it is for\n"
			  "  below       how ipitrace uses it, or why it cannot",
		.examples = "  ipitrace check\n"
			    "  ipitrace check -j | jq '.features[] | select(.available | not)'",
		.no_program = true,
	},
	[COMMAND_PROVE] = {
		.name = "prove",
		.summary = "ipitrace beside ftrace: are the figures right here?",
		.question =
			"Are ipitrace's figures right on this host? For -d (5 s) ftrace watches in an\n"
			"instance of its own, and each csd of ipitrace's is compared with ftrace's:\n"
			"sender, target, function, delay, handler; then functions, pairs of CPUs,\n"
			"interrupts by kind, and stalls.",
		.output = "status:\n"
			  "  0, 1  equal, not equal\n"
			  "  2, 3  usage; cannot run: not root, no csd tracepoints, ...\n"
			  "  4     no verdict: ftrace lost events or was switched off, too few csds, ...\n"
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
	     "Shows which inter-processor interrupts hit which CPU, why, and what they cost.\n\n"
	     "commands:");
	for (int i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s%s\n", command_texts[i].name, command_texts[i].summary,
		       i == COMMAND_SUMMARY ? " (default)" : "");
	puts("\ncommon options:");
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].common)
			option_print(&option_rows[i], NR_COMMANDS);
	puts("\nPROGRAM starts once collection has begun; ipitrace ends with it. Needs root.\n"
	     "ipitrace COMMAND --help: all its options. ipitrace 1 5: as -i 1 -d 5.");
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
