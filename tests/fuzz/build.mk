# SPDX-License-Identifier: GPL-2.0
# The parsers of untrusted input, under libFuzzer. The top Makefile includes this.

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 300
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -O1 -gline-tables-only -Isrc \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DIMPORT_ROWS=1024 -DCAPTURE_FRAME_BYTES=32768

# What the fuzzers stand on is built once, with the sanitizers; each takes what it needs from the archive.
FUZZ_PARTS := $(patsubst %,src/cli/%.c,commands diag option_table option_value options) \
	$(wildcard src/base/*.c src/model/*.c src/view/capture/*.c) \
	$(patsubst %,src/serve/%.c,http http_headers recent) \
	$(patsubst %,src/collect/kcore/%.c,kdump_file kernel_symbols memory) \
	$(patsubst %,src/collect/kcore/queues/%.c,facts image senders walk) \
	$(patsubst %,src/host/%.c,machine modules storm_facts symbols sysrq) \
	$(patsubst %,src/host/user/%.c,elf_code elf_image frame_table proc_maps unwind) \
	$(wildcard src/import/*.c src/storm/*.c) $(patsubst %,src/stall/%.c,ended incident) src/run/clerk_work.c
# All views; and what makes a capture's lines of a text, on the fly.
FUZZ_REPORT := $(filter-out $(FUZZ_PARTS),$(wildcard src/view/*.c src/view/*/*.c)) \
	$(patsubst %,src/command/%.c,command import_run pictures report_read report_view report_work tracer_text) \
	src/run/configure.c
FUZZ_PARTS := $(FUZZ_PARTS:src/%.c=$(BUILD)/fuzz/obj/%.o)
FUZZ_REPORT := $(FUZZ_REPORT:src/%.c=$(BUILD)/fuzz/obj/%.o)
FUZZ_CFLAGS += $(BUILT)

# With -O1 clang takes three times as long for a view, and 300 inputs for the report take as long.
$(FUZZ_REPORT): FUZZ_CFLAGS += -O0
# The pages' parts are included.
$(FUZZ_REPORT): | $(addprefix $(BUILD)/page_,head.inc policy.inc body.inc tail.inc)
$(FUZZ_PARTS) $(FUZZ_REPORT): $(BUILD)/fuzz/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(ERRORS) -Wno-format-zero-length -I$(BUILD) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/parts.a: $(FUZZ_PARTS)
$(BUILD)/fuzz/report.a: $(FUZZ_REPORT)
$(BUILD)/fuzz/parts.a $(BUILD)/fuzz/report.a:
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/fuzz/report: $(BUILD)/fuzz/report.a
$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/parts.a $(BUILD)/flags
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -MMD -MP -o $@ $(filter %.c,$^) $(filter %/report.a,$^) $(BUILD)/fuzz/parts.a \
		-levent_extra -levent_core -lzstd -ljansson -lcap-ng -lprotobuf-nanopb -lm

-include $(FUZZ_PARTS:.o=.d) $(FUZZ_REPORT:.o=.d) $(FUZZERS:=.d)

# build/fuzz/ keeps the inputs that reached new code, for the next run; tests/fuzz/corpus/ has some to begin with.
fuzz: $(FUZZERS)
	@set -e; for fuzzer in $(FUZZERS); do \
		mkdir -p $$fuzzer.corpus; \
		(cd $(BUILD)/fuzz && ./$${fuzzer##*/} -max_total_time=$(FUZZ_SECONDS) \
			-dict=$(CURDIR)/tests/fuzz/$${fuzzer##*/}.dict $${fuzzer##*/}.corpus \
			$$(ls -d $(CURDIR)/tests/fuzz/corpus/$${fuzzer##*/} 2>/dev/null)); \
	done

# tests/e2e/fuzz.t runs each for some seconds. The report's parts take a minute to build: make check does without.
tests: $(FUZZERS)

.PHONY: fuzz
