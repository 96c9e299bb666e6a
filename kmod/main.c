// SPDX-License-Identifier: GPL-2.0
/* Loads and unloads the module ipigen. */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "holder.h"
#include "internal.h"

static struct miscdevice ipigen_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ipigen",
	.fops = &ipigen_fops,
	.mode = 0600,
};

static int __init ipigen_init(void)
{
	int err = ipigen_end_init();

	if (err)
		return err;
	err = ipigen_irqsoff_init();
	if (err)
		goto no_irqsoff;
	err = ipigen_holders_init();
	if (err)
		goto no_holders;
	err = misc_register(&ipigen_misc);
	if (err)
		goto no_misc;
	return 0;

no_misc:
	ipigen_holders_exit();
no_holders:
	ipigen_irqsoff_exit();
no_irqsoff:
	ipigen_end_exit();
	return err;
}

/*
 * Every open file, and every run with unfinished handlers, holds a reference to the module. The
 * last handler may still be returning here. kick_all_cpus_sync() waits until it has: each CPU runs
 * its csds one after the other.
 */
static void __exit ipigen_exit(void)
{
	misc_deregister(&ipigen_misc);
	ipigen_end_exit();
	ipigen_requeue_exit();
	ipigen_lost_exit();
	ipigen_holders_exit();
	ipigen_irqsoff_exit();
	kick_all_cpus_sync();
	ipigen_books_free();
}

module_init(ipigen_init);
module_exit(ipigen_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Produces inter-processor interrupts on purpose, and counts what ran");
