// SPDX-License-Identifier: GPL-2.0
/* ipigen truth: prints the module's books. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipigen_client.h"

/* Ask again with more room until all rows fit, because all rows must be of one moment, @time. */
static struct ipigen_truth_row *read_rows(int fd, bool reset, uint32_t *count, uint64_t *time)
{
	struct ipigen_truth_args args = { .capacity = 256,
					  .flags = reset ? IPIGEN_TRUTH_RESET : 0 };
	struct ipigen_truth_row *rows = NULL;

	for (;;) {
		rows = reallocarray(rows, args.capacity, sizeof(*rows));
		if (!rows)
			die(EXIT_FAILED, "no memory");
		args.rows = (uintptr_t)rows;
		if (!ioctl(fd, IPIGEN_IOC_TRUTH, &args))
			break;
		if (errno != ENOSPC)
			die(EXIT_FAILED, "truth: %s", strerror(errno));
		args.capacity = args.count + 64;
	}
	*time = mono_ns();
	*count = args.count;
	return rows;
}

static void add_sum(struct ipigen_sum *to, const struct ipigen_sum *from)
{
	to->sum += from->sum;
	if (from->max > to->max)
		to->max = from->max;
}

/* Sum up one path: waits from the senders' rows, all else from the rows of sender and target. */
static struct ipigen_truth_row sum_rows(const struct ipigen_truth_row *rows, uint32_t count)
{
	struct ipigen_truth_row all = { 0 };
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (rows[i].dst == IPIGEN_ANY_CPU) {
			all.calls += rows[i].calls;
			add_sum(&all.wait_ns, &rows[i].wait_ns);
			continue;
		}
		all.issued += rows[i].issued;
		all.executed += rows[i].executed;
		all.local += rows[i].local;
		all.skipped += rows[i].skipped;
		add_sum(&all.handler_ns, &rows[i].handler_ns);
		add_sum(&all.delay_ns, &rows[i].delay_ns);
	}
	return all;
}

static json_t *sum_json(const struct ipigen_sum *sum)
{
	return json_pack("{sI sI}", "sum", (json_int_t)sum->sum, "max", (json_int_t)sum->max);
}

static json_t *sender_json(const struct ipigen_truth_row *row)
{
	return json_pack("{si sI so}", "src", row->src, "calls", (json_int_t)row->calls, "wait_ns",
			 sum_json(&row->wait_ns));
}

static json_t *edge_json(const struct ipigen_truth_row *row)
{
	return json_pack("{si si sI sI sI sI so so so}", "src", row->src, "dst", row->dst, "issued",
			 (json_int_t)row->issued, "executed", (json_int_t)row->executed, "local",
			 (json_int_t)row->local, "skipped", (json_int_t)row->skipped, "handler_ns",
			 sum_json(&row->handler_ns), "delay_ns", sum_json(&row->delay_ns),
			 "wait_ns", sum_json(&row->wait_ns));
}

static void print_json(const struct ipigen_path_info *path, const struct ipigen_truth_row *rows,
		       uint32_t count, uint64_t time)
{
	struct ipigen_truth_row all = sum_rows(rows, count);
	json_t *edges = json_array(), *senders = json_array(), *object;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (rows[i].dst == IPIGEN_ANY_CPU)
			json_array_append_new(senders, sender_json(&rows[i]));
		else
			json_array_append_new(edges, edge_json(&rows[i]));
	}
	object = json_pack("{ss ss sI ss ss sb sI sI sI sI sI so so so so so}", "schema",
			   "ipigen/1", "type", "truth", "time", (json_int_t)time, "path",
			   path->name, "func", path->func, "ours", path->flags & IPIGEN_OURS,
			   "calls", (json_int_t)all.calls, "issued", (json_int_t)all.issued,
			   "executed", (json_int_t)all.executed, "local", (json_int_t)all.local,
			   "skipped", (json_int_t)all.skipped, "handler_ns",
			   sum_json(&all.handler_ns), "delay_ns", sum_json(&all.delay_ns),
			   "wait_ns", sum_json(&all.wait_ns), "edges", edges, "senders", senders);
	if (!object)
		die(EXIT_FAILED, "no memory");
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static unsigned long long mean_us(const struct ipigen_sum *sum, uint64_t count)
{
	return count ? sum->sum / count / 1000 : 0;
}

static void print_text(const struct ipigen_path_info *path, const struct ipigen_truth_row *rows,
		       uint32_t count)
{
	struct ipigen_truth_row all = sum_rows(rows, count);
	uint64_t ran = all.executed + all.local;

	printf("%-22s %9llu %9llu %9llu %9llu %9llu %8llu/%-8llu %8llu/%-8llu %8llu/%-8llu\n",
	       path->name, (unsigned long long)all.calls, (unsigned long long)all.issued,
	       (unsigned long long)all.executed, (unsigned long long)all.local,
	       (unsigned long long)all.skipped, mean_us(&all.delay_ns, ran),
	       (unsigned long long)all.delay_ns.max / 1000, mean_us(&all.handler_ns, ran),
	       (unsigned long long)all.handler_ns.max / 1000, mean_us(&all.wait_ns, all.calls),
	       (unsigned long long)all.wait_ns.max / 1000);
}

int command_truth(int argc, char **argv)
{
	bool json = false, reset = false;
	const char *only = NULL;
	struct ipigen_truth_row *rows;
	uint32_t count, first, next, wanted = 0;
	uint64_t time;
	int fd;

	while (argc > 0) {
		if (client_next_option(&argc, &argv, "--json", "-j", NULL)) {
			json = true;
		} else if (client_next_option(&argc, &argv, "--reset", NULL, NULL)) {
			reset = true;
		} else if (argv[0][0] == '-' || only) {
			die(EXIT_USAGE, "truth: what is '%s'?", argv[0]);
		} else {
			only = argv[0];
			argc--;
			argv++;
		}
	}
	fd = client_open();
	if (only)
		wanted = client_find(fd, only).index;
	rows = read_rows(fd, reset, &count, &time);
	if (!json)
		printf("%-22s %9s %9s %9s %9s %9s %17s %17s %17s\n", "path", "calls", "issued",
		       "executed", "local", "skipped", "delay us mean/max", "handler mean/max",
		       "wait mean/max");
	for (first = 0; first < count; first = next) {
		struct ipigen_path_info path;

		for (next = first; next < count && rows[next].path == rows[first].path; next++)
			;
		if (only && rows[first].path != wanted)
			continue;
		path = client_path(fd, rows[first].path);
		if (json)
			print_json(&path, &rows[first], next - first, time);
		else
			print_text(&path, &rows[first], next - first);
	}
	free(rows);
	close(fd);
	return EXIT_DONE;
}
