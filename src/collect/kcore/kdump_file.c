// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <libkdumpfile/kdumpfile.h>
#include "base/sysfile.h"
#include "collect/kcore/memory.h"

/* The soname that Debian 12 and 13 have. */
#define LIBRARY "libkdumpfile.so.10"

#ifdef __aarch64__
#define OWN_ARCH KDUMP_ARCH_AARCH64
#else
#define OWN_ARCH KDUMP_ARCH_X86_64
#endif

struct library {
	void *handle;
	__typeof__(&kdump_new) new;
	__typeof__(&kdump_free) free;
	__typeof__(&kdump_open_fdset) open_fdset;
	__typeof__(&kdump_get_attr) get_attr;
	__typeof__(&kdump_set_attr) set_attr;
	__typeof__(&kdump_vmcoreinfo_raw) vmcoreinfo_raw;
	__typeof__(&kdump_read) read;
	__typeof__(&kdump_get_err) get_err;
};

struct kdump_file {
	struct library lib;
	kdump_ctx_t *ctx;
	char *vmcoreinfo;
	int fd;
};

static const struct {
	const char *name;
	size_t at;
} functions[] = {
	{ "kdump_new", offsetof(struct library, new) },
	{ "kdump_free", offsetof(struct library, free) },
	{ "kdump_open_fdset", offsetof(struct library, open_fdset) },
	{ "kdump_get_attr", offsetof(struct library, get_attr) },
	{ "kdump_set_attr", offsetof(struct library, set_attr) },
	{ "kdump_vmcoreinfo_raw", offsetof(struct library, vmcoreinfo_raw) },
	{ "kdump_read", offsetof(struct library, read) },
	{ "kdump_get_err", offsetof(struct library, get_err) },
};

/*
 * Load the library. A static binary cannot load one: it has no dynamic linker, so AT_BASE, the
 * linker's base address, is 0.
 */
static int library_load(struct library *lib, char *why, size_t size)
{
	if (!getauxval(AT_BASE)) {
		snprintf(why, size, "this ipitrace is linked statically and cannot load " LIBRARY);
		return -ENOSYS;
	}
	lib->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!lib->handle) {
		snprintf(why, size, "needs libkdumpfile (Debian: libkdumpfile10): %s", dlerror());
		return -ENOSYS;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void *found = dlsym(lib->handle, functions[i].name);

		if (!found) {
			snprintf(why, size, LIBRARY " has no %s", functions[i].name);
			return -ENOSYS;
		}
		memcpy((char *)lib + functions[i].at, &found, sizeof(found));
	}
	return 0;
}

/*
 * Returns the end of the library's error text, which has the cause, from its last part that begins
 * with a word: "Unsupported ELF class: 2". Before that the text has internal names only.
 */
static const char *find_cause(const char *text)
{
	const char *cause = text;

	while ((text = strstr(text, ": "))) {
		text += 2;
		if (isalpha((unsigned char)*text))
			cause = text;
	}
	return cause;
}

/* Write into @why what failed, and the library's cause. Returns -EBADMSG. */
static int library_explain(struct kdump_file *file, const char *what, char *why, size_t size)
{
	const char *text = file->lib.get_err(file->ctx);

	snprintf(why, size, "%s (libkdumpfile: %s)", what, text ? find_cause(text) : "no reason");
	return -EBADMSG;
}

static kdump_status text_set(struct kdump_file *file, const char *key, const char *text)
{
	const kdump_attr_t attr = { .type = KDUMP_STRING, .val.string = text };

	return file->lib.set_attr(file->ctx, key, &attr);
}

int kdump_file__read(struct kdump_file *file, char *why, size_t size)
{
	kdump_attr_t known;

	file->ctx = file->lib.new();
	if (!file->ctx) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	if (file->lib.open_fdset(file->ctx, 1, &file->fd) != KDUMP_OK)
		return library_explain(file, "not a kernel dump", why, size);
	/*
	 * If the library does not find the dump's architecture, as in a kdump-compressed file of
	 * QEMU 7.2, set that of this machine, because most likely the dump is of such a machine.
	 */
	if ((file->lib.get_attr(file->ctx, KDUMP_ATTR_ARCH_NAME, &known) != KDUMP_OK &&
	     text_set(file, KDUMP_ATTR_ARCH_NAME, OWN_ARCH) != KDUMP_OK) ||
	    text_set(file, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK)
		return library_explain(file, "no dump of a Linux kernel", why, size);
	if (file->lib.vmcoreinfo_raw(file->ctx, &file->vmcoreinfo) != KDUMP_OK)
		file->vmcoreinfo = NULL;
	return 0;
}

static int dump_open(struct kdump_file *file, const char *path, char *why, size_t size)
{
	static const char flattened[] = "makedumpfile";
	char head[sizeof(flattened)];

	file->fd = regular_file__open(path);
	if (file->fd < 0) {
		snprintf(why, size, "%s",
			 file->fd == -EINVAL ? "not a kernel dump: not a regular file" :
					       strerror(-file->fd));
		return file->fd;
	}
	/*
	 * makedumpfile -F and QEMU write a dump to a pipe as pieces, each with its offset
	 * (makedumpfile.h). libkdumpfile reads such a dump from version 0.5.3 on.
	 */
	if (pread(file->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, flattened, sizeof(head)) != 0)
		return 0;
	snprintf(why, size, "a flattened dump: reassemble it first: makedumpfile -R DUMP <FILE");
	return -EINVAL;
}

int kdump_file__open(struct kdump_file **out, const char *path, char *why, size_t size)
{
	struct kdump_file *file = calloc(1, sizeof(*file));
	int err;

	snprintf(why, size, "%s", strerror(ENOMEM));
	if (!file)
		return -ENOMEM;
	file->fd = -1;
	err = library_load(&file->lib, why, size);
	if (!err)
		err = dump_open(file, path, why, size);
	if (err)
		kdump_file__close(file);
	else
		*out = file;
	return err;
}

void kdump_file__close(struct kdump_file *file)
{
	if (!file)
		return;
	if (file->ctx)
		file->lib.free(file->ctx);
	free(file->vmcoreinfo);
	if (file->lib.handle)
		dlclose(file->lib.handle);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

static int dump_read(void *ctx, uint64_t addr, void *buf, size_t size)
{
	struct kdump_file *file = ctx;
	size_t len = size;

	return file->lib.read(file->ctx, KDUMP_KVADDR, addr, buf, &len) == KDUMP_OK && len == size ?
		       0 :
		       -EFAULT;
}

struct memory kdump_file__memory(struct kdump_file *file)
{
	return (struct memory){ dump_read, file, file->vmcoreinfo };
}
