/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A collection by the second source, from open to close, as collect/collector.h has it.
 * Errors are negative errnos.
 */
#ifndef IPITRACE_COLLECT_HOOKS_HOOKS_H
#define IPITRACE_COLLECT_HOOKS_HOOKS_H

#include <stdbool.h>
#include <stdint.h>
#include "model/wait_source.h"

struct collect_config;
struct cpuset;
struct hooks;
struct maps;
struct moment_reader;
struct snapshot;

/* The figure that @config asks for and that calls do not tell, in words; NULL: none. */
const char *hooks__lacks(const struct collect_config *config);

/* The feature that this kernel lacks, so that calls cannot be seen, in words; NULL: none. */
const char *hooks__needs(void);

/*
 * Load and attach, by fentry, or where that cannot be, or for tests (@probes), by kprobes;
 * nothing is counted yet. Returns 0 and *@out, or a negative errno and NULL.
 */
int hooks__open(struct hooks **out, const struct collect_config *config, bool probes);

/* As often as you like, at least with each cut: measure the own time of functions that are new. */
void hooks__tend(struct hooks *hooks);

/* Count from here. */
void hooks__begin(struct hooks *hooks);

/* End the window and fill @snap, as collector__cut(). */
int hooks__cut(struct hooks *hooks, struct snapshot *snap, bool last);

/* Detach and free; @hooks may be NULL. */
void hooks__close(struct hooks *hooks);

/* As collector__moment_reader(). */
struct moment_reader *hooks__moment_reader(struct hooks *hooks);

/* As collector__wait_source(). */
enum wait_source hooks__wait_source(const struct hooks *hooks);

/* Kernel memory that the maps take, in bytes. */
uint64_t hooks__map_bytes(const struct hooks *hooks);

/* As collector__maps() and collector__epoch(). */
const struct maps *hooks__maps(const struct hooks *hooks);
uint32_t hooks__epoch(const struct hooks *hooks);

/* CPUs possible on this machine. */
const struct cpuset *hooks__possible(const struct hooks *hooks);

#endif /* IPITRACE_COLLECT_HOOKS_HOOKS_H */
