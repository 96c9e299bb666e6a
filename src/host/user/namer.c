// SPDX-License-Identifier: GPL-2.0
#include "base/confine.h"
#include "host/user/user.h"

#define PROCESSES     32
/* How many names of a process's perf map are kept. */
#define MADE_NAMES    64
/* A stack's budget. The largest browser has 48 MB of symbols, read for each new address. */
#define REQUEST_BYTES (256ULL << 20)
#define REQUEST_NS    100000000ULL

struct process {
	struct images_owner owner; /* pid 0: free */
	int perf_fd; /* negative: none */
	bool perf_tried;
	off_t perf_size; /* the map's size when it was read */
	off_t perf_read; /* how far it was read: a line begins here */
	uint64_t used;
	struct proc_maps maps;
	struct made_name made[MADE_NAMES];
};

struct namer {
	int opener;
	uint64_t uses;
	uint64_t programs;
	struct images *images;
	struct process processes[PROCESSES];
};

struct namer *namer__new(int opener)
{
	struct namer *namer = calloc(1, sizeof(*namer));

	if (!namer)
		return NULL;
	namer->opener = opener;
	namer->images = images__new(opener);
	if (!namer->images) {
		free(namer);
		return NULL;
	}
	for (int i = 0; i < PROCESSES; i++)
		namer->processes[i].owner.maps_fd = namer->processes[i].perf_fd = -1;
	return namer;
}

static void process_close(struct process *process)
{
	if (process->owner.maps_fd >= 0)
		close(process->owner.maps_fd);
	if (process->perf_fd >= 0)
		close(process->perf_fd);
	proc_maps__free(&process->maps);
	*process = (struct process){ .owner.maps_fd = -1, .perf_fd = -1 };
}

/* Returns the entry of @tgid; if there is none, the entry that was unused for longest. */
static struct process *find_entry(struct namer *namer, uint32_t tgid)
{
	struct process *oldest = namer->processes;

	for (int i = 0; i < PROCESSES; i++) {
		struct process *process = &namer->processes[i];

		if (process->owner.pid == tgid)
			return process;
		if (process->used < oldest->used)
			oldest = process;
	}
	return oldest;
}

/*
 * Returns the process @tgid. NULL: its mappings cannot be read; *@why gets an enum user_end. If the
 * process has ended, its entry stays, and still names the samples of the process.
 */
static struct process *get_process(struct namer *namer, uint32_t tgid, uint32_t *why)
{
	const struct opener_request request = { .file = OPEN_MAPS, .pid = tgid };
	struct process *process = find_entry(namer, tgid),
		       fresh = { .owner.pid = tgid, .perf_fd = -1 };
	int err;

	process->used = ++namer->uses;
	if (process->owner.pid == tgid && images_owner__runs(&process->owner))
		return process;
	fresh.used = process->used;
	fresh.owner.maps_fd = opener__ask(namer->opener, &request);
	err = fresh.owner.maps_fd < 0 ? fresh.owner.maps_fd :
					proc_maps__read(&fresh.maps, fresh.owner.maps_fd);
	if (!err) {
		process_close(process);
		fresh.owner.program = ++namer->programs;
		*process = fresh;
		return process;
	}
	process_close(&fresh);
	if (process->owner.pid == tgid)
		return process;
	*why = err == -EACCES || err == -EPERM ? USER_END_DENIED : USER_END_GONE;
	return NULL;
}

static const struct code_mapping *find_mapping(const void *ctx, uint64_t addr)
{
	return proc_maps__find(&((const struct process *)ctx)->maps, addr);
}

/* If @stack has code that was mapped after the mappings were read, read them again. */
static void process_refresh(struct process *process, const struct user_stack *stack)
{
	bool all_mapped = find_mapping(process, stack->ip);

	for (uint32_t i = 1; i < stack->nr && i < 4; i++)
		all_mapped &= find_mapping(process, stack->frames[i]) != NULL;
	/* The file of a process that has ended reads as empty: keep the mappings. */
	if (!all_mapped && images_owner__runs(&process->owner))
		proc_maps__read(&process->maps, process->owner.maps_fd);
}

/* Open the perf map. False: there is none. */
static bool perf_open(struct namer *namer, struct process *process)
{
	const struct opener_request request = { .file = OPEN_PERF_MAP, .pid = process->owner.pid };

	if (process->perf_fd < 0 && (!process->perf_tried || !(namer->uses % 64))) {
		process->perf_fd = opener__ask(namer->opener, &request);
		/* The process may have ended, and another process may have its number now. */
		if (process->perf_fd >= 0 && !images_owner__runs(&process->owner)) {
			close(process->perf_fd);
			process->perf_fd = -1;
		}
	}
	process->perf_tried = true;
	return process->perf_fd >= 0;
}

/*
 * Read the new lines of a perf map, which grows while its program runs; and if @addr is new in
 * @made, the earlier lines, too.
 */
static void perf_catch_up(struct process *process, struct made_name *made, uint64_t addr)
{
	bool is_new = made->addr != addr;
	struct stat st;

	if (fstat(process->perf_fd, &st))
		return;
	if (st.st_size < process->perf_size) {
		memset(process->made, 0, sizeof(process->made));
		process->perf_size = process->perf_read = 0;
		is_new = true;
	}
	if (is_new)
		*made = (struct made_name){ .addr = addr };
	if (is_new && process->perf_read)
		perf_map__read(process->perf_fd, 0, process->perf_read, made, 1);
	if (st.st_size != process->perf_size)
		process->perf_read = perf_map__read(process->perf_fd, process->perf_read,
						    PERF_MAP_MAX, process->made, MADE_NAMES);
	/* Another request reads the part that the budget cut off. */
	if (!budget__over())
		process->perf_size = st.st_size;
}

/* Name @frame by the function that the program compiled at @addr. False: none is known. */
static bool made_find(struct namer *namer, struct process *process, uint64_t addr,
		      struct named_frame *frame)
{
	struct made_name *made = &process->made[(addr >> 4) % MADE_NAMES];

	if (!perf_open(namer, process))
		return false;
	budget__part();
	perf_catch_up(process, made, addr);
	if (!made->found && budget__cut())
		made->addr = 0;
	if (!made->found)
		return false;
	snprintf(frame->name, sizeof(frame->name), "%s", made->name);
	frame->offset = made->offset;
	return true;
}

/*
 * Name @frame. @called: its address is where a call returns. The call may be the last instruction
 * of its function, so the function is that of the byte before the address.
 */
static void name_frame(struct namer *namer, struct process *process, bool called,
		       struct named_frame *frame)
{
	const struct code_mapping *mapping = find_mapping(process, frame->addr - called);
	struct mapped_file *file;
	uint64_t vaddr;

	frame->offset = frame->addr;
	if (!mapping)
		return;
	snprintf(frame->module, sizeof(frame->module), "%s", mapping->name);
	file = images__get(namer->images, &process->owner, mapping);
	if (file &&
	    elf_image__vaddr(images__elf(namer->images, file),
			     frame->addr - called - mapping->start + mapping->offset, &vaddr)) {
		frame->offset = vaddr + called;
		if (images__function(namer->images, file, &process->owner, vaddr, frame->name,
				     sizeof(frame->name), &frame->offset))
			frame->offset += called;
	} else if (!file && made_find(namer, process, frame->addr - called, frame)) {
		frame->offset += called;
		snprintf(frame->module, sizeof(frame->module), "jit");
	}
}

/* The arguments of the functions in `ops`, which unwind a stack. */
struct walk {
	struct namer *namer;
	struct process *process;
	const struct user_stack *stack;
};

/* Returns the file that has the code before or at @addr, and *@vaddr in that file; NULL: none. */
static const struct elf_image *find_file(const struct walk *walk, uint64_t addr, bool called,
					 uint64_t *vaddr)
{
	const struct code_mapping *mapping = find_mapping(walk->process, addr - called);
	struct mapped_file *file =
		mapping ? images__get(walk->namer->images, &walk->process->owner, mapping) : NULL;
	const struct elf_image *elf = file ? images__elf(walk->namer->images, file) : NULL;

	if (!elf || !elf_image__vaddr(elf, addr - mapping->start + mapping->offset, vaddr))
		return NULL;
	return elf;
}

static enum unwind_step step_frame(void *ctx, bool called, struct unwind_regs *regs)
{
	const struct walk *walk = ctx;
	uint64_t vaddr;
	const struct elf_image *elf = find_file(walk, regs->ip, called, &vaddr);

	return elf ? unwind__step(elf, vaddr, called, walk->stack, regs) : UNWIND_UNKNOWN;
}

static bool is_after_syscall(void *ctx, uint64_t addr)
{
	uint64_t vaddr;
	const struct elf_image *elf = find_file(ctx, addr, true, &vaddr);

	return elf && elf_code__follows_syscall(elf, vaddr);
}

/* Whether a thread begins in the function: glibc, musl, Go. */
static bool is_base(const char *name)
{
	static const char *const bases[] = {
		"_start", "__libc_start_main", "__libc_start_call_main", "clone",	  "__clone",
		"clone3", "__clone3",	       "start_thread",		 "runtime.goexit"
	};

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
		if (!strncmp(name, bases[i], strlen(bases[i])))
			return true;
	return false;
}

/* Code without a file, made at run time, cannot be read: each address may be a caller. */
static bool is_caller(void *ctx, uint64_t addr)
{
	const struct walk *walk = ctx;
	struct named_frame frame = { .addr = addr };
	uint64_t vaddr;
	const struct elf_image *elf;

	if (!find_mapping(walk->process, addr - 1))
		return false;
	elf = find_file(walk, addr, true, &vaddr);
	if (!elf || elf_code__may_return_to(elf, vaddr))
		return true;
	/*
	 * A goroutine returns into Go's runtime.goexit, which nobody calls (1.2 to 1.25
	 * newproc1()).
	 */
	name_frame(walk->namer, walk->process, true, &frame);
	return is_base(frame.name);
}

void namer__name(struct namer *namer, uint32_t tgid, const struct user_stack *stack,
		 struct named_stack *named)
{
	static const struct frame_ops ops = { step_frame, is_caller, is_after_syscall };
	struct walk walk = { .namer = namer, .stack = stack };
	struct joined_frames frames;

	memset(named, 0, sizeof(*named));
	budget__begin(REQUEST_BYTES, REQUEST_NS);
	walk.process = get_process(namer, tgid, &named->end);
	if (!walk.process)
		return;
	process_refresh(walk.process, stack);
	join_frames(stack, &ops, &walk, &frames);
	named->end = frames.end;
	named->nr = frames.nr;
	for (uint32_t i = 0; i < frames.nr; i++) {
		named->frames[i].addr = frames.addrs[i];
		name_frame(namer, walk.process, i > 0, &named->frames[i]);
	}
	if (named->end != USER_END_BASE && is_base(named->frames[named->nr - 1].name))
		named->end = USER_END_BASE;
}

int namer__confine(void)
{
	static const int calls[] = {
		SCMP_SYS(recvfrom),  SCMP_SYS(sendto), SCMP_SYS(recvmsg),
		SCMP_SYS(setitimer), SCMP_SYS(wait4),
	};
	int err = confine__files();

	return err && err != -EOPNOTSUPP ? err :
					   confine__calls(calls, sizeof(calls) / sizeof(*calls));
}
