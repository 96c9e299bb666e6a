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
#define SNAPSHOTS (SUMMARY | HIST | RECORD)
#define GATES	  (STALLS | WAITS | STORM | ISOLATED | REPORT)

#define AT(member)   .offset = offsetof(struct options, member)
#define WORDS(names) .words = names, .nr_words = sizeof(names) / sizeof(*(names))

const char *const rank_names[NR_RANKS] = {
	[RANK_FUNCTION] = "function", [RANK_SENDER] = "sender", [RANK_VICTIM] = "victim",
	[RANK_CGROUP] = "cgroup",     [RANK_CPU] = "cpu",
};

const char *const colour_names[NR_COLOURS] = {
	[COLOUR_AUTO] = "auto",
	[COLOUR_ALWAYS] = "always",
	[COLOUR_NEVER] = "never",
};

/*
 * A command uses an option if the option changes any of its output formats: hist has --by, --kinds,
 * --stacks and --self in its JSON; waits has no heading that -q could leave out.
 */
const struct option_row option_rows[NR_OPTIONS] = {
	{ 'd', "duration", "SEC", "end after SEC seconds (default: at Ctrl-C)", COLLECTS | PROVE,
	  OPTION_SECONDS, AT(duration), .common = true,
	  .own = { { WAITS, "end after SEC seconds (default 1 s)" },
		   { PROVE, "end after SEC seconds (default 5 s)" },
		   { TOP, "quit after SEC seconds (default: at q)" } },
	  .group = "window" },
	{ 'i', "interval", "SEC", "sum figures over SEC seconds (default 1 s)",
	  SNAPSHOTS | SERVE | STORM | TOP | IMPORT, OPTION_SECONDS, AT(interval),
	  .own = { { SUMMARY | HIST, "report every SEC seconds (default 1 s)" },
		   { SERVE, "sum over SEC s (default 1 s, textfile 10 s)" },
		   { TOP, "update every SEC seconds (default 1 s)" } } },
	{ 0, "since", "TIME", "begin at TIME: 60, -10min, 03:10, a date", REPORT,
	  OPTION_REPORT_TIME, AT(since) },
	{ 0, "until", "TIME", "end at TIME, in the forms of --since", REPORT, OPTION_REPORT_TIME,
	  AT(until) },
	{ 'c', "cpus", "LIST", "follow csds from or to LIST, e.g. 0,2-5", COLLECTS | REPORT,
	  OPTION_CPUS, AT(cpus), .common = true,
	  .own = { { ISOLATED, "judge LIST (default: the isolated CPUs)" },
		   { REPORT, "show csds from or to LIST, e.g. 0,2-5" } },
	  .group = "filters" },
	{ 0, "src", "LIST", "follow only csds from these CPUs", CSDS | REPORT, OPTION_CPUS, AT(src),
	  .own = { { REPORT, "show only csds from these CPUs" } } },
	{ 0, "dst", "LIST", "follow only csds to these CPUs", CSDS | REPORT, OPTION_CPUS, AT(dst),
	  .own = { { REPORT, "show only csds to these CPUs" } } },
	{ 'f', "func", "GLOB", "follow functions like 'flush_tlb*,ipi_mb'", CSDS | REPORT,
	  OPTION_GLOBS, AT(func),
	  .own = { { REPORT, "show functions like 'flush_tlb*,ipi_mb'" } } },
	{ 'p', "pid", "PID", "follow only csds that process PID sends", CSDS | REPORT, OPTION_WHOLE,
	  AT(pid), .min = 1, .max = INT32_MAX, .noun = "a PID",
	  .own = { { REPORT, "show only csds that process PID sent" } } },
	{ 0, "kind", "KINDS", "write only KINDS, e.g. reschedule,irq_work", TRACE | RECORD,
	  OPTION_WORDS, AT(record_kinds), WORDS(kind_names),
	  .own = { { RECORD, "with --trace: write KINDS, e.g. reschedule" } } },
	{ 0, "min-delay", "TIME", "write csds delayed TIME or more, e.g. 50us", TRACE | RECORD,
	  OPTION_TIME, AT(min_delay),
	  .own = { { RECORD, "with --trace: write csds delayed >= TIME" } } },
	{ 0, "min-handler", "TIME", "write csds that ran TIME or more, e.g. 50us", TRACE | RECORD,
	  OPTION_TIME, AT(min_handler),
	  .own = { { RECORD, "with --trace: write csds that ran >= TIME" } } },
	{ 0, "min-wait", "TIME", "write csds that end a wait of TIME or more", TRACE | RECORD,
	  OPTION_TIME, AT(min_wait),
	  .own = { { RECORD, "with --trace: write ends of waits >= TIME" } } },
	{ 0, "phase", "PHASES", "report only these phases, e.g. wait,handler", STALLS, OPTION_WORDS,
	  AT(phases), WORDS(phase_names) },
	{ 0, "only", "GROUPS", "judge only GROUPS: ipis, interrupts, tasks", ISOLATED, OPTION_WORDS,
	  AT(gate.only), WORDS(group_names) },
	{ 0, "by", "KEY", "rank by function|sender|victim|cgroup|cpu", SNAPSHOTS | TOP, OPTION_WORD,
	  AT(by), WORDS(rank_names),
	  .own = { { HIST | RECORD, "add a table by sender, victim or cgroup" },
		   { TOP, "count by sender, victim or cgroup" } },
	  .group = "figures and limits" },
	{ 0, "calls", NULL, "show how long senders wait, by call site", SUMMARY, OPTION_FLAG,
	  AT(calls) },
	{ 0, "kinds", NULL, "measure every kind of interrupt; costs more", SNAPSHOTS | TOP,
	  OPTION_FLAG, AT(all_kinds) },
	{ 0, "trace", NULL, "write a record for each csd, too", RECORD, OPTION_FLAG, AT(trace) },
	{ 0, "stacks", NULL, "show senders' sampled call stacks in full", SNAPSHOTS | TRACE,
	  OPTION_FLAG, AT(stacks),
	  .own = { { HIST | RECORD, "write senders' sampled call stacks in full" },
		   { TRACE, "show the sender's stack of each record" } } },
	{ 0, "backtrace", "TIME", "add the stack of CPUs stuck for TIME (10ms)", STALLS | RECORD,
	  OPTION_TIME, AT(backtrace), .preset = BACKTRACE_DEFAULT },
	{ 0, "no-user", NULL, "leave user functions out of call stacks",
	  SUMMARY | STORM | RECORD | TOP, OPTION_FLAG, AT(no_user) },
	{ 0, "self", NULL, "measure ipitrace's own cost; costs more", SNAPSHOTS, OPTION_FLAG,
	  AT(self) },
	{ 0, "full", NULL, "show percentiles, pairs of CPUs, a ledger", SUMMARY, OPTION_FLAG,
	  AT(full) },
	{ 0, "vmcore", "FILE", "read a kernel dump, not the live kernel", WAITS, OPTION_TEXT,
	  AT(vmcore) },
	{ 0, "btf", "FILE", "read BTF from FILE, if the dump has none", WAITS, OPTION_TEXT,
	  AT(btf) },
	{ 0, "diff", NULL, "compare files A and B: what rose, what fell", REPORT, OPTION_FLAG,
	  AT(diff) },
	{ 0, "load", NULL, "run loads of ipiload, which send IPIs", PROVE, OPTION_FLAG, AT(load) },
	{ 't', "threshold", "TIME", "report stalls over TIME (default 1ms)",
	  STALLS | WAITS | SERVE | RECORD | TOP | IMPORT | PROVE, OPTION_TIME, AT(threshold),
	  .own = { { WAITS, "report a wait over TIME (default 1ms)" },
		   { SERVE, "count stalls of TIME or more (default 1ms)" },
		   { PROVE, "compare stalls over TIME (default 1ms)" } } },
	{ 0, "storm-rate", "N", "set the base of storm limits (2000 csds/s)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_rate) },
	{ 0, "storm-share", "PERCENT", "report storms over PERCENT of CPU time (5%)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_share) },
	{ 0, "storm-rise", "FACTOR", "report storms if a rate grew by FACTOR (8)",
	  STORM | RECORD | TOP | SERVE | IMPORT, OPTION_NUMBER, AT(storm_rise) },
	{ 0, "allow", "[GLOB=]N", "tolerate N interruptions (that match GLOB)", ISOLATED,
	  OPTION_ALLOW, AT(gate) },
	{ 0, "max-interruption", "TIME", "tolerate none longer than TIME, e.g. 20us", ISOLATED,
	  OPTION_TIME, AT(gate.max_interruption) },
	{ 0, "tolerance", "PERCENT", "ignore changes below PERCENT (default 10%)", REPORT,
	  OPTION_NUMBER, AT(tolerance) },
	{ 0, "exit-code", NULL, "exit 1 on a stall, or 5 with PROGRAM",
	  STALLS | WAITS | STORM | REPORT, OPTION_FLAG, AT(exit_code),
	  .own = { { WAITS, "exit 1 on a wait, or 5 with PROGRAM" },
		   { STORM, "exit 1 on a storm, or 5 with PROGRAM" },
		   { REPORT, "with --diff: exit 1 on a rise, 4 if unsure" } } },
	{ 0, "tap", NULL, "print pass or fail in TAP format, for CI", GATES, OPTION_FLAG, AT(tap),
	  .own = { { REPORT, "with --diff: print pass or fail as TAP" } } },
	{ 'j', "json", NULL, "write JSON to stdout, one object per line", ALL & ~(SERVE | TOP),
	  OPTION_FLAG, AT(json), .common = true,
	  .own = { { RECORD | IMPORT, "also write the JSON to stdout" },
		   { ISOLATED | CHECK | WAITS | PROVE, "write one JSON object to stdout" } },
	  .group = "output" },
	{ 0, "keys", "KEYS", "with -j: write only KEYS, e.g. func,delay", TRACE | REPORT,
	  OPTION_KEYS, AT(keys),
	  .own = { { REPORT, "with -j: write only KEYS of the VIEW trace" } } },
	{ 'q', "quiet", NULL, "print only the data, no headings or notices",
	  (COLLECTS & ~(WAITS | TOP)) | REPORT | IMPORT, OPTION_FLAG, AT(quiet),
	  .own = { { ISOLATED, "print only the verdict" },
		   { SERVE, "do not print the listen address" } } },
	{ 'o', "output", "FILE", "write the data to FILE, not to stdout", ALL, OPTION_NONEMPTY,
	  AT(output),
	  .own = { { RECORD | IMPORT, "write FILE (default ipitrace.ndjson.zst)" },
		   { SERVE, "with --events: write its lines to FILE" },
		   { TOP, "let the key w write a capture to FILE" } } },
	{ 0, "recipe", NULL, "print commands that record without ipitrace", CHECK, OPTION_FLAG,
	  AT(recipe) },
	{ 0, "max-size", "SIZE", "keep the newest SIZE, 4m or more, e.g. 2g", RECORD, OPTION_SIZE,
	  AT(max_size) },
	{ 0, "buffer", "N", "buffer N records for each CPU, 1024 or more", TRACE | RECORD,
	  OPTION_WHOLE, AT(buffer),
	  .own = { { RECORD, "with --trace: buffer N records for each CPU" } }, .min = BUFFER_MIN,
	  .max = BUFFER_MAX, .power_of_two = true, .noun = "a number of records" },
	{ 0, "color", "WHEN", "show colours: auto, always or never", ALL, OPTION_WORD, AT(colour),
	  WORDS(colour_names) },
	{ 0, "scroll", NULL, "print each report below the one before", SUMMARY, OPTION_FLAG,
	  AT(scroll) },
	{ 0, "folded", NULL, "print csd counts by stack for flame graphs", SUMMARY | REPORT,
	  OPTION_FLAG, AT(folded) },
	{ 0, "html", "FILE", "write an HTML page, which needs no network",
	  SUMMARY | REPORT | RECORD, OPTION_NONEMPTY, AT(html),
	  .own = { { SUMMARY | RECORD, "write an HTML page of the run, too" } } },
	{ 0, "perfetto", "FILE", "write a timeline for ui.perfetto.dev", REPORT | RECORD,
	  OPTION_NONEMPTY, AT(perfetto),
	  .own = { { RECORD, "with --trace: write a timeline for Perfetto" } } },
	{ 0, "limit", "N", "draw at most N csds in --perfetto (1000000)", REPORT, OPTION_WHOLE,
	  AT(limit), .min = 1, .max = UINT32_MAX, .noun = "a number of csds" },
	{ 0, "events", NULL, "write stalls and storms as JSON to stdout", SERVE, OPTION_FLAG,
	  AT(events) },
	{ 0, "details", NULL, "show names of tasks and cgroups on the page", SERVE | PROVE,
	  OPTION_FLAG, AT(details),
	  .own = { { PROVE, "keep the names of host and modules in FILE" } } },
	{ 0, "flight", "SPAN[,SIZE]", "keep the last SPAN in memory, e.g. 10s,64m", RECORD,
	  OPTION_FLIGHT, AT(flight), .group = "flight recorder, writes a file at each incident" },
	{ 0, "on", "COND", "write at stall[:TIME], storm or delay:TIME", RECORD, OPTION_ON,
	  AT(flight.on) },
	{ 0, "max-files", "N", "keep the last N files (default 10)", RECORD, OPTION_WHOLE,
	  AT(flight.max_files), .min = 1, .max = FLIGHT_FILES_MAX, .noun = "a number of files" },
	{ 0, "keep", "COUNT,SIZE,AGE", "limit files of all runs, e.g. 20,512m,14d", RECORD,
	  OPTION_KEEP, AT(flight.keep) },
	{ 0, "exec", "CMD", "run CMD for each file ($IPITRACE_FILE)", RECORD, OPTION_NONEMPTY,
	  AT(flight.exec) },
	{ 0, "signal", "PID", "send PID SIGUSR1 at each incident", RECORD, OPTION_WHOLE,
	  AT(flight.signal), .min = 1, .max = INT32_MAX, .noun = "a PID" },
	{ 0, "exit", NULL, "end after the first file", RECORD, OPTION_FLAG, AT(flight.exit) },
	{ 0, "listen", "ADDR:PORT", "listen at ADDR:PORT (127.0.0.1:9464)", SERVE, OPTION_TEXT,
	  AT(listen), .group = "server" },
	{ 0, "host", "NAME", "accept NAME in URLs of the page, e.g. a,b", SERVE, OPTION_TEXT,
	  AT(host) },
	{ 0, "textfile", "DIR", "write DIR/ipitrace.prom every -i (10 s)", SERVE, OPTION_TEXT,
	  AT(textfile) },
	{ 0, "no-page", NULL, "serve only metrics, not / and /api", SERVE, OPTION_FLAG,
	  AT(no_page) },
	{ 0, "series", "N", "serve at most N time series (default 600)", SERVE, OPTION_WHOLE,
	  AT(series), .min = SERIES_LEAST, .max = SERIES_MOST },
	{ 0, "per-cpu", NULL, "serve series for each CPU, without a limit", SERVE, OPTION_FLAG,
	  AT(per_cpu) },
	{ 0, "max-functions", "N", "serve series of N functions (default 128)", SERVE, OPTION_WHOLE,
	  AT(max_functions), .min = 1, .max = MAX_FUNCTIONS_MOST },
	{ 0, "housekeeping", "LIST", "run ipitrace itself only on these CPUs", COLLECTS | PROVE,
	  OPTION_CPUS, AT(housekeeping), .group = "ipitrace itself" },
	{ 0, "ready-file", "PATH", "create PATH once collection has begun", COLLECTS | PROVE,
	  OPTION_NONEMPTY, AT(ready_file) },
	{ 'v', "verbose", NULL, "print libbpf's messages on stderr", ALL & ~(REPORT | IMPORT),
	  OPTION_FLAG, AT(verbose) },
	{ 'h', "help", NULL, "print this help", ALL, OPTION_FLAG, AT(help), .common = true },
	{ 'V', "version", NULL, "print the version", ALL, OPTION_FLAG, AT(version),
	  .common = true },
};

const struct option_rule option_rules[NR_OPTION_RULES] = {
	{ GATES, "tap", .excludes = "json quiet" },
	/* --folded prints stacks with their counts, --calls what calls cost, and nothing else. */
	{ SUMMARY, "folded", .excludes = "json calls by kinds stacks self full scroll" },
	{ SUMMARY, "calls", .excludes = "by kinds stacks self full scroll" },
	/* --json has what --full has, and --full is longer than a screen. */
	{ SUMMARY, "json", .excludes = "full scroll" },
	{ SUMMARY, "full", .excludes = "scroll" },
	/* Only the JSON of hist has these tables and stacks. */
	{ HIST, "by kinds stacks self", .needs = "json",
	  .hint = "ipitrace summary shows it as text" },
	{ TRACE, "keys", .needs = "json" },
	{ WAITS, "btf", .needs = "vmcore", .hint = "this machine's kernel has its own BTF" },
	{ WAITS, "vmcore", .excludes = "PROGRAM duration threshold housekeeping ready-file",
	  .hint = "a dump shows one moment" },
	{ RECORD, "on exec signal exit max-files", .needs = "flight" },
	{ RECORD, "keep", .needs = "flight",
	  .hint = "without it --max-size SIZE keeps the newest part of the run" },
	{ RECORD, "flight", .excludes = "json" },
	{ RECORD, "flight", .excludes = "max-size",
	  .hint = "--flight SPAN,SIZE limits the memory, --max-files the files" },
	{ RECORD, "flight", .excludes = "html perfetto",
	  .hint = "ipitrace report draws each of its files" },
	{ RECORD, "max-files", .excludes = "keep", .hint = "--keep limits the files, too" },
	{ RECORD, "kind min-delay min-handler min-wait buffer perfetto", .needs = "trace",
	  .unless = "flight" },
	{ SERVE, "details host", .excludes = "no-page", .hint = "only the page uses it" },
	{ SERVE, "details host", .excludes = "textfile", .unless = "listen",
	  .hint = "only the page uses it: add --listen" },
	{ SERVE, "output", .needs = "events", .hint = "FILE gets its lines" },
	{ SERVE, "series", .excludes = "per-cpu", .hint = "--per-cpu has no limit" },
	{ CHECK, "recipe", .excludes = "json", .hint = "its lines are for a shell" },
};

const char *option__help(const struct option_row *row, enum command_id command)
{
	for (int i = 0; command < NR_COMMANDS && i < OWN_TEXTS; i++)
		if (row->own[i].commands >> command & 1)
			return row->own[i].help;
	return row->help;
}
