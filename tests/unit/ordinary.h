/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ordinary loads, which the detector must call quiet: windows of about a second, recorded
 * with `ipitrace -j -i 1` on a machine with 2 CPUs and Linux 6.18. Left out are functions
 * with less than 20 csds a second, and those of the tests that ran on the machine meanwhile:
 * most samples are of ipiload or ipitrace. That all csds of a function go to one CPU is an
 * assumption to the detector's disadvantage.
 */
#ifndef IPITRACE_TESTS_ORDINARY_H
#define IPITRACE_TESTS_ORDINARY_H

#include "storm_feed.h"

#define ORDINARY_WINDOWS   4
#define ORDINARY_FUNCTIONS 8
#define ON(f, r, h, w)                                                 \
	{                                                              \
		.func = f, .rate = r, .handler = h, .wait = w, .to = 2 \
	}

static const struct ordinary {
	const char *load;
	struct {
		struct flow flows[ORDINARY_FUNCTIONS]; /* until a rate of 0 */
	} windows[ORDINARY_WINDOWS];
} ordinary[] = {
	{ "make -j4 of ipitrace",
	  {
		  { { F(NULL, 182) } },
		  { { ON("flush_tlb_func", 45, 1316, 24395), F(NULL, 158) } },
		  { { ON("flush_tlb_func", 65, 2408, 29748), F(NULL, 269) } },
	  } },
	{ "fio, io_uring, random reads and writes",
	  {
		  { { ON("sched_ttwu_pending", 130, 1993, 0), ON("flush_tlb_func", 21, 1672, 33996),
		      F(NULL, 3617) } },
		  { { ON("flush_tlb_func", 47, 1356, 32421), ON("sched_ttwu_pending", 24, 2695, 0),
		      F(NULL, 1834) } },
		  { { F(NULL, 4340) } },
		  { { ON("sched_ttwu_pending", 27, 3584, 0), F(NULL, 4144) } },
	  } },
	{ "a JVM with a SynchronousQueue",
	  {
		  { { F(NULL, 2994) } },
		  { { F(NULL, 1431) } },
		  { { F(NULL, 6282) } },
		  { { F(NULL, 19679) } },
	  } },
	{ "nginx with wrk, 32 connections",
	  {
		  { { ON("flush_tlb_func", 110, 1195, 21278), F(NULL, 2763) } },
		  { { F(NULL, 6200) } },
		  { { ON("flush_tlb_func", 970, 904, 12847), F(NULL, 2524) } },
		  { { F(NULL, 1912) } },
	  } },
	{ "node, a worker every 20 ms",
	  {
		  { { ON("flush_tlb_func", 2377, 692, 13623), F(NULL, 752) } },
		  { { ON("flush_tlb_func", 1495, 800, 13495), F(NULL, 568) } },
		  { { ON("flush_tlb_func", 2210, 782, 12963), F(NULL, 900) } },
		  { { ON("flush_tlb_func", 2374, 721, 12895), F(NULL, 826) } },
	  } },
	{ "node, deflate and 2 workers",
	  {
		  { { ON("flush_tlb_func", 2855, 693, 13966), F(NULL, 3173) } },
		  { { ON("flush_tlb_func", 3225, 558, 12613), F(NULL, 5231) } },
		  { { ON("flush_tlb_func", 892, 606, 13625), F(NULL, 1472) } },
		  { { ON("flush_tlb_func", 2357, 590, 13280), F(NULL, 2810) } },
	  } },
	{ "pgbench, 4 clients",
	  {
		  { { ON("flush_tlb_func", 64, 1341, 20416), F(NULL, 606) } },
		  { { ON("flush_tlb_func", 97, 1570, 24358), F(NULL, 287) } },
		  { { F(NULL, 487) } },
		  { { ON("flush_tlb_func", 659, 945, 13849), F(NULL, 271) } },
	  } },
	{ "tar | cat | wc",
	  {
		  { { F(NULL, 1115) } },
		  { { F(NULL, 382) } },
		  { { F(NULL, 3098) } },
		  { { F(NULL, 2398) } },
	  } },
	{ "redis-benchmark, 20 clients",
	  {
		  { { F(NULL, 210) } },
		  { { ON("flush_tlb_func", 111, 1030, 21474), F(NULL, 545) } },
		  { { ON("flush_tlb_func", 283, 990, 20713), F(NULL, 621) } },
		  { { ON("flush_tlb_func", 39, 1232, 27689), F(NULL, 367) } },
	  } },
	{ "stress-ng --class cpu",
	  {
		  { { F(NULL, 27) } },
		  { { F(NULL, 47) } },
		  { { F(NULL, 11) } },
		  { { ON("flush_tlb_func", 234, 1006, 16770), F(NULL, 319) } },
	  } },
	{ "stress-ng --class filesystem",
	  {
		  { { F(NULL, 78) } },
		  { { F(NULL, 53) } },
		  { { F(NULL, 58) } },
		  { { F(NULL, 55) } },
	  } },
	{ "stress-ng --class interrupt",
	  {
		  { { F(NULL, 1542) } },
		  { { ON("sched_ttwu_pending", 60, 1849, 0), F(NULL, 2354) } },
		  { { ON("sched_ttwu_pending", 46, 1666, 0), F(NULL, 3737) } },
		  { { F(NULL, 1139) } },
	  } },
	{ "stress-ng --class io",
	  {
		  { { ON("flush_tlb_func", 22, 1907, 26911), F(NULL, 806) } },
		  { { ON("flush_tlb_func", 54, 1280, 67050), F(NULL, 1135) } },
		  { { F(NULL, 436) } },
		  { { ON("flush_tlb_func", 94, 1320, 15697), F(NULL, 1296) } },
	  } },
	{ "stress-ng --class memory",
	  {
		  { { ON("flush_tlb_func", 22, 2251, 44379), F(NULL, 220) } },
		  { { F(NULL, 162) } },
		  { { F(NULL, 100) } },
		  { { F(NULL, 200) } },
	  } },
	{ "stress-ng --class network",
	  {
		  { { F(NULL, 2052) } },
		  { { ON("sched_ttwu_pending", 72, 2229, 0), F(NULL, 1110) } },
		  { { F(NULL, 3375) } },
		  { { F(NULL, 1309) } },
	  } },
	{ "stress-ng --class os",
	  {
		  { { F(NULL, 99) } },
		  { { F(NULL, 61) } },
		  { { ON("flush_tlb_func", 77, 2561, 31948), F(NULL, 103) } },
		  { { F(NULL, 81) } },
	  } },
	{ "stress-ng --class pipe",
	  {
		  { { ON("sched_ttwu_pending", 347, 1258, 0), F(NULL, 25280) } },
		  { { F(NULL, 19796) } },
		  { { F(NULL, 10777) } },
		  { { F(NULL, 384) } },
	  } },
	{ "stress-ng --class scheduler",
	  {
		  { { F(NULL, 31304) } },
		  { { F(NULL, 25451) } },
		  { { F(NULL, 22686) } },
		  { { ON("flush_tlb_func", 26, 1895, 31207), F(NULL, 19015) } },
	  } },
	{ "stress-ng --class vm",
	  {
		  { { ON("flush_tlb_func", 43, 1391, 29322), F(NULL, 531) } },
		  { { F(NULL, 2794) } },
		  { { F(NULL, 528) } },
		  { { F(NULL, 2877) } },
	  } },
	{ "redis-benchmark over veth with RPS",
	  {
		  { { ON("rps_trigger_softirq", 7715, 564, 0), F(NULL, 621) } },
		  { { ON("rps_trigger_softirq", 5107, 418, 0),
		      ON("flush_tlb_func", 45, 1103, 23845), F(NULL, 524) } },
		  { { ON("rps_trigger_softirq", 13658, 503, 0), F(NULL, 3406) } },
		  { { ON("rps_trigger_softirq", 4631, 476, 0), F(NULL, 3532) } },
	  } },
	{ "xz -T2",
	  {
		  { { ON("flush_tlb_func", 44, 1975, 33158), F(NULL, 339) } },
		  { { F(NULL, 91) } },
		  { { F(NULL, 39) } },
		  { { F(NULL, 50) } },
	  } },
};

#endif /* IPITRACE_TESTS_ORDINARY_H */
