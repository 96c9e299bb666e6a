// SPDX-License-Identifier: GPL-2.0
#include "cli/options.h"
#include "model/incident.h"
#include "model/metrics.h"

#define SUMMARY	  (1U << COMMAND_SUMMARY)
#define HIST	  (1U << COMMAND_HIST)
#define TRACE	  (1U << COMMAND_TRACE)
#define STALLS	  (1U << COMMAND_STALLS)
#define WAITS	  (1U << COMMAND_WAITS)
#define SERVE	  (1U << COMMAND_SERVE)
#define STORM	  (1U << COMMAND_STORM)
#define ISOLATED  (1U << COMMAND_ISOLATED)
#define RECORD	  (1U << COMMAND_RECORD)
#define REPORT	  (1U << COMMAND_REPORT)
#define TOP	  (1U << COMMAND_TOP)
#define CHECK	  (1U << COMMAND_CHECK)
#define IMPORT	  (1U << COMMAND_IMPORT)
#define PROVE	  (1U << COMMAND_PROVE)
#define ALL	  ((1U << NR_COMMANDS) - 1)
#define COLLECTS  (ALL & ~(CHECK | REPORT | IMPORT | PROVE))
#define CSDS	  (COLLECTS & ~ISOLATED)
#define FILES	  (RECORD | TOP | IMPORT)
#define SNAPSHOTS (SUMMARY | HIST | RECORD)

#define AT(member)   .offset = offsetof(struct options, member)
#define WORDS(names) .words = names, .nr_words = sizeof(names) / sizeof(*(names))

const char *const rank_names[NR_RANKS] = {
	[RANK_FUNCTION] = "function", [RANK_SENDER] = "sender", [RANK_VICTIM] = "victim",
	[RANK_CGROUP] = "cgroup",     [RANK_CPU] = "cpu",
};

/*
 * A command uses an option that changes any of its output formats: hist has --by, --kinds,
 * --stacks and --self in its JSON; waits has no heading that -q could leave out.
 */
const struct option_row option_rows[NR_OPTIONS] = {
	{ 'd', "duration", "SEC", "end after SEC seconds (default: Ctrl-C)", COLLECTS | PROVE,
	  OPTION_SECONDS, AT(duration), .common = true,
	  .own = { { WAITS, "end after SEC seconds (default 1)" },
		   { PROVE, "end after SEC seconds (default 5)" } } },
	{ 'i', "interval", "SEC", "a window every SEC seconds (default 1)",
	  SNAPSHOTS | SERVE | STORM | TOP | IMPORT, OPTION_SECONDS, AT(interval),
	  .own = { { SERVE, "make windows of SEC seconds (1; a file: 10)" } } },
	{ 'j', "json", NULL, "one JSON object a line on stdout", ALL & ~(SERVE | TOP), OPTION_FLAG,
	  AT(json), .common = true },
	{ 'q', "quiet", NULL, "nothing but the data, no headings or notices",
	  (COLLECTS & ~(WAITS | TOP)) | REPORT | IMPORT, OPTION_FLAG, AT(quiet),
	  .own = { { ISOLATED, "the verdict alone" } } },
	{ 'c', "cpus", "LIST", "only csds from or to these CPUs: 0,2-5", COLLECTS | REPORT,
	  OPTION_CPUS, AT(cpus), .common = true,
	  .own = { { ISOLATED, "the CPUs that are judged: 2-5 (default: isolated)" } } },
	{ 0, "src", "LIST", "only csds from these CPUs", CSDS | REPORT, OPTION_CPUS, AT(src) },
	{ 0, "dst", "LIST", "only csds to these CPUs", CSDS | REPORT, OPTION_CPUS, AT(dst) },
	{ 'f', "func", "GLOB", "only functions that match: 'flush_tlb*,ipi_mb'", CSDS | REPORT,
	  OPTION_GLOBS, AT(func) },
	{ 'p', "pid", "PID", "only what this process sends, in task context", CSDS | REPORT,
	  OPTION_WHOLE, AT(pid), .min = 1, .max = INT32_MAX, .noun = " of a process" },
	{ 't', "threshold", "TIME", "a stall lasts longer: 500us, 2ms (default 1ms)",
	  STALLS | WAITS | SERVE | RECORD | TOP | IMPORT | PROVE, OPTION_TIME, AT(threshold) },
	{ 0, "phase", "PHASES", "judge delivery, handler, wait or interrupt", STALLS, OPTION_WORDS,
	  AT(phases), WORDS(phase_names) },
	{ 0, "backtrace", "TIME", "after TIME (10ms) the stuck CPU's stack, by NMI",
	  STALLS | RECORD, OPTION_TIME, AT(backtrace), .preset = BACKTRACE_DEFAULT },
	{ 0, "exit-code", NULL, "status 1 (5 with --) if something was found",
	  STALLS | WAITS | STORM | REPORT, OPTION_FLAG, AT(exit_code),
	  .own = { { REPORT, "with --diff: exit with 1 if a figure rose" } } },
	{ 0, "vmcore", "FILE", "of a kernel's dump: ELF, kdump-compressed", WAITS, OPTION_TEXT,
	  AT(vmcore) },
	{ 0, "btf", "FILE", "the dump's vmlinux, where the dump has no BTF", WAITS, OPTION_TEXT,
	  AT(btf) },
	{ 0, "by", "KEY", "rank by function, sender, victim, cgroup or cpu", SNAPSHOTS | TOP,
	  OPTION_WORD, AT(by), WORDS(rank_names) },
	{ 0, "calls", NULL, "what calls cost their senders, by call site", SUMMARY, OPTION_FLAG,
	  AT(calls) },
	{ 0, "kinds", NULL, "follow the interrupts themselves; costs more", SNAPSHOTS | TOP,
	  OPTION_FLAG, AT(all_kinds) },
	{ 0, "stacks", NULL, "show the sampled call stacks whole", SNAPSHOTS | TRACE, OPTION_FLAG,
	  AT(stacks) },
	{ 0, "no-user", NULL, "stacks end at the kernel: look into no process",
	  SUMMARY | STORM | RECORD | TOP, OPTION_FLAG, AT(no_user) },
	{ 0, "self", NULL, "what ipitrace costs; measuring adds to the cost", SNAPSHOTS,
	  OPTION_FLAG, AT(self) },
	{ 0, "full", NULL, "show percentiles, who to whom, ledger", SUMMARY, OPTION_FLAG,
	  AT(full) },
	{ 0, "scroll", NULL, "reports one below the other, not in place", SUMMARY, OPTION_FLAG,
	  AT(scroll) },
	{ 0, "kind", "KINDS", "of call_function (default), reschedule, irq_work", TRACE | RECORD,
	  OPTION_WORDS, AT(record_kinds), WORDS(kind_names) },
	{ 0, "min-delay", "TIME", "only csds delivered this late or later: 50us", TRACE | RECORD,
	  OPTION_TIME, AT(min_delay) },
	{ 0, "min-handler", "TIME", "only csds that ran this long or longer: 50us", TRACE | RECORD,
	  OPTION_TIME, AT(min_handler) },
	{ 0, "min-wait", "TIME", "only csds that end a wait this long: 50us", TRACE | RECORD,
	  OPTION_TIME, AT(min_wait) },
	{ 0, "buffer", "N", "records in each CPU's buffer, at least 1024", TRACE | RECORD,
	  OPTION_WHOLE, AT(buffer), .min = BUFFER_MIN, .max = BUFFER_MAX, .power_of_two = true,
	  .noun = " of records" },
	{ 0, "listen", "ADDR:PORT", "where to listen (default 127.0.0.1:9464)", SERVE, OPTION_TEXT,
	  AT(listen) },
	{ 0, "host", "NAME", "the page's host has this name, too: a,b", SERVE, OPTION_TEXT,
	  AT(host) },
	{ 0, "textfile", "DIR", "write DIR/ipitrace.prom every -i (10 s)", SERVE, OPTION_TEXT,
	  AT(textfile) },
	{ 0, "events", NULL, "stalls and storms as JSON lines on stdout, too", SERVE, OPTION_FLAG,
	  AT(events) },
	{ 0, "details", NULL, "names, too: tasks, cgroups; host and modules", SERVE | PROVE,
	  OPTION_FLAG, AT(details) },
	{ 0, "no-page", NULL, "metrics alone: neither / nor /api, nor their cost", SERVE,
	  OPTION_FLAG, AT(no_page) },
	{ 0, "series", "N", "series of one scrape, at most (default 600)", SERVE, OPTION_WHOLE,
	  AT(series), .min = SERIES_LEAST, .max = SERIES_MOST },
	{ 0, "per-cpu", NULL, "series for each CPU, however many that are", SERVE, OPTION_FLAG,
	  AT(per_cpu) },
	{ 0, "max-functions", "N", "functions with series of their own (default 128)", SERVE,
	  OPTION_WHOLE, AT(max_functions), .min = 1, .max = MAX_FUNCTIONS_MOST },
	{ 0, "storm-rate", "N", "storm from N/40 to 10N csds/s a CPU (default 2000)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_rate) },
	{ 0, "storm-share", "PERCENT", "share of CPU time that is a storm (default 5)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_share) },
	{ 0, "storm-rise", "FACTOR", "rise over the baseline that is one (default 8)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_rise) },
	{ 0, "allow", "N", "N are quiet; GLOB=N,...: of a cause or function", ISOLATED,
	  OPTION_ALLOW, AT(gate) },
	{ 0, "only", "GROUPS", "judge these alone: ipis, interrupts, tasks", ISOLATED, OPTION_WORDS,
	  AT(gate.only), WORDS(group_names) },
	{ 0, "max-interruption", "TIME", "none may be longer, either: 20us", ISOLATED, OPTION_TIME,
	  AT(gate.max_interruption) },
	{ 'o', "output", "FILE", "the data go there, not to stdout", ALL, OPTION_TEXT, AT(output),
	  .own = { { FILES, "the file to write (ipitrace.ndjson.zst; top: none)" } } },
	{ 0, "trace", NULL, "a record for each csd, too", RECORD, OPTION_FLAG, AT(trace) },
	{ 0, "max-size", "SIZE", "keep the last of it: 256m, 2g; at least 4m", RECORD, OPTION_SIZE,
	  AT(max_size) },
	{ 0, "flight", "SPAN[,SIZE]", "the last 10s in memory (64m); files when told", RECORD,
	  OPTION_FLIGHT, AT(flight) },
	{ 0, "on", "COND", "write at stall[:TIME], storm or delay:TIME", RECORD, OPTION_ON,
	  AT(flight.on) },
	{ 0, "max-files", "N", "keep the last N files (default 10)", RECORD, OPTION_WHOLE,
	  AT(flight.max_files), .min = 1, .max = FLIGHT_FILES_MAX, .noun = " of files" },
	{ 0, "keep", "COUNT,SIZE,AGE", "earlier runs' files too: 20,512m,14d", RECORD, OPTION_KEEP,
	  AT(flight.keep) },
	{ 0, "exec", "CMD", "run it for each file: $IPITRACE_FILE", RECORD, OPTION_GLOB,
	  AT(flight.exec) },
	{ 0, "signal", "PID", "send SIGUSR1 there when it happens", RECORD, OPTION_WHOLE,
	  AT(flight.signal), .min = 1, .max = INT32_MAX, .noun = " of a process" },
	{ 0, "exit", NULL, "end with the first file", RECORD, OPTION_FLAG, AT(flight.exit) },
	{ 0, "html", "FILE", "write a page: pictures and tables, no network", REPORT, OPTION_TEXT,
	  AT(html) },
	{ 0, "perfetto", "FILE", "write a timeline for ui.perfetto.dev", REPORT, OPTION_TEXT,
	  AT(perfetto) },
	{ 0, "limit", "N", "csds that the timeline shows (default 1000000)", REPORT, OPTION_WHOLE,
	  AT(limit), .min = 1, .max = UINT32_MAX, .noun = " of csds" },
	{ 0, "folded", NULL, "csds by stack, a line each, for flame graphs", SUMMARY | REPORT,
	  OPTION_FLAG, AT(folded) },
	{ 0, "diff", NULL, "compare files A and B: what rose, what fell", REPORT, OPTION_FLAG,
	  AT(diff) },
	{ 0, "tolerance", "PERCENT", "a smaller change is none (default 10)", REPORT, OPTION_NUMBER,
	  AT(tolerance) },
	{ 0, "since", "TIME", "from then on: 60, -10m (of the end), 03:10, a date", REPORT,
	  OPTION_REPORT_TIME, AT(since) },
	{ 0, "until", "TIME", "up to then, in the same forms", REPORT, OPTION_REPORT_TIME,
	  AT(until) },
	{ 0, "recipe", NULL, "the lines that record here for ipitrace import", CHECK, OPTION_FLAG,
	  AT(recipe) },
	{ 0, "housekeeping", "LIST", "run ipitrace itself on these CPUs only", COLLECTS | PROVE,
	  OPTION_CPUS, AT(housekeeping) },
	{ 0, "ready-file", "PATH", "create PATH once collection has begun", COLLECTS | PROVE,
	  OPTION_TEXT, AT(ready_file) },
	{ 0, "load", NULL, "make csds: ipiload's loads, one after the other", PROVE, OPTION_FLAG,
	  AT(load) },
	{ 'v', "verbose", NULL, "libbpf's messages on stderr", ALL & ~(REPORT | IMPORT),
	  OPTION_FLAG, AT(verbose) },
	{ 'h', "help", NULL, "this text", ALL, OPTION_FLAG, AT(help), .common = true },
	{ 'V', "version", NULL, "the version", ALL, OPTION_FLAG, AT(version), .common = true },
};

const char *option__help(const struct option_row *row, enum command_id command)
{
	for (int i = 0; command < NR_COMMANDS && i < OWN_TEXTS; i++)
		if (row->own[i].commands >> command & 1)
			return row->own[i].help;
	return row->help;
}
