# SPDX-License-Identifier: GPL-2.0
# The parsers of untrusted input, under libFuzzer. The top Makefile includes this.

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 300
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -O1 -g -Isrc \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

$(BUILD)/fuzz/options: $(patsubst %,src/cli/%.c,commands match option_table option_value \
	options) \
	src/base/cpuset.c src/base/sanitize.c $(wildcard src/model/*.c)
$(BUILD)/fuzz/options: FUZZ_CFLAGS += $(BUILT)
$(BUILD)/fuzz/http: $(patsubst %,src/serve/%.c,http http_headers recent)
$(BUILD)/fuzz/backtrace: src/host/backtrace_text.c src/base/cpuset.c src/base/sanitize.c \
	$(wildcard src/model/*.c)
$(BUILD)/fuzz/dump: $(patsubst %,src/collect/kcore/%.c,kdump_file kernel_symbols memory) \
	$(patsubst %,src/collect/kcore/queues/%.c,facts image senders walk) \
	src/host/modules.c src/host/symbols.c \
	$(patsubst %,src/base/%.c,cpuset sanitize sysfile) src/model/moment.c
$(BUILD)/fuzz/clerk: src/run/clerk_work.c src/cli/diag.c \
	$(wildcard src/base/*.c src/model/*.c)
$(BUILD)/fuzz/capture: $(wildcard src/view/capture/*.c src/model/*.c) src/base/cpuset.c src/base/sanitize.c src/base/write_all.c

# Without the budget, in whose place they have the file in memory.
$(BUILD)/fuzz/elf: $(patsubst %,src/host/user/%.c,elf_image frame_table unwind)
$(BUILD)/fuzz/maps: $(patsubst %,src/host/user/%.c,proc_maps)

# All views: too many files for one command.
FUZZ_REPORT := $(wildcard src/base/*.c src/model/*.c src/view/*.c src/view/*/*.c) \
	$(patsubst %,src/cli/%.c,diag match) \
	$(patsubst %,src/command/%.c,pictures report_read report_view report_work)
FUZZ_REPORT := $(FUZZ_REPORT:src/%.c=$(BUILD)/fuzz/obj/%.o)

# The pages' parts are included.
$(FUZZ_REPORT): $(BUILD)/fuzz/obj/%.o: src/%.c $(BUILD)/flags | $(addprefix $(BUILD)/page_,head.inc policy.inc body.inc tail.inc)
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -I$(BUILD) -MMD -MP -c -o $@ $<

-include $(FUZZ_REPORT:.o=.d)

# From an archive: those that are needed.
$(BUILD)/fuzz/report.a: $(FUZZ_REPORT)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/fuzz/report: $(BUILD)/fuzz/report.a

$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard src/*/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -o $@ $(filter %.c %.a,$^) -levent_extra -levent_core -lzstd -ljansson -lcap-ng -lprotobuf-nanopb -lm

# build/fuzz/ keeps the inputs that reached new code, for the next run; tests/fuzz/corpus/ has some to begin with.
fuzz: $(FUZZERS)
	@set -e; for fuzzer in $(FUZZERS); do \
		mkdir -p $$fuzzer.corpus; \
		(cd $(BUILD)/fuzz && ./$${fuzzer##*/} -max_total_time=$(FUZZ_SECONDS) \
			-dict=$(CURDIR)/tests/fuzz/$${fuzzer##*/}.dict $${fuzzer##*/}.corpus \
			$$(ls -d $(CURDIR)/tests/fuzz/corpus/$${fuzzer##*/} 2>/dev/null)); \
	done

# tests/e2e/fuzz.t runs each for some seconds, but the report's: its parts take more than a minute to build.
tests: $(filter-out $(BUILD)/fuzz/report,$(FUZZERS))

.PHONY: fuzz
