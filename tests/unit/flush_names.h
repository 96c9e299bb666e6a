/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name that each caller in flush_callers.h has: somebody looked at what the caller does. The name of
 * a cause is followed by its reason. tlb_flush and the other names of open rows say "by CALLER (no advice
 * known)", for no frame up to this caller shows a cause.
 */
#ifndef IPITRACE_TESTS_FLUSH_NAMES_H
#define IPITRACE_TESTS_FLUSH_NAMES_H

static const struct caller_name flush_names[] = {
	{ "kick_all_cpus", "__text_poke decompress_threadfn hib_end_io lzo_decompress_threadfn" },
	{ "kick_all_cpus bpf",
	  "arch_prepare_bpf_trampoline bpf_int_jit_compile prepare_trampoline" },
	{ "kick_all_cpus modules", "jump_label_module_notify load_module" },
	{ "kick_all_cpus static_key", "jump_label_update" },
	{ "page_tables",
	  "__alloc_contig_migrate_range __arm64_compat_sys_aarch32_mmap2 __arm64_sys_brk "
	  "__arm64_sys_madvise __arm64_sys_mmap __arm64_sys_mmap_pgoff __arm64_sys_mprotect "
	  "__arm64_sys_munmap __arm64_sys_pkey_mprotect __arm64_sys_remap_file_pages "
	  "__arm64_sys_shmdt __damon_pa_migrate_folio_list __devm_create_dev_dax "
	  "__do_fast_syscall_32 __do_fault __do_sys_brk __do_sys_mremap "
	  "__do_sys_process_madvise __do_sys_remap_file_pages __gup_longterm_locked "
	  "__handle_mm_fault __ia32_compat_sys_ia32_mmap __ia32_sys_madvise "
	  "__ia32_sys_mprotect __ia32_sys_munmap __ia32_sys_pkey_mprotect __mseal_range "
	  "__node_reclaim __request_region __vma_adjust __x64_compat_sys_ia32_mmap "
	  "__x64_sys_madvise __x64_sys_mprotect __x64_sys_munmap __x64_sys_pkey_mprotect "
	  "aio_free_ring alloc_contig_frozen_range_noprof alloc_contig_range alloc_shstk "
	  "arch_uprobe_optimize balance_pgdat bpf_arena_free_pages change_prot_numa "
	  "compact_zone compat_ksys_ipc dax_insert_entry dax_iomap_pte_fault "
	  "dax_layout_busy_page_range deferred_split_scan devm_create_dev_dax do_brk_flags "
	  "do_huge_pmd_numa_page do_int80_emulation do_mbind do_migrate_range do_mseal "
	  "do_shmat do_syscall_64 dup_mmap elf_load elf_map exit_mmap "
	  "ext4_change_inode_journal_flag ext4_fallocate ext4_setattr "
	  "filemap_invalidate_inode filemap_read folio_end_dropbehind follow_page_mask "
	  "follow_page_pte fred_int80_emulation fuse_change_attributes_i fuse_create_open "
	  "fuse_do_setattr fuse_open generic_error_remove_folio generic_error_remove_page "
	  "get_free_mem_region grab_mapping_entry handle_mm_fault hugetlb_cow hugetlb_split "
	  "hugetlb_unshare_all_pmds hugetlb_vmdelete_list hugetlb_wp "
	  "invalidate_inode_pages2_range io_issue_sqe io_madvise ioctx_alloc "
	  "kernfs_drain_open_files kill_dev_dax kill_ioctx ksm_scan_thread ksys_shmdt "
	  "load_elf_binary load_elf_library lru_gen_seq_write madvise_free_huge_pmd "
	  "madvise_guard_install madvise_update_vma map_vdso mem_cgroup_force_empty_write "
	  "mem_cgroup_resize_max mem_cgroup_shrink_node memory_high_write memory_max_write "
	  "memory_reclaim migrate_device_unmap migrate_longterm_unpinnable_folios "
	  "migrate_to_node migrate_vma_collect_pmd migrate_vma_split_folio mlock_fixup "
	  "mmap_action_complete mmap_vmcore move_pages move_pages_and_store_status "
	  "move_pages_ptes mpage_release_unused_pages mremap_to mrwprotect_range "
	  "mwriteprotect_range perf_mmap prep_move_vma reclaim_clean_pages_from_list "
	  "reclaim_high relocate_vma_down remap_pfn_range remap_pfn_range_notrack "
	  "remap_pfn_range_track remove_inode_hugepages revoke_iomem setup_arg_pages "
	  "sgx_zap_enclave_ptes shift_arg_pages shmem_fallocate shmem_punch_compound "
	  "shmem_setattr shmem_unused_huge_shrink shmem_writeout shmem_writepage "
	  "shrink_all_memory shrink_vma shstk_free simple_setattr soft_offline_page "
	  "split_huge_pages_set split_huge_pages_write tcp_zerocopy_receive "
	  "tcp_zerocopy_vm_insert_batch timens_commit truncate_cleanup_page "
	  "truncate_inode_folio truncate_inode_pages_range truncate_inode_partial_folio "
	  "truncate_pagecache truncate_pagecache_range try_charge try_charge_memcg "
	  "try_to_free_pages try_to_migrate_one try_to_munlock try_to_split_thp_page "
	  "try_to_unmap_one try_to_unmap_poisoned_hugetlb_one uffd_wp_range unmap_and_kill "
	  "unmap_mapping_pages unmap_poisoned_folio unmap_source_vma unregister_dev_dax "
	  "uprobe_write_opcode user_proactive_reclaim userfaultfd_clear_vma "
	  "userfaultfd_ioctl userfaultfd_register_range vdso_join_timens vm_brk_flags "
	  "vm_iomap_memory vm_mmap vm_mmap_pgoff vm_mmap_shadow_stack vma_modify_flags_name "
	  "vma_modify_flags_uffd vma_modify_name vma_modify_policy vms_gather_munmap_vmas "
	  "zap_page_range_single zap_pages zap_vma_for_reaping zap_vma_ptes" },
	{ "page_tables asked", "madvise_collapse" },
	{ "page_tables damon",
	  "damon_migrate_folio_list damon_pa_apply_scheme damon_va_apply_scheme" },
	{ "page_tables khugepaged", "khugepaged" },
	{ "tlb_compaction compaction", "compact_zone" },
	{ "tlb_compaction contiguous",
	  "__alloc_contig_migrate_range alloc_contig_frozen_range_noprof "
	  "alloc_contig_range" },
	{ "tlb_cow", "do_huge_pmd_wp_page do_wp_page hugetlb_cow hugetlb_wp wp_page_copy" },
	{ "tlb_damon",
	  "__damon_pa_migrate_folio_list damon_migrate_folio_list damon_pa_apply_scheme "
	  "damon_pa_migrate_folio_list damon_va_apply_scheme damon_va_check_accesses "
	  "damon_va_prepare_access_checks" },
	{ "tlb_exec",
	  "elf_load elf_map load_elf_binary load_elf_library map_vdso relocate_vma_down "
	  "setup_arg_pages shift_arg_pages" },
	{ "tlb_exit", "exit_mmap" },
	{ "tlb_exit killed", "__oom_reap_task_mm" },
	{ "tlb_flush",
	  "__devm_create_dev_dax __do_fault __do_sys_mincore __do_sys_remap_file_pages "
	  "__get_user_pages __gup_longterm_locked __handle_mm_fault __migrate_device_pages "
	  "__mseal_range __request_region __text_poke __vma_adjust aio_free_ring "
	  "bpf_arena_free_pages change_huge_pud clear_refs_pte_range commit_merge "
	  "copy_huge_pmd copy_huge_pud dax_insert_entry dax_iomap_pmd_fault "
	  "dax_iomap_pte_fault dax_layout_busy_page_range deferred_split_scan "
	  "devm_create_dev_dax do_brk_flags do_mincore do_mseal "
	  "ext4_change_inode_journal_flag ext4_fallocate ext4_setattr "
	  "ext4_truncate_page_cache_block_range fb_deferred_io_work "
	  "filemap_invalidate_inode filemap_read folio_end_dropbehind folio_referenced_one "
	  "follow_page_mask follow_page_pte free_ldt_pgtables fuse_change_attributes_i "
	  "fuse_create_open fuse_do_setattr fuse_open generic_error_remove_folio "
	  "generic_error_remove_page get_free_mem_region grab_mapping_entry handle_mm_fault "
	  "hmm_range_fault hyperv_setup_mmu_ops ioctx_alloc kernfs_drain_open_files "
	  "kill_accessing_process kill_dev_dax kvm_guest_init make_device_exclusive "
	  "mapping_wrprotect_range_one mem_cgroup_can_attach mem_cgroup_move_task "
	  "migrate_device_unmap migrate_longterm_unpinnable_folios migrate_vma_collect_pmd "
	  "migrate_vma_setup migrate_vma_split_folio mlock_fixup move_pages "
	  "mpage_release_unused_pages page_referenced_one pagecache_isize_extended "
	  "pagemap_read perf_mmap pfn_mkclean_range prep_move_vma queue_pages_pte_range "
	  "queue_pages_range reclaim_clean_pages_from_list remap_pfn_range "
	  "remap_pfn_range_notrack remap_pfn_range_track sgx_zap_enclave_ptes "
	  "shmem_punch_compound shmem_unused_huge_shrink shmem_writeout shmem_writepage "
	  "show_numa_map show_smap show_smaps_rollup simple_setattr smap_gather_stats "
	  "split_huge_pages_set split_huge_pages_write timens_commit tlb_flush_mmu "
	  "truncate_cleanup_page try_to_inc_max_seq try_to_munlock try_to_split_thp_page "
	  "unmap_and_kill unmap_huge_pmd_locked unmap_mapping_pages unregister_dev_dax "
	  "vdso_join_timens vma_expand vma_modify_flags_name vma_modify_flags_uffd "
	  "vma_modify_name vma_modify_policy vma_shrink vms_gather_munmap_vmas "
	  "walk_kernel_page_table_range walk_kernel_page_table_range_lockless "
	  "walk_page_mapping walk_page_range_debug walk_page_range_mm_unsafe "
	  "walk_page_range_novma walk_page_range_vma_unsafe wp_clean_post_vma write_ldt "
	  "xen_init_mmu_ops zap_page_range_single zap_pages zap_vma_for_reaping" },
	{ "tlb_flush_kernel",
	  "aa_dfa_unpack flush_tlb_kernel_range pmd_free_pte_page pud_free_pmd_page "
	  "remove_pagetable section_deactivate swsusp_save vrealloc_node_align_noprof" },
	{ "tlb_flush_kernel attributes",
	  "__do_sys_kexec_file_load __execmem_cache_free __kernel_map_pages "
	  "__set_memory_prot __vmbus_establish_gpadl alloc_shared_pages "
	  "alternative_instructions apply_retpolines arch_cpu_finalize_init "
	  "arch_kexec_protect_crashkres arch_kexec_unprotect_crashkres atomic_pool_expand "
	  "bsp_init_amd bsp_init_hygon clear_mce_nospec crash_handle_hotplug_event "
	  "dma_direct_alloc dma_direct_alloc_pages dma_direct_free dma_direct_free_pages "
	  "do_kexec_load execmem_alloc execmem_alloc_rw free_init_pages free_shared_pages "
	  "gart_iommu_init hv_alloc_page hv_common_cpu_init hv_cpu_init hv_free_page "
	  "hv_vtom_init hv_vtom_set_host_visibility idt_setup_apic_and_irq_gates "
	  "init_real_mode iommu_alloc_4k_pages iommu_go_to_state its_fini_mod "
	  "kernel_map_pages_in_pgd kernel_unmap_pages_in_pgd kexec_locate_mem_hole "
	  "kexec_mark_crashkres kfence_init_pool kimage_alloc_control_pages "
	  "kimage_alloc_crash_control_pages kimage_alloc_pages kimage_free "
	  "kimage_free_pages kimage_load_segment kvm_setup_vsyscall_timeinfo "
	  "machine_kexec_cleanup machine_kexec_prepare mark_rodata_ro "
	  "mem_encrypt_free_decrypted_mem mem_encrypt_init rmpupdate "
	  "set_direct_map_default_noflush set_direct_map_invalid_noflush "
	  "set_direct_map_valid_noflush set_mce_nospec set_memory_global "
	  "set_memory_nonglobal set_memory_np set_memory_np_noalias set_memory_x "
	  "snapshot_write_finalize snapshot_write_next swiotlb_exit swiotlb_init_late "
	  "swiotlb_late_init_with_tbl swiotlb_update_mem_attributes swsusp_free "
	  "vgacon_do_font_op vgacon_startup vmbus_alloc_buffer vmbus_connect "
	  "vmbus_disconnect vmbus_free_buffer vmbus_teardown_gpadl" },
	{ "tlb_flush_kernel balloon", "decrease_reservation" },
	{ "tlb_flush_kernel bpf",
	  "__bpf_prog_select_runtime __bpf_tramp_image_put_rcu bpf_check "
	  "bpf_int_jit_compile bpf_jit_alloc_exec_page bpf_jit_subprogs "
	  "bpf_prog_pack_alloc bpf_prog_select_runtime bpf_struct_ops_map_update_elem "
	  "bpf_struct_ops_test_run bpf_trampoline_update jit_subprogs" },
	{ "tlb_flush_kernel bpf_arena", "arena_free_pages arena_free_worker bpf_arena_free_pages" },
	{ "tlb_flush_kernel bulk", "alloc_vmap_area drain_vmap_area_work free_vmap_area_noflush "
				   "purge_vmap_area_lazy reclaim_and_purge_vmap_areas" },
	{ "tlb_flush_kernel caching",
	  "_set_pages_array agp_generic_alloc_page agp_generic_alloc_pages "
	  "agp_generic_create_gatt_table agp_generic_destroy_page "
	  "agp_generic_destroy_pages agp_generic_free_gatt_table gart_iommu_init "
	  "intel_fake_agp_alloc_by_type intel_gmch_probe intel_gtt_teardown_scratch_page "
	  "intel_i810_free_by_type memtype_kernel_map_sync set_memory_uc set_memory_wb "
	  "set_memory_wc set_pages_array_wb" },
	{ "tlb_flush_kernel huge_pages",
	  "__hugetlb_vmemmap_optimize_folios hugetlb_vmemmap_optimize_folios "
	  "hugetlb_vmemmap_restore_folios vmemmap_pmd_entry vmemmap_remap_range" },
	{ "tlb_flush_kernel memory_hotplug",
	  "__add_memory_resource __remove_pages add_memory_resource "
	  "create_altmaps_and_memory_blocks memunmap_pages "
	  "remove_memory_blocks_and_altmaps sparse_add_section try_remove_memory" },
	{ "tlb_flush_kernel modules",
	  "do_init_module load_module module_enable_nx module_enable_ro "
	  "module_enable_rodata_ro module_enable_text_rox module_enable_x "
	  "module_memory_restore_rox" },
	{ "tlb_flush_kernel percpu", "pcpu_balance_workfn pcpu_get_vm_areas pcpu_populate_chunk" },
	{ "tlb_flush_kernel perf",
	  "ds_clear_cea ds_update_cea release_bts_buffer release_pebs_buffer" },
	{ "tlb_flush_kernel protected", "__vunmap vfree" },
	{ "tlb_flush_kernel secret_memory", "secretmem_fault" },
	{ "tlb_flush_kernel tracing",
	  "alloc_insn_page arch_ftrace_update_trampoline set_ftrace_ops_ro" },
	{ "tlb_fork", "copy_process dup_mmap" },
	{ "tlb_hugetlb",
	  "__devm_create_dev_dax __do_fault __mseal_range __request_region __vma_adjust "
	  "aio_free_ring bpf_arena_free_pages dax_insert_entry dax_iomap_pte_fault "
	  "dax_layout_busy_page_range devm_create_dev_dax do_mseal "
	  "ext4_change_inode_journal_flag ext4_fallocate ext4_setattr "
	  "filemap_invalidate_inode filemap_read folio_end_dropbehind "
	  "fuse_change_attributes_i fuse_create_open fuse_do_setattr fuse_open "
	  "generic_error_remove_folio generic_error_remove_page get_free_mem_region "
	  "grab_mapping_entry hugetlb_vmdelete_list ioctx_alloc kernfs_drain_open_files "
	  "kill_dev_dax mlock_fixup mpage_release_unused_pages perf_mmap prep_move_vma "
	  "remap_pfn_range remap_pfn_range_notrack remap_pfn_range_track "
	  "remove_inode_hugepages sgx_zap_enclave_ptes simple_setattr timens_commit "
	  "truncate_cleanup_page unmap_and_kill unmap_mapping_pages unregister_dev_dax "
	  "vdso_join_timens vma_modify_flags_name vma_modify_flags_uffd vma_modify_name "
	  "vma_modify_policy vms_gather_munmap_vmas zap_page_range_single zap_pages "
	  "zap_vma_for_reaping" },
	{ "tlb_invalidate", "invalidate_inode_pages2_range" },
	{ "tlb_khugepaged asked", "madvise_collapse" },
	{ "tlb_khugepaged khugepaged", "khugepaged" },
	{ "tlb_ksm", "ksm_scan_thread" },
	{ "tlb_madvise",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_issue_sqe "
	  "io_madvise madvise_update_vma" },
	{ "tlb_madvise cold",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_issue_sqe "
	  "io_madvise" },
	{ "tlb_madvise cold_or_pageout",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_madvise" },
	{ "tlb_madvise give_back",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_issue_sqe "
	  "io_madvise madvise_free_huge_pmd" },
	{ "tlb_madvise give_back_or_cold",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_madvise" },
	{ "tlb_madvise guard", "madvise_guard_install" },
	{ "tlb_madvise pageout",
	  "__do_sys_process_madvise __ia32_sys_madvise __x64_sys_madvise io_issue_sqe "
	  "io_madvise" },
	{ "tlb_memory_offline failed", "try_to_unmap_poisoned_hugetlb_one unmap_poisoned_folio" },
	{ "tlb_memory_offline offline", "do_migrate_range" },
	{ "tlb_memory_offline soft_offline", "soft_offline_page" },
	{ "tlb_move_pages", "do_mbind migrate_to_node move_pages_and_store_status" },
	{ "tlb_mprotect", "__ia32_sys_mprotect __x64_sys_mprotect" },
	{ "tlb_mprotect pkey", "__ia32_sys_pkey_mprotect __x64_sys_pkey_mprotect" },
	{ "tlb_mremap", "__do_sys_mremap mremap_to shrink_vma unmap_source_vma" },
	{ "tlb_munmap", "__do_sys_remap_file_pages do_brk_flags mmap_action_complete mmap_vmcore "
			"vm_brk_flags vm_mmap_pgoff" },
	{ "tlb_munmap aio", "ioctx_alloc kill_ioctx" },
	{ "tlb_munmap brk", "__do_sys_brk" },
	{ "tlb_munmap mmap",
	  "__do_fast_syscall_32 __ia32_compat_sys_ia32_mmap __x64_compat_sys_ia32_mmap "
	  "do_int80_emulation do_syscall_64 fred_int80_emulation ksys_mmap_pgoff" },
	{ "tlb_munmap munmap", "__ia32_sys_munmap __x64_sys_munmap" },
	{ "tlb_munmap shadow_stack", "alloc_shstk shstk_free vm_mmap_shadow_stack" },
	{ "tlb_munmap shmat", "do_shmat" },
	{ "tlb_munmap shmdt",
	  "__do_fast_syscall_32 compat_ksys_ipc do_int80_emulation do_syscall_64 "
	  "fred_int80_emulation ksys_shmdt" },
	{ "tlb_numa_balancing",
	  "__handle_mm_fault change_prot_numa do_huge_pmd_numa_page handle_mm_fault" },
	{ "tlb_pagemap_scan", "do_pagemap_scan pagemap_scan_hugetlb_entry pagemap_scan_pmd_entry "
			      "pagemap_scan_pte_hole" },
	{ "tlb_reclaim asked",
	  "lru_gen_seq_write mem_cgroup_force_empty_write mem_cgroup_resize_max "
	  "memory_high_write memory_max_write memory_reclaim user_proactive_reclaim" },
	{ "tlb_reclaim cgroup", "mem_cgroup_shrink_node reclaim_high try_charge try_charge_memcg" },
	{ "tlb_reclaim hibernation", "shrink_all_memory" },
	{ "tlb_reclaim node", "__node_reclaim" },
	{ "tlb_reclaim shortage", "balance_pgdat try_to_free_pages" },
	{ "tlb_soft_dirty", "clear_refs_write" },
	{ "tlb_truncate",
	  "truncate_inode_folio truncate_inode_pages_range truncate_inode_partial_folio "
	  "truncate_pagecache truncate_pagecache_range" },
	{ "tlb_truncate fallocate", "shmem_fallocate" },
	{ "tlb_truncate truncated", "shmem_setattr" },
	{ "tlb_uprobes", "arch_uprobe_optimize uprobe_write uprobe_write_opcode" },
	{ "tlb_userfaultfd",
	  "move_pages_huge_pmd move_pages_ptes mrwprotect_range mwriteprotect_range "
	  "uffd_wp_range userfaultfd_clear_vma userfaultfd_ioctl "
	  "userfaultfd_register_range" },
	{ "tlb_writeback",
	  "dax_writeback_mapping_range folio_clear_dirty_for_io folio_write_one "
	  "fuse_launder_folio mpage_release_unused_pages mpage_submit_folio "
	  "mpage_submit_page pageout reclaim_clean_pages_from_list write_cache_pages "
	  "write_one_page writeback_iter writeout" },
	{ "tlb_zerocopy_receive", "tcp_zerocopy_receive tcp_zerocopy_vm_insert_batch" },
};

#endif /* IPITRACE_TESTS_FLUSH_NAMES_H */
