/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel has to take rights from ipitrace's processes. */
#ifndef IPITRACE_HOST_CONFINEMENT_H
#define IPITRACE_HOST_CONFINEMENT_H

#include "model/feature.h"

/* For `check`. */
void confinement__seccomp(struct feature *feature);
void confinement__landlock(struct feature *feature);

#endif /* IPITRACE_HOST_CONFINEMENT_H */
