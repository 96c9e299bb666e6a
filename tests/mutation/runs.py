# SPDX-License-Identifier: GPL-2.0
"""The runs of tests/mutation/random that were kept: docs/mutations.md has them as a table."""
import collections

# The seed, how many slips, of which files (all: ""); of those with other machine code that the compiler took:
# killed, survived; what became of the survivors: noticed by a test that was then added, without a difference
# (mutants.EQUAL), left.
Run = collections.namedtuple("Run", "seed number paths killed survived noticed equal left")

RUNS = [
    Run(1, 90, "", 42, 37, 25, 4, 8),
    Run(2, 80, "", 29, 27, 13, 1, 13),
    Run(3, 120, "", 61, 27, 19, 5, 3),
    Run(4, 120, "", 60, 29, 12, 6, 11),
]

# The slips that are left: seed, file of src/, right, wrong, and why no test notices. "{ }": it is left out.
Left = collections.namedtuple("Left", "seed file right wrong why")

LEFT = [
    Left(1, "base/privileges.c", "return -errno;",
         "return errno;",
         "prctl() does not fail there"),
    Left(1, "run/clerk_work.c", "fail(EXIT_FAILED, \"--exec: %s\", strerror(errno));",
         "fail(EXIT_FAILED, strerror(errno), \"--exec: %s\");",
         "only if fork() fails"),
    Left(1, "view/html/page.c", "int err = longest ? 0 : -ENOMEM;",
         "int err = longest ? 0 : ENOMEM;",
         "only without memory"),
    Left(1, "host/user/namer.c", "const struct elf_image *elf = find_file(ctx, addr, true, &vaddr);",
         "const struct elf_image *elf = find_file(ctx, true, addr, &vaddr);",
         "needs a process that is in a system call"),
    Left(1, "command/record.c", "r->progress.bytes = r->file.bytes[0] + r->file.bytes[1];",
         "r->progress.bytes = r->file.bytes[0] - r->file.bytes[1];",
         "no unit test has the line of progress"),
    Left(1, "command/report_work.c", "if (record->type == LINE_CAPTURE || storm->storm.note)",
         "if (record->type != LINE_CAPTURE || storm->storm.note)",
         "no unit test compares files with storms"),
    Left(1, "collect/kcore/queues/senders.c", "for (size_t i = 0; i < m->nr_running; i++) {",
         "for (size_t i = 1; i < m->nr_running; i++) {",
         "needs a csd that is found twice, running and on a stack"),
    Left(1, "view/perfetto/packets.c", "p->err = -ENOMEM;",
         "p->err = ENOMEM;",
         "only without memory"),
    Left(2, "host/user/images.c", "close(fd);",
         "{ }",
         "nobody counts the reader's descriptors"),
    Left(2, "prove/csds.c", "if (news == PAIR_LOCAL)",
         "if (!(news == PAIR_LOCAL))",
         "no unit test has the file; e2e/prove.t runs it"),
    Left(2, "collect/probe.c", "places->steal_clock = at - queue;",
         "places->steal_clock = at + queue;",
         "needs a kernel's runqueues; e2e/steal.t has them"),
    Left(2, "view/capture/parse.c", "free(copy);",
         "{ }",
         "only if tsearch() has no memory"),
    Left(2, "host/user/frame_table.c", "*common = (struct common){ .encoding = AS_IS };",
         "{ }",
         "the caller's struct is 0 by chance"),
    Left(2, "prove/json.c", "json_decref(counts);",
         "{ }",
         "no unit test has the file; e2e/prove.t runs it"),
    Left(2, "collect/probe.c", "for (uint32_t id = btf__type_cnt(btf) - 1; id; id--) {",
         "for (uint32_t id = btf__type_cnt(btf) - 2; id; id--) {",
         "the last type of a BTF is not the one that is searched"),
    Left(2, "host/user/images.c", "for (struct image *image = images->images; image < images->images + IMAGES; image++)",
         "for (struct image *image = images->images; image <= images->images + IMAGES; image++)",
         "needs as many files as are kept"),
    Left(2, "stall/ongoing.c", "incident->slept = r->slept;",
         "incident->slept += r->slept;",
         "needs two targets of a call, of which the later one slept"),
    Left(2, "cli/commands.c", "printf(\" %-26s %s%s\\n\", text, strlen(text) > 26 ? \" \" : \"\", option__help(row, command));",
         "printf(\" %-26s %s%s\\n\", text, strlen(text) >= 26 ? \" \" : \"\", option__help(row, command));",
         "no option is as long as the column"),
    Left(2, "host/user/frame_table.c", "for (const char *c = augmentation + 1; *c; c++) {",
         "for (const char *c = augmentation - 1; *c; c++) {",
         "the byte before is no letter of an augmentation"),
    Left(2, "stall/stall_run.c", "reporter__scan(run->reporter, 0);",
         "reporter__scan(run->reporter, 1);",
         "which watcher scans is not seen where there is one"),
    Left(2, "base/pager.c", "while (waitpid(pager.pid, NULL, 0) < 0 && errno == EINTR)",
         "while (waitpid(pager.pid, NULL, 0) < 0 || errno == EINTR)",
         "no unit test has the file"),
    Left(3, "cli/option_table.c", "for (int i = 0; command < NR_COMMANDS && i < OWN_TEXTS; i++)",
         "for (int i = 0; command < NR_COMMANDS && i <= OWN_TEXTS; i++)",
         "undefined: as it is compiled here, the loop ends as before"),
    Left(3, "host/user/images.c", "if (fd >= 0)",
         "if (fd > 0)",
         "a reader has its socket as descriptor 0"),
    Left(3, "view/top/terminal.c",
         "if (!style__wanted() || !has_colors() || start_color() == ERR || COLOR_PAIRS < NR_INKS)",
         "if (!style__wanted() || !has_colors() || start_color() == ERR || COLOR_PAIRS <= NR_INKS)",
         "no terminal has exactly so many pairs"),
    Left(4, "cli/option_table.c", "{ 0, \"recipe\", NULL, \"print commands that record without ipitrace\", CHECK, OPTION_FLAG,",
         "{ 1, \"recipe\", NULL, \"print commands that record without ipitrace\", CHECK, OPTION_FLAG,",
         "no test wants an option without a letter to have none"),
    Left(4, "host/sysrq.c", "if (sched_getaffinity(0, sizeof(cpus), (cpu_set_t *)&cpus))",
         "if (!(sched_getaffinity(0, sizeof(cpus), (cpu_set_t *)&cpus)))",
         "no unit test asks the halves of the CPUs"),
    Left(4, "view/capture/parse.c", "snapshot__free(snap);",
         "{ }",
         "only without memory"),
    Left(4, "host/symbols.c", "for (size_t i = sorted; i < s->nr; i++)",
         "for (size_t i = sorted; i <= s->nr; i++)",
         "reads the entry after the last, by chance a high address"),
    Left(4, "stall/watcher_threads.c", "struct sched_param param = { .sched_priority = 1 };",
         "struct sched_param param = { .sched_priority = 2 };",
         "any priority of SCHED_FIFO is above those of ordinary tasks"),
    Left(4, "view/perfetto/timeline.c", "packets__clocks(&t->packets, mono, wall ? wall->tv_sec * 1000000000ULL + wall->tv_nsec : 0);",
         "packets__clocks(&t->packets, mono, wall ? wall->tv_sec * 1000000000ULL + wall->tv_nsec : 1);",
         "no test has a capture without a time of day"),
    Left(4, "command/isolated.c", "run->interrupts = NULL;",
         "{ }",
         "only if /proc/interrupts cannot be read"),
    Left(4, "command/pictures.c", "if (err && !picture_err(p))",
         "if (!(err && !picture_err(p)))",
         "no test draws a capture that has a bad line"),
    Left(4, "host/user_symbols.c", "if (!us || us->fd >= 0)",
         "if (!us && us->fd >= 0)",
         "no unit test runs without names of users' code"),
    Left(4, "host/cgroups.c", "c->news = false;",
         "{ }",
         "costs only time: the cgroups are walked again"),
    Left(4, "command/check.c", "size_t nr = NR_FEATURES + NR_OWN;",
         "size_t nr = NR_FEATURES - NR_OWN;",
         "no unit test has the file; e2e/capabilities.t runs it"),
]


def code(text):
    return " ".join(text.split()).replace("|", "\\|")


def table():
    lines = ["| seed | slips | of | killed at first | survived | then killed by a new test | no difference | left |",
             "|---|---|---|---|---|---|---|---|"]
    for run in RUNS:
        share = round(100 * run.killed / (run.killed + run.survived))
        lines.append(f"| {run.seed} | {run.number} | {run.paths or 'all'} | {run.killed} ({share} %) | {run.survived} | "
                     f"{run.noticed} | {run.equal} | {run.left} |")
    lines += ["", "What is left, and why no unit test notices it (`{ }`: left out; the reasons of seed 4 are by reading):", "",
              "| seed | file | right | wrong | why |", "|---|---|---|---|---|",
              *(f"| {e.seed} | `{e.file}` | `{code(e.right)}` | `{code(e.wrong)}` | {e.why} |" for e in LEFT)]
    return "\n".join(lines) + "\n"
