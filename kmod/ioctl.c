// SPDX-License-Identifier: GPL-2.0
/* The ioctls of /dev/ipigen: copy the arguments in, call the function, copy the results out. */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "internal.h"

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
	args.skipped = 0;
	err = ipigen_run(&args);
	/* Copy the results after a signal, too: the counts of the calls already made are valid. */
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

/* The device has mode 0600. Check again, in case an administrator changes the mode. */
static int ipigen_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

const struct file_operations ipigen_fops = {
	.owner = THIS_MODULE,
	.open = ipigen_open,
	.unlocked_ioctl = ipigen_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
