/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPIGEN_CLIENT_H
#define IPIGEN_CLIENT_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The module's; the directory kmod is in the include path. */
#include "../kmod/ipigen.h"

/* Exit status, as of ipitrace. */
enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_CANNOT = 3, EXIT_FAILED = 4 };

/* client.c: each ends the program with one line on stderr when it cannot. */
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
int client_open(void);
struct ipigen_info client_info(int fd);
struct ipigen_path_info client_path(int fd, unsigned int index);
struct ipigen_path_info client_find(int fd, const char *name);
void client_bind(int cpu);
bool client_next_option(int *argc, char ***argv, const char *name, const char *letter,
			const char **value);

/* parse.c */
bool parse_time(const char *text, __u64 *ns);
bool parse_count(const char *text, __u64 *count);
bool parse_cpus(const char *text, uint8_t *mask, size_t bytes);
bool parse_cpu(const char *text, int *cpu);

/* the commands */
int command_list(int argc, char **argv);
int command_run(int argc, char **argv);
int command_truth(int argc, char **argv);
int command_menu(int argc, char **argv);

#endif /* IPIGEN_CLIENT_H */
