/* SPDX-License-Identifier: GPL-2.0 */
/* `check` for people. */
#ifndef IPITRACE_VIEW_TEXT_CHECK_H
#define IPITRACE_VIEW_TEXT_CHECK_H

#include "model/feature.h"

void view__feature(const struct feature *feature);

#endif /* IPITRACE_VIEW_TEXT_CHECK_H */
