// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <grp.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include "base/helper_process.h"
#include "run/parts.h"

/* How often the clerk checks whether a CMD has ended. */
#define REAP_MS 200
/* How often at the end, when ipitrace waits for the clerk. */
#define END_MS	10

/* Returns the length of @path up to where clerk__name() adds the time of a file. */
static size_t stem_length(const char *path)
{
	const char *base = basename(path);

	return (*base ? strchrnul(base + 1, '.') : base) - path;
}

/* Get the directory of @path. False: longer than PATH_MAX. */
static bool directory_of(const char *path, char dir[PATH_MAX])
{
	int len = basename(path) - path;

	return snprintf(dir, PATH_MAX, "%.*s", len ? len : 1, len ? path : ".") < PATH_MAX;
}

bool clerk__name(const char *path, uint64_t ns, char *name, size_t size)
{
	size_t stem = stem_length(path);
	time_t s = ns / 1000000000;
	char text[32];
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm);
	return snprintf(name, size, "%.*s-%s.%03uZ%s", (int)stem, path, text,
			(unsigned int)(ns / 1000000 % 1000), path + stem) < (int)size;
}

bool clerk_work__owns_directory(const char *path, bool *callers)
{
	char dir[PATH_MAX];
	struct stat st;

	*callers = false;
	if (!directory_of(path, dir) || stat(dir, &st))
		return false;
	*callers = sudo_caller__owns(&st, &(uid_t){ 0 }, &(gid_t){ 0 });
	return !(st.st_mode & S_ISVTX) && privileges__may_write(dir);
}

struct kept_file {
	char name[NAME_MAX + 1];
	uint64_t bytes;
	uint64_t time; /* time of the last change, CLOCK_REALTIME, ns */
};

struct kept_files {
	struct kept_file *files;
	size_t nr;
};

/* Whether @name is @base with a time, as clerk__name() adds it. */
static bool has_time(const char *name, const char *base)
{
	static const char time[] = "-00000000T000000.000Z";
	size_t stem = stem_length(base);

	if (strncmp(name, base, stem))
		return false;
	name += stem;
	for (const char *t = time; *t; t++, name++)
		if (*t == '0' ? !isdigit((unsigned char)*name) : *name != *t)
			return false;
	return !strcmp(name, base + stem);
}

static int file_add(struct kept_files *kept, const char *name, const struct stat *st)
{
	struct kept_file *files = reallocarray(kept->files, kept->nr + 1, sizeof(*kept->files));

	if (!files)
		return -ENOMEM;
	kept->files = files;
	files[kept->nr] = (struct kept_file){
		.bytes = st->st_size,
		.time = st->st_mtim.tv_sec * 1000000000ULL + st->st_mtim.tv_nsec,
	};
	strcpy(files[kept->nr++].name, name);
	return 0;
}

/* Put the newest file first: its name has the time. */
static int newer_first(const void *a, const void *b)
{
	return strcmp(((const struct kept_file *)b)->name, ((const struct kept_file *)a)->name);
}

/* Find the files named @base with a time that this user, or the caller of sudo, owns. */
static int files_find(struct kept_files *kept, DIR *dir, const char *base)
{
	struct dirent *entry;
	struct stat st;
	int err = 0;

	while (!err && (entry = readdir(dir)))
		if (has_time(entry->d_name, base) &&
		    !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) &&
		    (st.st_uid == geteuid() ||
		     sudo_caller__owns(&st, &(uid_t){ 0 }, &(gid_t){ 0 })))
			err = file_add(kept, entry->d_name, &st);
	if (kept->nr)
		qsort(kept->files, kept->nr, sizeof(*kept->files), newer_first);
	return err;
}

/* Remove files above @limits, never the newest. Goes on after a failure; returns the first. */
static int above_remove(const struct kept_files *kept, const struct keep_limits *limits, int dir,
			uint64_t now, char failed[PATH_MAX])
{
	uint64_t bytes = 0;
	int err = 0;

	for (size_t i = 0; i < kept->nr; i++) {
		const struct kept_file *file = &kept->files[i];
		bool above = (limits->count && i >= limits->count) ||
			     (limits->bytes && bytes + file->bytes > limits->bytes) ||
			     (limits->age && file->time < now && now - file->time > limits->age);

		bytes += file->bytes;
		if (!i || !above || !unlinkat(dir, file->name, 0) || errno == ENOENT || err)
			continue;
		err = -errno;
		strcpy(failed, file->name);
	}
	return err;
}

int kept_files__trim(const struct keep_limits *limits, const char *path, uint64_t now,
		     char failed[PATH_MAX])
{
	struct kept_files kept = {};
	int err;
	DIR *dir;

	if (!directory_of(path, failed))
		return -ENAMETOOLONG;
	dir = opendir(failed);
	if (!dir)
		return -errno;
	err = files_find(&kept, dir, basename(path));
	if (!err)
		err = above_remove(&kept, limits, dirfd(dir), now, failed);
	free(kept.files);
	closedir(dir);
	return err;
}

/* Remove the file finished max_files files ago. Without --keep, files of earlier runs stay. */
static void oldest_remove(struct clerk_work *work)
{
	char **slot = &work->names[work->nr % work->config->max_files];

	if (*slot && unlink(basename(*slot)) && errno != ENOENT)
		fail(EXIT_FAILED, "%s: %s", *slot, strerror(errno));
	free(*slot);
	*slot = strdup(work->name);
	work->nr++;
}

static void files_trim(const struct clerk_work *work)
{
	const struct clerk_config *config = work->config;
	char failed[PATH_MAX];
	int err = kept_files__trim(config->keep, work->base, clock_ns(CLOCK_REALTIME), failed);

	if (err)
		fail(EXIT_FAILED, "--keep: %s: %s", failed, strerror(-err));
}

static void create_file(struct clerk_work *work)
{
	char old[PATH_MAX + 8];
	struct new_file file;
	int fd;

	/* While the file before is open, it counts as one that somebody still writes. */
	if (work->file >= 0)
		close(work->file);
	fd = work->away ?: new_file__open(&file, work->base, NULL, NEW_FILE_REGULAR);
	work->asked = true;
	work->empty = fd >= 0;
	if (fd >= 0 && *file.old) {
		snprintf(old, sizeof(old), "%s.old", work->config->path);
		diag__renamed(work->config->path, old);
	}
	pass_fd__send(work->fd, fd);
	work->file = fd;
}

static void variable_set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Become the user who called sudo. Without sudo, the process keeps its user. */
static bool user_become(void)
{
	uid_t uid;
	gid_t gid;

	if (!sudo_caller__find(&uid, &gid))
		return true;
	return !setgroups(1, (gid_t[]){ gid }) && !setresgid(gid, gid, gid) &&
	       !setresuid(uid, uid, uid);
}

/* Whether only root, this user and sudo's caller can create or rename files in the directory. */
static bool is_own_directory(int dir)
{
	struct stat st;

	return !fstat(dir, &st) && owner__is_trusted(&st) &&
	       /* In a sticky directory each user names, and removes, only his own files. */
	       ((st.st_mode & S_ISVTX) ||
		!(st.st_mode & (st.st_gid ? S_IWGRP | S_IWOTH : S_IWOTH)));
}

/* Whether is_own_directory() holds for the working directory, and for all directories above. */
static bool all_own(void)
{
	int dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool own = dir >= 0, top = false;

	while (own && !top) {
		int above = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct stat st, st_above;

		own = is_own_directory(dir) && above >= 0 && !fstat(dir, &st) &&
		      !fstat(above, &st_above);
		top = own && st.st_dev == st_above.st_dev && st.st_ino == st_above.st_ino;
		close(dir);
		dir = above;
	}
	if (dir >= 0)
		close(dir);
	return own;
}

/* Whether @path leads through no symbolic link, which somebody may replace. */
static bool is_without_links(int from, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	int fd = syscall(SYS_openat2, from, path, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void clerk_work__file_name(const struct clerk_work *work, char cmd_name[PATH_MAX])
{
	char name[PATH_MAX], dir[PATH_MAX];

	snprintf(name, sizeof(name), "%s", work->name);
	if (!all_own())
		snprintf(cmd_name, PATH_MAX, CLERK_FILE);
	else if (is_without_links(work->begun_in, name))
		snprintf(cmd_name, PATH_MAX, "%s", name);
	else if (!getcwd(dir, sizeof(dir)) ||
		 snprintf(cmd_name, PATH_MAX, "%s/%s", dir, basename(name)) >= PATH_MAX)
		snprintf(cmd_name, PATH_MAX, CLERK_FILE);
}

/* Open the file for reading only, and give its descriptor the number that CLERK_FILE names. */
static bool file_keep(int file)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = open(path, O_RDONLY);
	return fd == CLERK_FILE_FD || (fd >= 0 && dup2(fd, CLERK_FILE_FD) >= 0);
}

/* Become CMD. stdout is for data, so what CMD writes goes to stderr. */
static void __attribute__((noreturn))
cmd_main(const struct clerk_work *work, const struct clerk_request *request, int file)
{
	int null = open("/dev/null", O_RDONLY);
	char cmd_name[PATH_MAX];
	sigset_t none;

	clerk_work__file_name(work, cmd_name);
	clerk_request__environment(request, cmd_name, variable_set);
	variable_set("IPITRACE_NAME", work->name);
	write_signals__set(SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if ((work->begun_in >= 0 && fchdir(work->begun_in)) || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    !file_keep(file) || close_range(CLERK_FILE_FD + 1, ~0U, 0) || !user_become())
		_exit(126);
	execl("/bin/sh", "sh", "-c", work->config->exec, NULL);
	_exit(127);
}

static void cmd_start(struct clerk_work *work, const struct clerk_request *request, int file)
{
	struct clerk_cmd *cmd = work->cmds;

	if (!work->config->exec)
		return;
	while (cmd < work->cmds + CLERK_CMDS && cmd->pid)
		cmd++;
	if (cmd == work->cmds + CLERK_CMDS) {
		fail(EXIT_FAILED, "--exec: CMD was not run for %s: %d CMDs still run", work->name,
		     CLERK_CMDS);
		return;
	}
	strcpy(cmd->file, work->name);
	cmd->pid = fork();
	if (!cmd->pid)
		cmd_main(work, request, file);
	if (cmd->pid < 0) {
		fail(EXIT_FAILED, "--exec: CMD was not run for %s: %s", work->name,
		     strerror(errno));
		cmd->pid = 0;
	}
}

/* Returns whether a CMD still runs. */
static bool cmds_reap(struct clerk_work *work)
{
	bool any = false;

	for (struct clerk_cmd *cmd = work->cmds; cmd < work->cmds + CLERK_CMDS; cmd++) {
		int status;

		if (!cmd->pid)
			continue;
		if (waitpid(cmd->pid, &status, WNOHANG) != cmd->pid) {
			any = true;
			continue;
		}
		cmd->pid = 0;
		if (WIFSIGNALED(status))
			fail(EXIT_FAILED, "--exec: CMD was ended by signal %d for %s",
			     WTERMSIG(status), cmd->file);
		else if (WEXITSTATUS(status))
			fail(EXIT_FAILED, "--exec: CMD ended with status %d for %s",
			     WEXITSTATUS(status), cmd->file);
	}
	return any;
}

/* Rename the file by the time of @request. Returns false, after a message, if that fails. */
static bool rename_file(struct clerk_work *work, const struct clerk_request *request)
{
	const char *path = work->config->path;

	if (!clerk__name(path, request->real, work->name, sizeof(work->name))) {
		fail(EXIT_FAILED, "%s: %s", path, strerror(ENAMETOOLONG));
		return false;
	}
	if (renameat2(AT_FDCWD, work->base, AT_FDCWD, basename(work->name), RENAME_NOREPLACE)) {
		fail(EXIT_FAILED, "%s: %s", work->name, strerror(errno));
		return false;
	}
	return true;
}

/* Name the file, and create the next one. */
static void name_file(struct clerk_work *work, const struct clerk_request *request)
{
	int file = work->file;
	struct stat st;
	/* If nothing could be written to the file, there is nothing to keep. */
	bool empty = request->wish == CLERK_PARTIAL && !lstat(work->base, &st) && !st.st_size;
	bool named = !empty && rename_file(work, request);

	if (named && work->config->keep)
		files_trim(work);
	else if (named)
		oldest_remove(work);
	if (named)
		work->file = -1;
	create_file(work);
	if (named && request->wish == CLERK_WHOLE)
		cmd_start(work, request, file);
	if (named && file >= 0)
		close(file);
}

static void serve_request(struct clerk_work *work, const struct clerk_request *request)
{
	switch (request->wish) {
	case CLERK_CREATE:
		create_file(work);
		break;
	case CLERK_HAPPENED:
		work->empty = false;
		if (work->pidfd >= 0 &&
		    syscall(SYS_pidfd_send_signal, work->pidfd, SIGUSR1, NULL, 0))
			fail(EXIT_FAILED, "--signal %u: %s", work->config->signal, strerror(errno));
		break;
	case CLERK_PARTIAL:
	case CLERK_WHOLE:
		name_file(work, request);
		break;
	case NR_WISHES:
		break;
	}
}

/* Take the next request; false: the other end is closed, or asks for what ipitrace never does. */
static bool request_take(const struct clerk_work *work, struct clerk_request *request)
{
	/* With MSG_TRUNC, recv() returns the whole length of a packet that is longer. */
	ssize_t n = recv(work->fd, request, sizeof(*request), MSG_TRUNC);

	if (n <= 0)
		return false;
	if (n == sizeof(*request) && clerk_request__is_valid(request) &&
	    (work->asked || request->wish == CLERK_CREATE || request->wish == CLERK_HAPPENED))
		return true;
	fail(EXIT_FAILED, "record --flight: ipitrace-clerk ended: it got an invalid request");
	return false;
}

void clerk_work__enter(struct clerk_work *work)
{
	const char *path = work->config->path;
	char dir[PATH_MAX];

	work->base = basename(path);
	work->begun_in = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!directory_of(path, dir))
		work->away = -ENAMETOOLONG;
	else if (chdir(dir))
		work->away = -errno;
	else if (!*work->base)
		work->away = -EISDIR;
}

void clerk_work__run(struct clerk_work *work)
{
	struct pollfd fd = { .fd = work->fd, .events = POLLIN };
	struct clerk_request request;
	sigset_t all;

	/* The parent handles Ctrl-C. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	work->names = calloc(work->config->max_files, sizeof(*work->names));
	if (!work->names)
		return;
	if (work->config->keep)
		files_trim(work);
	for (;;) {
		if (poll(&fd, 1, cmds_reap(work) ? REAP_MS : -1) <= 0)
			continue;
		if (!request_take(work, &request))
			break;
		serve_request(work, &request);
	}
	if (work->empty)
		unlink(work->base);
	/* Wait a while for the CMDs; nobody will know the status of a CMD that runs longer. */
	for (int ms = 0; cmds_reap(work) && ms < CLERK_END_MS; ms += END_MS)
		usleep(END_MS * 1000);
	for (struct clerk_cmd *cmd = work->cmds; cmd < work->cmds + CLERK_CMDS; cmd++)
		if (cmd->pid)
			fail(EXIT_DONE,
			     "--exec: CMD still runs for %s: its status will not be known",
			     cmd->file);
}

static bool is_cpu(uint32_t cpu)
{
	return cpu < CPUSET_MAX || cpu == CPU_UNKNOWN;
}

bool clerk_request__is_valid(const struct clerk_request *request)
{
	const struct trigger *trigger = &request->trigger;

	/* The request may hold any number, and the compiler may make enumerations signed. */
	return (unsigned int)request->wish < NR_WISHES &&
	       (unsigned int)trigger->kind < NR_TRIGGERS &&
	       (unsigned int)trigger->phase < NR_PHASES && is_cpu(trigger->src) &&
	       is_cpu(trigger->dst);
}

static void number_set(const char *name, uint64_t number,
		       void (*set)(const char *name, const char *value))
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	set(name, text);
}

void clerk_request__environment(const struct clerk_request *request, const char *file,
				void (*set)(const char *name, const char *value))
{
	static const char *const names[] = {
		"IPITRACE_ID", "IPITRACE_PHASE", "IPITRACE_SRC", "IPITRACE_DST", "IPITRACE_NS",
	};
	const struct trigger *trigger = &request->trigger;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		set(names[i], NULL);
	set("IPITRACE_FILE", file);
	set("IPITRACE_INCIDENT", trigger_names[trigger->kind]);
	number_set("IPITRACE_TIME", request->real / 1000000000, set);
	if (trigger->id)
		number_set("IPITRACE_ID", trigger->id, set);
	if (!trigger__has_csd(trigger))
		return;
	set("IPITRACE_PHASE", phase_names[trigger->phase]);
	number_set("IPITRACE_SRC", trigger->src, set);
	number_set("IPITRACE_DST", trigger->dst, set);
	number_set("IPITRACE_NS", trigger->duration, set);
}
