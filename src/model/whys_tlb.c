// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/* The reasons of TLB flushes. See whys.c for the members. */

/*
 * mm/vmalloc.c, arch/x86/mm/pat/set_memory.c, and the other callers of flush_tlb_kernel_range() and
 * flush_tlb_all(). Freed memory is unmapped later, many areas at once; a change of attributes
 * begins with such an unmapping (vm_unmap_aliases()).
 */
const struct why whys_of_kernel_tlb[] = {
	{ "modules", "the memory of modules is protected, or given back",
	  "load modules when the machine boots, and once",
	  .via = { "load_module", "free_module", "do_init_module", "__do_sys_init_module",
		   "__do_sys_finit_module", "__do_sys_delete_module", "module_enable_",
		   "module_memory_" } },
	{ "bpf_arena", "pages of a BPF arena are given back",
	  "free pages of the arena in larger parts (bpf_arena_free_pages)",
	  .via = { "bpf_arena_", "arena_free_", "arena_map_" } },
	{ "bpf", "the code of BPF programs is protected, or given back",
	  "load programs and seccomp filters once, not in a loop",
	  .via = { "bpf_", "__bpf_", "jit_subprogs", "do_seccomp", "seccomp_" } },
	{ "tracing", "ftrace or kprobes set up their code, or protect it",
	  "attach once, not in a loop",
	  .via = { "arch_ftrace_", "ftrace_", "set_ftrace_ops_ro", "alloc_insn_page",
		   "register_kprobe", "unregister_kprobe", "__unregister_kprobe" } },
	{ "stacks", "stacks of threads are given back",
	  "start fewer short-lived threads and programs",
	  .via = { "free_vm_stack_cache", "thread_stack_", "delayed_free_vm_stack",
		   "__put_task_struct" } },
	/* mm/hugetlb_vmemmap.c */
	{ "huge_pages",
	  "huge pages are made or given back, and their page structs with them (hugetlb_free_vmemmap)",
	  "reserve huge pages when the machine boots; or boot with hugetlb_free_vmemmap=off",
	  .via = { "hugetlb_vmemmap_", "__hugetlb_vmemmap_", "vmemmap_remap_",
		   "vmemmap_pmd_entry" } },
	{ "memory_hotplug", "memory is added or removed",
	  "add and remove memory less often, or larger parts of it",
	  .via = { "arch_remove_memory", "try_remove_memory", "remove_memory_", "__remove_pages",
		   "add_memory_resource", "__add_memory_resource", "sparse_add_section",
		   "memunmap_pages", "create_altmaps_" } },
	/* mm/secretmem.c */
	{ "secret_memory", "a program touches new pages of memfd_secret(2)",
	  "use such memory again, in place of new memory", .via = { "secretmem_" } },
	/* arch/x86/events/intel/ds.c */
	{ "perf", "perf sets up or gives back buffers that the CPU writes (PEBS, BTS)",
	  "keep events open in place of opening them in a loop",
	  .via = { "ds_update_cea", "ds_clear_cea", "release_bts_buffer", "release_pebs_buffer",
		   "reserve_ds_buffers", "release_ds_buffers" } },
	/* drivers/xen/balloon.c */
	{ "balloon", "a guest of Xen gives memory back to its host",
	  "change the guest's memory less often", .via = { "decrease_reservation" } },
	/* mm/percpu.c: a work, pcpu_balance_workfn() */
	{ "percpu", "memory of per-CPU variables is given back",
	  "let the sender make and remove fewer BPF maps, cgroups, network devices or mounts in a "
	  "loop",
	  .via = { "pcpu_" } },
	{ "caching", "a driver changes how CPUs cache memory (uncached, write-combining)",
	  NO_ADVICE,
	  .via = { "set_pages_array_", "_set_pages_array", "set_memory_uc", "_set_memory_uc",
		   "set_memory_wc", "_set_memory_wc", "set_memory_wb", "_set_memory_wb",
		   "_set_memory_wt", "set_pages_uc", "set_pages_wb" } },
	{ "attributes", "the attributes of kernel memory are changed (set_memory_*)", NO_ADVICE,
	  .via = { "change_page_attr_set_clr", "__change_page_attr_set_clr", "__set_memory_",
		   "set_memory_", "cpa_flush" } },
	/*
	 * VM_FLUSH_RESET_PERMS, which vfree() of 6.12 and __vunmap() of 5.10 and 6.1 have inlined.
	 */
	{ "protected",
	  "protected memory is freed, such as the code of modules, BPF programs and kprobes; no "
	  "frame shows whose memory it was",
	  NO_ADVICE,
	  .via = { "_vm_unmap_aliases<vfree", "_vm_unmap_aliases<__vunmap", "vm_reset_perms" } },
	{ "bulk",
	  "vmalloc areas that were freed earlier are unmapped in bulk; who freed them is not known",
	  "ipitrace trace shows when; look for what the machine loads, opens and starts at that "
	  "rate",
	  .via = { "drain_vmap_area_work", "purge_vmap_area_lazy", "free_vmap_area_noflush",
		   "reclaim_and_purge_vmap_areas", "alloc_vmap_area", "free_work",
		   "delayed_vfree_work" } },
	{},
};

/* mm/ksm.c */
const struct why whys_of_ksm[] = {
	{ "unmerged",
	  "equal pages that KSM merged become pages of their own again (MADV_UNMERGEABLE, "
	  "PR_SET_MEMORY_MERGE, ksm/run)",
	  "switch the merging of memory off once, not in a loop",
	  .via = { "unmerge_ksm_pages", "unmerge_and_remove_all_rmap_items", "ksm_madvise",
		   "ksm_del_vma" } },
	{},
};

/* mm/memory_hotplug.c, mm/memory-failure.c */
const struct why whys_of_memory_offline[] = {
	WHY_INJECTED,
	{ "failed", "memory has failed, and its pages are taken away",
	  "see dmesg for memory errors",
	  .via = { "memory_failure", "hwpoison_user_mappings", "unmap_poisoned_",
		   "try_to_unmap_poisoned_" } },
	{ "soft_offline", "pages with errors that were corrected are moved, and used no longer",
	  "see dmesg for memory errors", .via = { "soft_offline" } },
	{ "offline", "memory is taken offline", "take memory offline less often",
	  .via = { "offline_pages", "__offline_pages", "do_migrate_range" } },
	{},
};

/*
 * mm/truncate.c, fs/remap_range.c: what replaces pages of a file calls truncate_pagecache_range(),
 * too.
 */
const struct why whys_of_truncate[] = {
	{ "cloned",
	  "parts of mapped files are replaced by copies or clones of other ones (FICLONE, "
	  "copy_file_range(2), deduplication)",
	  "copy and clone only into files that no program maps",
	  .via = { "do_clone_file_range", "vfs_clone_file_range", "vfs_dedupe_file_range",
		   "vfs_copy_file_range", "ioctl_file_clone", "ioctl_file_dedupe_range",
		   "btrfs_remap_file_range", "xfs_file_remap_range" } },
	{ "fallocate",
	  "ranges of mapped files are taken out or zeroed by fallocate(2) (holes, for example)",
	  "use larger ranges, less often, and only in files that no program maps",
	  .via = { "vfs_fallocate", "shmem_fallocate" } },
	{ "truncated", "mapped files are truncated", "truncate only files that no program maps",
	  .via = { "truncate_setsize", "do_truncate", "vfs_truncate", "shmem_setattr",
		   "notify_change" } },
	{},
};

/* mm/oom_kill.c */
const struct why whys_of_exit[] = {
	{ "released",
	  "a program takes back the memory of a process that was killed, before the process ends: "
	  "process_mrelease(2)",
	  "add memory, or use less, so that fewer processes are killed to free memory",
	  .via = { "__do_sys_process_mrelease", "__x64_sys_process_mrelease",
		   "__arm64_sys_process_mrelease", "__se_sys_process_mrelease",
		   "__ia32_sys_process_mrelease" } },
	{ "killed",
	  "memory of a process that the OOM killer killed is taken back before the process ends",
	  "add memory, or use less; see dmesg for who was killed",
	  .via = { "__oom_reap_task_mm", "oom_reap_task" } },
	{},
};

/* kernel/cgroup/cpuset.c: cpuset_migrate_mm_workfn() calls the function of migrate_pages(2). */
const struct why whys_of_moves[] = {
	{ "cpuset",
	  "pages are moved to the memory nodes of a cpuset, in a work; the stack does not show who set "
	  "cpuset.mems, or moved a task",
	  "set cpuset.mems before tasks join the cpuset, and once",
	  .via = { "cpuset_migrate_mm" } },
	{},
};

/* mm/khugepaged.c */
const struct why whys_of_collapse[] = {
	{ "damon", "DAMON reclaims, moves or collapses pages, as its schemes say",
	  "give the scheme a smaller quota, or stop it: "
	  "/sys/kernel/mm/damon/admin/kdamonds/N/contexts/0/schemes",
	  .via = { "damon_", "damos_", "kdamond_" } },
	{ "asked", "a program asks for huge pages at once: MADV_COLLAPSE",
	  "let the sender ask for less memory, or less often", .via = { "madvise_collapse" } },
	{ "khugepaged", "khugepaged collapses small pages into huge pages",
	  "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled; or set a larger "
	  "khugepaged/scan_sleep_millisecs",
	  .via = { "khugepaged" } },
	{},
};

/* mm/compaction.c; mm/page_alloc.c: alloc_contig_range() moves pages without compaction. */
const struct why whys_of_compaction[] = {
	{ "contiguous",
	  "a large range of memory is made free (CMA, huge pages of 1 GiB, virtio-mem)",
	  "reserve huge pages when the machine boots",
	  .via = { "alloc_contig_", "__alloc_contig" } },
	{ "asked",
	  "somebody has memory compacted: vm.compact_memory, /sys/devices/system/node/nodeN/compact",
	  "let the sender write these files less often",
	  .via = { "sysctl_compaction_handler", "compact_store" } },
	{ "compaction", "memory is compacted: pages move together to make room for large ones",
	  "sysctl vm.compaction_proactiveness=0; reserve huge pages at boot, in place of "
	  "allocating them on demand",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "compact_node",
		   "kcompactd" } },
	{},
};

/*
 * mm/vmscan.c, mm/memcontrol.c: kswapd and allocations lack memory; the other callers were asked to
 * reclaim.
 */
const struct why whys_of_reclaim[] = {
	{ "asked",
	  "somebody asks to reclaim memory: memory.reclaim, memory.force_empty, lru_gen, or a "
	  "lowered limit of a cgroup",
	  "stop the sender, which writes memory.reclaim, memory.force_empty, memory.high or "
	  "memory.max, or let it write smaller steps",
	  .via = { "user_proactive_reclaim", "memory_reclaim", "memory_high_write",
		   "memory_max_write", "mem_cgroup_resize_max", "mem_cgroup_force_empty",
		   "reclaim_store", "lru_gen_seq_write" } },
	{ "cgroup", "a cgroup is at its memory.high or memory.max",
	  "raise memory.high or memory.max of that cgroup, or use less memory in that cgroup",
	  .via = { "reclaim_high", "try_charge", "mem_cgroup_shrink_node" } },
	{ "node",
	  "a NUMA node is full, and its memory is reclaimed before that of another one is used "
	  "(vm.zone_reclaim_mode)",
	  "sysctl vm.zone_reclaim_mode=0", .via = { "__node_reclaim", "node_reclaim" } },
	{ "hibernation", "memory is made free for the image of a hibernation", NO_ADVICE,
	  .via = { "shrink_all_memory" } },
	{ "shortage", "memory is short: mapped pages are reclaimed or swapped out",
	  "add memory, or use less",
	  .via = { "balance_pgdat", "kswapd", "try_to_free_pages", "__alloc_pages_slowpath" } },
	{},
};

const struct why whys_of_writeback[] = {
	{ "msync", "a program writes mapped files back with msync(2)",
	  "call msync for larger parts, less often; or use MS_ASYNC",
	  .via = { "__do_sys_msync", "__x64_sys_msync", "__arm64_sys_msync", "__se_sys_msync" } },
	{ "fsync",
	  "a program writes mapped files back with fsync(2), syncfs(2), sync(2) or sync_file_range(2)",
	  "call fsync less often; do not map files that must be synced often",
	  .via = { "do_fsync", "ksys_sync", "sync_file_range", "__x64_sys_fsync",
		   "__x64_sys_fdatasync", "__do_sys_syncfs", "__x64_sys_syncfs", "io_fsync",
		   "aio_fsync_work" } },
	/* fs/fs-writeback.c: a work for sync(2) is among the works that a flusher has to do. */
	{ "flusher",
	  "the kernel's flusher threads write mapped pages back, because these are old or many, or "
	  "because somebody syncs (sync(2), syncfs(2)); no stack shows which",
	  "echo 1 >/sys/kernel/tracing/events/writeback/writeback_start/enable shows the reason; "
	  "if that is background or periodic: write with write(2) in place of mmap, or set a "
	  "larger vm.dirty_writeback_centisecs; if that is sync: sync less often",
	  .via = { "wb_workfn", "wb_writeback" } },
	/* include/linux/fs.h: generic_write_sync(), kiocb_write_and_wait() */
	{ "written",
	  "a program writes to a file with O_SYNC, O_DSYNC or O_DIRECT, and pages of the file that are "
	  "mapped are written back with it",
	  "do not map files that are written in this way; make larger writes",
	  .via = { "vfs_write", "do_iter_", "vfs_iter_write", "io_write", "aio_write" } },
	{},
};

/*
 * mm/madvise.c. Since 6.16 do_madvise() itself ends the flush of freed memory
 * (madvise_finish_tlb()); before, zap_page_range_single() did. Both functions may be inlined into
 * their callers.
 */
const struct why whys_of_madvise[] = {
	{ "pageout", "a program has its own or another program's memory reclaimed: MADV_PAGEOUT",
	  "let the sender ask for less memory at a time, or less often",
	  .via = { "madvise_pageout", "reclaim_pages" } },
	{ "cold",
	  "a program marks its own or another program's memory as not needed soon: MADV_COLD",
	  "let the sender ask for less memory at a time, or less often",
	  .via = { "madvise_cold<madvise_vma_behavior", "madvise_cold<do_madvise" } },
	{ "cold_or_pageout",
	  "a program asks for MADV_COLD or MADV_PAGEOUT of its own or another program's memory",
	  "let the sender ask for less memory at a time, or less often",
	  .via = { "madvise_cold_or_pageout_pte_range" } },
	{ "remove", "a program punches holes into what it maps: MADV_REMOVE",
	  "punch larger holes, less often",
	  .via = { "madvise_remove", "vfs_fallocate", "shmem_fallocate" } },
	{ "guard", "a program sets or removes guard pages: MADV_GUARD_INSTALL, MADV_GUARD_REMOVE",
	  "set guard pages once for a stack that is used again",
	  .via = { "madvise_guard_", "guard_install_", "guard_remove_" } },
	{ "populate",
	  "a program has pages made ready to be written (MADV_POPULATE_WRITE), and shared pages "
	  "are copied",
	  "ask once for all of the memory, before other threads use it",
	  .via = { "faultin_page_range", "faultin_vma_page_range", "madvise_populate" } },
	/* Both call zap_page_range_single(): MADV_DONTNEED up to 6.15, guard pages since 6.13. */
	{ "dontneed_or_guard",
	  "a program gives memory back (MADV_DONTNEED) or sets guard pages (MADV_GUARD_INSTALL, since "
	  "6.13); the stack does not show which",
	  "strace -e trace=madvise shows which; for MADV_DONTNEED, if the program's malloc does "
	  "it: raise MALLOC_TRIM_THRESHOLD_ or jemalloc's dirty_decay_ms; for guard pages: set "
	  "them once",
	  .via = { "zap_page_range_single<madvise_vma_behavior" } },
	{ "give_back", "a program gives memory back: MADV_DONTNEED, MADV_FREE",
	  "if the program's malloc does it: raise MALLOC_TRIM_THRESHOLD_ or jemalloc's "
	  "dirty_decay_ms, lower TCMALLOC_RELEASE_RATE; run fewer threads",
	  .via = { "madvise_dontneed_", "madvise_free_", "zap_page_range_single",
		   "zap_vma_range_batched<madvise_vma_behavior", "madvise_finish_tlb" } },
	/* 6.12 inlines all from do_madvise() to madvise_cold(); 6.18 does madvise_finish_tlb(). */
	{ "give_back_or_cold",
	  "a program gives memory back (MADV_DONTNEED, MADV_FREE) or marks memory as not needed soon "
	  "(MADV_COLD, before 6.15); the stack does not show which",
	  "strace -e trace=madvise,process_madvise shows which; for memory that is given back, if "
	  "the program's malloc does it: raise MALLOC_TRIM_THRESHOLD_ or jemalloc's dirty_decay_ms",
	  .via = { "tlb_finish_mmu<do_madvise", "tlb_finish_mmu<vector_madvise",
		   "tlb_finish_mmu<madvise_do_behavior", "tlb_finish_mmu<__do_sys_process_madvise",
		   "tlb_finish_mmu<__x64_sys_process_madvise" } },
	{},
};

/*
 * mm/memory.c: __access_remote_vm(), mm/process_vm_access.c: by GUP, which copies shared pages as a
 * write does.
 */
const struct why whys_of_cow[] = {
	{ "remote",
	  "somebody writes to the memory of a program (/proc/PID/mem, ptrace(2), process_vm_writev(2)), "
	  "and shared pages are copied first",
	  "write less often; in a debugger: use hardware breakpoints (hbreak)",
	  .via = { "__access_remote_vm", "access_remote_vm", "process_vm_rw" } },
	/*
	 * mm/gup.c: populate_vma_page_range(), for mlock(2), MAP_POPULATE and brk(2) of locked
	 * memory
	 */
	{ "populate",
	  "a program has memory made ready (mlock(2), MAP_POPULATE), and shared pages are copied for it",
	  "ask once for all of the memory, before other threads use it",
	  .via = { "populate_vma_page_range", "__mm_populate" } },
	/* mm/gup.c: O_DIRECT reads, io_uring's fixed buffers, RDMA, VFIO */
	{ "pinned",
	  "a device or the kernel is to write to memory of a program, and shared pages are copied first",
	  "keep such buffers, and do not share them: vfork or posix_spawn in place of fork; "
	  "madvise(MADV_DONTFORK)",
	  .via = { "pin_user_pages", "iov_iter_extract_", "iov_iter_get_pages",
		   "__iov_iter_get_pages" } },
	/* mm/memory.c: a page that was swapped out is still in the swap cache, or shared there. */
	{ "swap",
	  "memory that was swapped out comes back, and its pages are copied as they are written",
	  "add memory, or use less; use MADV_PAGEOUT and memory.reclaim less often",
	  .via = { "do_swap_page" } },
	{},
};

const struct why whys_of_mprotect[] = {
	{ "pkey", "a program protects memory with pkey_mprotect(2)",
	  "give the memory its key once; then change the rights of the key (WRPKRU), which "
	  "interrupts nobody",
	  .via = { "__x64_sys_pkey_mprotect", "__do_sys_pkey_mprotect", "__arm64_sys_pkey_mprotect",
		   "__se_sys_pkey_mprotect", "__ia32_sys_pkey_mprotect" } },
	{},
};

/*
 * mm/vma.c, mm/mmap.c. do_mmap() and __vm_munmap() have other callers than mmap(2) and munmap(2),
 * so the frames of these two system calls decide. On x86 ksys_mmap_pgoff() may end with a jump to
 * vm_mmap_pgoff(), which leaves no frame, and __x64_sys_mmap() one to ksys_mmap_pgoff() (5.10 to
 * 7.3).
 */
const struct why whys_of_munmap[] = {
	{ "aio", "a program sets up or ends an I/O context with io_setup(2) or io_destroy(2)",
	  "set the context up once, and use it again",
	  .via = { "ioctx_alloc", "kill_ioctx", "aio_free_ring" } },
	{ "shmat", "a program attaches shared memory in the place of other memory with shmat(2)",
	  "attach the memory once, or at an address that is free", .via = { "do_shmat" } },
	{ "shadow_stack", "shadow stacks of threads are set up or given back",
	  "start fewer short-lived threads",
	  .via = { "alloc_shstk", "shstk_", "vm_mmap_shadow_stack" } },
	{ "mmap", "a program maps memory in the place of other memory with mmap(2) (MAP_FIXED)",
	  "map larger parts at once, or map each place only once; run fewer threads",
	  .via = { "ksys_mmap_pgoff", "__x64_sys_mmap", "__arm64_sys_mmap", "__ia32_sys_mmap",
		   "__ia32_compat_sys_ia32_mmap", "__x64_compat_sys_ia32_mmap",
		   "vm_mmap_pgoff<do_syscall_", "vm_mmap_pgoff<x64_sys_call",
		   "vm_mmap_pgoff<ia32_sys_call", "vm_mmap_pgoff<invoke_syscall",
		   "vm_mmap_pgoff<__do_fast_syscall_32", "vm_mmap_pgoff<do_int80_",
		   "vm_mmap_pgoff<fred_int80_" } },
	{ "brk", "a program makes its heap smaller with brk(2)",
	  "malloc: raise MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_",
	  .via = { "__do_sys_brk", "__x64_sys_brk", "__arm64_sys_brk", "do_brk_munmap" } },
	{ "shmdt", "a program detaches shared memory with shmdt(2)",
	  "detach shared memory less often",
	  .via = { "ksys_shmdt", "__x64_sys_shmdt", "__arm64_sys_shmdt" } },
	{ "munmap", "a program unmaps memory with munmap(2)",
	  "let the program unmap memory less often (where its malloc does it: "
	  "MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_), or run fewer threads",
	  .via = { "__x64_sys_munmap", "__ia32_sys_munmap", "__arm64_sys_munmap", "__do_sys_munmap",
		   "__se_sys_munmap" } },
	{},
};
