/* SPDX-License-Identifier: GPL-2.0 */
/* Caches and interpreter on what can be told by hand. */
#ifndef SCALE_SELFTEST_H
#define SCALE_SELFTEST_H

/* Returns how many results were right; fails at the first that is wrong. */
int selftest(void);

#endif /* SCALE_SELFTEST_H */
