// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/*
 * TLB flushes: flushes of a program's memory, which differ by the calling frame, and flushes of the
 * kernel's memory. See signatures.c for the members.
 */
static const struct signature signatures[] = {
	/*
	 * The causes of later rows may allocate memory, which may reclaim or compact memory, so
	 * the rows of reclaim and compaction come first. DAMON and khugepaged ask for both.
	 */
	{ "tlb_damon", USUAL_OCCASIONAL, /* mm/damon/ */
	  "DAMON reclaims, moves or watches pages, as its schemes say",
	  "give the scheme a smaller quota, or stop it: "
	  "/sys/kernel/mm/damon/admin/kdamonds/N/contexts/0/schemes",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "damon_", "__damon_", "kdamond_" } },
	{ "tlb_khugepaged", USUAL_OCCASIONAL, /* mm/khugepaged.c */
	  "small pages are collapsed into huge pages",
	  "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "khugepaged", "collapse_huge_page", "collapse_file", "collapse_single_pmd",
		   "madvise_collapse" },
	  .whys = whys_of_collapse },
	{ "tlb_reclaim", USUAL_OCCASIONAL, /* mm/vmscan.c */
	  "mapped pages are reclaimed or swapped out",
	  "ipitrace --stacks -f 'flush_tlb*' shows who asks for this",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "balance_pgdat", "kswapd", "try_to_free_pages", "try_to_free_mem_cgroup_pages",
		   "reclaim_high", "shrink_node", "__node_reclaim", "user_proactive_reclaim",
		   "lru_gen_seq_write", "mem_cgroup_shrink_node" },
	  .open = true, .whys = whys_of_reclaim },
	{ "tlb_compaction", USUAL_OCCASIONAL, /* mm/compaction.c, mm/page_alloc.c */
	  "pages move together to make room for large ones",
	  "reserve huge pages when the machine boots",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "compact_node",
		   "kcompactd", "alloc_contig_", "__alloc_contig" },
	  .whys = whys_of_compaction },
	/*
	 * do_numa_page() may be inlined into __handle_mm_fault(); only faults for NUMA balancing
	 * move a page so.
	 */
	{ "tlb_numa_balancing", USUAL_OCCASIONAL, /* kernel/sched/fair.c, mm/memory.c */
	  "NUMA balancing unmaps pages to see who uses them, and moves them",
	  "sysctl kernel.numa_balancing=0, or numactl --membind for the program",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_numa_page", "do_huge_pmd_numa_page", "migrate_misplaced_",
		   "change_prot_numa", "task_numa_work" } },
	{ "tlb_ksm", USUAL_OCCASIONAL, /* mm/ksm.c */
	  "KSM write-protects and merges equal pages",
	  "echo 0 >/sys/kernel/mm/ksm/run; or set a larger /sys/kernel/mm/ksm/sleep_millisecs",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "ksm_scan_thread", "ksm_do_scan", "unmerge_ksm_pages", "break_ksm",
		   "unmerge_and_remove_all_rmap_items", "ksm_madvise", "ksm_del_vma" },
	  .whys = whys_of_ksm },
	{ "tlb_userfaultfd", USUAL_ROUTINE, /* mm/userfaultfd.c */
	  "a program moves, fills or write-protects pages by userfaultfd (UFFDIO_MOVE, UFFDIO_WRITEPROTECT)",
	  "use larger ranges for each ioctl, and fewer threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "userfaultfd_", "mwriteprotect_range", "mrwprotect_range", "move_pages_pte",
		   "move_pages_huge_pmd", "uffd_", "mfill_atomic" } },
	{ "tlb_move_pages", USUAL_OCCASIONAL, /* mm/migrate.c, mm/mempolicy.c */
	  "pages are moved to other NUMA nodes: move_pages(2), migrate_pages(2), mbind(2), cpusets",
	  "let the sender move fewer pages; or place the memory when the program starts (numactl), "
	  "in place of moving it later",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_pages_move", "kernel_move_pages", "move_pages_and_store_status",
		   "kernel_migrate_pages", "do_migrate_pages", "migrate_to_node", "do_mbind",
		   "kernel_mbind", "cpuset_migrate_mm" },
	  .whys = whys_of_moves },
	{ "tlb_memory_offline", USUAL_RARE, /* mm/memory_hotplug.c, mm/memory-failure.c */
	  "memory is taken offline, or has failed and its pages are taken away",
	  "take memory offline less often; see dmesg for memory errors",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "offline_pages", "__offline_pages", "do_migrate_range", "memory_failure",
		   "soft_offline", "hwpoison_user_mappings", "unmap_poisoned_",
		   "try_to_unmap_poisoned_" },
	  .whys = whys_of_memory_offline },
	{ "tlb_soft_dirty", USUAL_OCCASIONAL, /* fs/proc/task_mmu.c */
	  "somebody clears the accessed or soft-dirty bits of a process: /proc/PID/clear_refs (CRIU, agents)",
	  "write to clear_refs less often, or use PAGEMAP_SCAN for a part of the memory",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "clear_refs_write" } },
	{ "tlb_pagemap_scan", USUAL_OCCASIONAL, /* fs/proc/task_mmu.c */
	  "somebody write-protects the pages of a process to see which are written (PAGEMAP_SCAN)",
	  "scan less often, or scan only a part of the memory",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_pagemap_scan", "pagemap_scan_" } },
	{ "tlb_uprobes", USUAL_RARE, /* kernel/events/uprobes.c */
	  "uprobes are set in programs, or taken out",
	  "set uprobes once, and for one process (perf -p, bpf links by process)",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "uprobe_write", "__uprobe_write", "uprobe_register", "__uprobe_register",
		   "arch_uprobe_", "uprobe_unregister", "uprobe_apply", "uprobe_mmap",
		   "uprobe_perf_", "register_for_each_vma", "install_breakpoint",
		   "remove_breakpoint", "set_swbp", "set_orig_insn" } },
	{ "tlb_zerocopy_receive", USUAL_ROUTINE, /* net/ipv4/tcp.c */
	  "a program maps received data in place of copying it (TCP_ZEROCOPY_RECEIVE)",
	  "map larger ranges with each call; use recv(2) for small messages",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "tcp_zerocopy_" } },
	{ "tlb_invalidate", USUAL_ROUTINE, /* mm/truncate.c */
	  "pages of a mapped file or device leave the page cache after the data below them changed: O_DIRECT, network file systems",
	  "do not map what is written with O_DIRECT, or by other hosts",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "invalidate_inode_pages2", "kiocb_invalidate_" } },
	/*
	 * drivers/gpu/drm/: the callers of unmap_mapping_range() in 6.12. The entry of DRM's ioctls
	 * is not among these frames, because an ioctl may also cause page faults, which another row
	 * describes.
	 */
	{ "tlb_graphics", USUAL_ROUTINE, "a graphics driver takes mappings of its buffers back",
	  "map fewer buffers; use a newer driver",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "drm_vma_node_unmap", "drm_gem_shmem_purge", "drm_dev_unplug",
		   "ttm_bo_unmap_virtual", "i915_gem_object_release_mmap",
		   "i915_gem_object_runtime_pm_release_mmap", "i915_vma_revoke_", "intel_gt_reset",
		   "amdgpu_device_unmap_", "xe_bo_runtime_pm_release_mmap", "nouveau_ttm_io_mem_",
		   "vmw_bo_dirty_unmap" } },
	{ "tlb_madvise", USUAL_ROUTINE, /* mm/madvise.c */
	  "a program calls madvise(2) or process_madvise(2)",
	  "strace -e trace=madvise,process_madvise shows which advice the sender gives",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_madvise", "madvise_", "vector_madvise" }, .whys = whys_of_madvise },
	{ "tlb_truncate", USUAL_ROUTINE, /* mm/truncate.c, mm/shmem.c */
	  "pages of mapped files are thrown away", "truncate only files that no program maps",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "truncate_pagecache", "truncate_setsize", "truncate_inode_", "do_truncate",
		   "vfs_truncate", "vfs_fallocate", "shmem_fallocate", "shmem_setattr",
		   "shmem_truncate_", "shmem_undo_range" },
	  .whys = whys_of_truncate },
	/*
	 * A frame of folio_mkclean() does not show this cause, because that is also called for
	 * files that grow and for frame buffers. If madvise(2) or fallocate(2) make pages be
	 * written back, those are the cause, and their rows come before this one.
	 */
	{ "tlb_writeback", USUAL_ROUTINE, /* mm/page-writeback.c, mm/rmap.c */
	  "pages of mapped files are write-protected before they are written back",
	  "write by write(2) in place of mmap",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "folio_clear_dirty_for_io", "clear_page_dirty_for_io", "write_cache_pages",
		   "dax_writeback_" },
	  .whys = whys_of_writeback },
	{ "tlb_fork", USUAL_ROUTINE, /* kernel/fork.c, mm/mmap.c */
	  "programs fork: their memory is write-protected first, also on other CPUs that have it loaded",
	  "use vfork or posix_spawn in place of fork; let a small process fork for the large one",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "dup_mmap", "dup_mm", "copy_process" } },
	{ "tlb_exit",
	  USUAL_ROUTINE, /* mm/mmap.c; also of a process with one thread that ran on several CPUs */
	  "the memory of a process is taken down as the process ends, or starts another program; other "
	  "CPUs still have this memory loaded",
	  "start fewer short-lived processes; keep a process on one CPU, so that no other CPU has "
	  "its memory loaded: taskset -c CPU",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "exit_mmap", "__oom_reap_task_mm", "oom_reap_task" }, .whys = whys_of_exit,
	  .isolated = "start fewer short-lived processes, and none of them on this CPU: taskset -c "
		      "OTHERS" },
	{ "tlb_cow", USUAL_ROUTINE, /* mm/memory.c, mm/hugetlb.c */
	  "shared pages are copied at the first write: pages shared since a fork, by KSM, of a "
	  "private file, or the zero page that a read got; no stack shows which",
	  "after a fork: use vfork or posix_spawn; by KSM: /proc/PID/ksm_merging_pages counts such "
	  "pages, PR_SET_MEMORY_MERGE 0 ends the merging; the zero page: write new memory before "
	  "it is read",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_wp_page", "wp_page_copy", "do_huge_pmd_wp_page", "hugetlb_wp",
		   "hugetlb_cow" },
	  .whys = whys_of_cow },
	/*
	 * These call the functions of mprotect(2), mremap(2) and mmap(2), and none of the system
	 * calls.
	 */
	{ "tlb_exec", USUAL_ROUTINE, /* fs/exec.c, fs/binfmt_elf.c, mm/vma_exec.c */
	  "a process starts another program (exec), which sets up its stack and maps its file",
	  "start fewer short-lived programs; keep a process on one CPU, so that no other CPU has "
	  "its memory loaded: taskset -c CPU",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "setup_arg_pages", "shift_arg_pages", "relocate_vma_down", "elf_load", "elf_map",
		   "load_elf_", "map_vdso" },
	  .isolated = "start fewer short-lived programs, and none of them on this CPU: taskset -c "
		      "OTHERS" },
	{ "tlb_mprotect", USUAL_ROUTINE, /* mm/mprotect.c */
	  "a program protects memory with mprotect(2)",
	  "in a JIT: map code twice (writable, executable) or use pkeys; if a runtime uses "
	  "mprotect(2) as a barrier: allow it membarrier(2); run fewer threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "mprotect_fixup", "do_mprotect_pkey", "change_protection" },
	  .whys = whys_of_mprotect },
	{ "tlb_mremap", USUAL_ROUTINE, /* mm/mremap.c */
	  "a program moves memory, or makes it smaller, with mremap(2)",
	  "make larger allocations, which need not grow; malloc: set MALLOC_MMAP_THRESHOLD_",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "move_page_tables", "__do_sys_mremap", "__x64_sys_mremap", "do_mremap",
		   "mremap_to", "move_vma", "shrink_vma", "unmap_source_vma" } },
	{ "tlb_munmap", USUAL_ROUTINE, /* mm/vma.c, mm/mmap.c */
	  "mappings of a program are taken away, or replaced by other ones",
	  "let the sender unmap memory less often, or run fewer threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_vmi_munmap", "do_vmi_align_munmap", "do_mas_", "__vm_munmap",
		   "vms_complete_munmap_vmas", "do_munmap", "unmap_region", "vms_clear_ptes",
		   "__mmap_region", "mmap_region" },
	  .whys = whys_of_munmap },
	{ "tlb_hugetlb", USUAL_ROUTINE, /* mm/hugetlb.c, fs/hugetlbfs/ */
	  "huge pages of hugetlbfs are unmapped or shared no longer", NO_ADVICE,
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "hugetlb_", "__unmap_hugepage_range", "remove_inode_hugepages", "hugetlbfs_" } },
	{ "tlb_flush", USUAL_ROUTINE, "memory that other CPUs use, too, is unmapped or protected",
	  "ipitrace --stacks -f 'flush_tlb*' shows who asks for this",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .open = true,
	  .isolated =
		  "the sender has a thread on this CPU: move the sender (taskset -acp OTHERS PID); if "
		  "that thread must run here, change the program: give the thread a process of its "
		  "own, or change no memory mappings" },
	{ "tlb_flush_kernel", USUAL_OCCASIONAL,
	  "mappings of the kernel's own memory are removed or protected",
	  "ipitrace --stacks -f do_flush_tlb_all shows who asks for this",
	  .funcs = { "do_flush_tlb_all", "do_kernel_range_flush" }, .open = true,
	  .whys = whys_of_kernel_tlb },
};

const struct signatures signatures_of_tlb = { signatures,
					      sizeof(signatures) / sizeof(*signatures) };
