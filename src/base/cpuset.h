/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of CPUs, and the kernel's format of lists: "0,2-5". */
#ifndef IPITRACE_BASE_CPUSET_H
#define IPITRACE_BASE_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NR_CPUS of the largest distribution kernels; glibc's own cpu_set_t ends at 1,024. */
#define CPUSET_MAX	 8192
#define CPUSET_WORD_BITS (8 * sizeof(unsigned long))

/* Bytes of the longest list (every other CPU) with its NUL. */
#define CPUSET_TEXT (5 * CPUSET_MAX / 2 + 1)

/* A bit for each CPU, laid out as the kernel's cpumask is, for sched_setaffinity(2). */
struct cpuset {
	unsigned long words[CPUSET_MAX / CPUSET_WORD_BITS];
};

/*
 * Parse @text, whose CPUs must be below CPUSET_MAX; a CPU may be named twice. Returns 0; -EINVAL if
 * it is not a list; -ERANGE for a CPU out of range. After an error @set is undefined.
 */
int cpuset__parse(struct cpuset *set, const char *text);

/*
 * Parse as cpuset__parse() does, for CPUs below @limit, which is at most CPUSET_MAX. After an error
 * *@why, if @why is not NULL, is a static text that says what is wrong.
 */
int cpuset__parse_below(struct cpuset *set, const char *text, uint32_t limit, const char **why);

/*
 * Read the list in a file; its path is @format with the arguments of printf(3). Returns 0 or a
 * negative errno: -EINVAL for a file that is empty or has an empty line.
 */
int cpuset__read_path(struct cpuset *set, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Read /sys/devices/system/cpu/@name, such as "possible". Returns what cpuset__read_path() does. */
int cpuset__read(struct cpuset *set, const char *name);

/*
 * Keep a list's file open, for callers that read the list ten times a second. cpuset__open()
 * returns a descriptor of /sys/devices/system/cpu/@name, or a negative errno; cpuset__read_fd()
 * reads the current list of such a descriptor, or fails if @fd is negative.
 */
int cpuset__open(const char *name);
int cpuset__read_fd(struct cpuset *set, int fd);

/*
 * Write @set as a list into @text, cut to @size with its NUL. Returns the length of the whole list,
 * as snprintf(3) does.
 */
size_t cpuset__format(const struct cpuset *set, char *text, size_t size);

/*
 * If @text, a list, does not fit into @size bytes with its NUL, cut the list after an item:
 * "0,2-5,...". A text without commas is cut anywhere. @size must be 4 or more.
 */
void cpuset__shorten(char *text, size_t size);

/* Add @cpu, which must be below CPUSET_MAX. */
void cpuset__add(struct cpuset *set, uint32_t cpu);

/* Returns false if @cpu is CPUSET_MAX or more. */
bool cpuset__has(const struct cpuset *set, uint32_t cpu);

/* Add the CPUs of @others to @set. */
void cpuset__unite(struct cpuset *set, const struct cpuset *others);

/* Keep only the CPUs of @set that are also in @others. */
void cpuset__intersect(struct cpuset *set, const struct cpuset *others);

/* Remove the CPUs of @others from @set. */
void cpuset__subtract(struct cpuset *set, const struct cpuset *others);

uint32_t cpuset__count(const struct cpuset *set);

/* Returns the highest CPU + 1; 0 if @set is empty. */
uint32_t cpuset__end(const struct cpuset *set);

/* Returns the first CPU that is @cpu or higher; -1 if there is none. */
int cpuset__next(const struct cpuset *set, uint32_t cpu);

/* Returns CPU number @n of @set, from 0 on, modulo the number of its CPUs; -1 if @set is empty. */
int cpuset__nth(const struct cpuset *set, uint32_t n);

/* Loop over each CPU of @set, ascending; @cpu is an int. */
#define for_each_cpu(cpu, set) \
	for ((cpu) = cpuset__next((set), 0); (cpu) >= 0; (cpu) = cpuset__next((set), (cpu) + 1))

#endif /* IPITRACE_BASE_CPUSET_H */
