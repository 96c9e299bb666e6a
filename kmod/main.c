// SPDX-License-Identifier: GPL-2.0
/*
 * ipigen: the module, its device, its ioctls.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "internal.h"

unsigned int ipigen_max_ms = 250;
module_param_named(max_ms, ipigen_max_ms, uint, 0400);
MODULE_PARM_DESC(max_ms, "the longest hold and the longest time with interrupts off, ms (250)");

/* Whatever the parameter says, stay well below the kernel's own watchdogs (10 s, 20 s, 21 s). */
#define LIMIT_MS 4000u

u64 ipigen_max_ns(void)
{
	return (u64)min(ipigen_max_ms, LIMIT_MS) * NSEC_PER_MSEC;
}

static int ioctl_info(void __user *arg)
{
	struct ipigen_info info = {
		.version = IPIGEN_VERSION,
		.paths = ipigen_path_count,
		.cpus = nr_cpu_ids,
		.blocking = ipigen_device_may_block(),
		.max_ns = ipigen_max_ns(),
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_path(void __user *arg)
{
	struct ipigen_path_info info;
	const struct ipigen_path *path;
	u32 index;

	if (get_user(index, (u32 __user *)arg))
		return -EFAULT;
	if (index >= ipigen_path_count)
		return -EINVAL;
	path = ipigen_paths[index];
	memset(&info, 0, sizeof(info));
	info.index = index;
	info.flags = path->flags;
	info.ipis = path->ipis;
	info.available = !path->absent;
	strscpy(info.name, path->name, sizeof(info.name));
	strscpy(info.func, path->func, sizeof(info.func));
	strscpy(info.calls, path->calls, sizeof(info.calls));
	strscpy(info.why, path->why ?: "", sizeof(info.why));
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int ioctl_run(void __user *arg)
{
	struct ipigen_run_args args;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	args.calls = 0;
	args.issued = 0;
	args.local = 0;
	err = ipigen_run(&args);
	/* Also when it was interrupted: what was issued was issued. */
	if (copy_to_user(arg, &args, sizeof(args)))
		return -EFAULT;
	return err;
}

static int ioctl_truth(void __user *arg)
{
	struct ipigen_truth_args args;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = ipigen_books_read(&args);
	if ((!err || err == -ENOSPC) && copy_to_user(arg, &args, sizeof(args)))
		return -EFAULT;
	return err;
}

static int ioctl_device(void __user *arg)
{
	struct ipigen_device_args args;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	args.handler_ns = 0;
	args.wait_ns = 0;
	err = ipigen_device(&args);
	if (!err && copy_to_user(arg, &args, sizeof(args)))
		return -EFAULT;
	return err;
}

static long ipigen_ioctl(struct file *file, unsigned int cmd, unsigned long value)
{
	void __user *arg = (void __user *)value;

	switch (cmd) {
	case IPIGEN_IOC_INFO:
		return ioctl_info(arg);
	case IPIGEN_IOC_PATH:
		return ioctl_path(arg);
	case IPIGEN_IOC_RUN:
		return ioctl_run(arg);
	case IPIGEN_IOC_TRUTH:
		return ioctl_truth(arg);
	case IPIGEN_IOC_DEVICE:
		return ioctl_device(arg);
	}
	return -ENOTTY;
}

/* The mode of the device says root only; so does this, should somebody change it. */
static int ipigen_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_operations ipigen_fops = {
	.owner = THIS_MODULE,
	.open = ipigen_open,
	.unlocked_ioctl = ipigen_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ipigen_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ipigen",
	.fops = &ipigen_fops,
	.mode = 0600,
};

static int __init ipigen_init(void)
{
	int err = ipigen_irqsoff_init();

	if (err)
		return err;
	err = ipigen_device_init();
	if (err)
		goto no_device;
	err = misc_register(&ipigen_misc);
	if (err)
		goto no_misc;
	return 0;

no_misc:
	ipigen_device_exit();
no_device:
	ipigen_irqsoff_exit();
	return err;
}

/*
 * Every open file holds the module, and every ioctl waits for its handlers. The last may still be
 * on its way out: what is queued behind it runs after it has returned.
 */
static void __exit ipigen_exit(void)
{
	misc_deregister(&ipigen_misc);
	ipigen_requeue_exit();
	ipigen_device_exit();
	ipigen_irqsoff_exit();
	kick_all_cpus_sync();
	ipigen_books_free();
}

module_init(ipigen_init);
module_exit(ipigen_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Produces inter-processor interrupts on purpose, and tells what truly ran");
