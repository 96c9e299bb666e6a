# SPDX-License-Identifier: GPL-2.0
# make help says what there is. All that is generated is under build/.

VERSION := 0.1.0
BUILD := build
CC := gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

HOST_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
ARCH ?= $(HOST_ARCH)

# Packages of Debian 12: what builds, and what only tests.
BUILD_DEPS := gcc make clang llvm pkg-config libbpf-dev libelf-dev zlib1g-dev bpftool \
	libjansson-dev libcap-ng-dev libevent-dev linux-libc-dev
TEST_DEPS := libcmocka-dev clang-format python3 python3-jsonschema python3-prometheus-client perl jq mandoc \
	strace systemd libclang-rt-dev
VM_DEPS := $(shell cat tests/vm/PACKAGES)

ifneq ($(ARCH),$(HOST_ARCH))
include tools/cross.mk
endif
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

# Linked into the binary, so that it can be copied: libbpf and what it needs,
# jansson, libcap-ng, libevent.
STATIC_LIBS := -Wl,-Bstatic -lbpf -lelf -lz -ljansson -lcap-ng -levent_extra -levent_core -Wl,-Bdynamic
CFLAGS := -O2 -g $(CROSS_FLAGS)
WARNINGS := -Wall -Wextra -Werror
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(CFLAGS) \
	-Isrc -I$(BUILD) -MMD -MP
# BPF_DEFINES: for tests that count what the programs do.
BPF_CFLAGS := $(BPF_DEFINES) -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) $(WARNINGS) \
	-Isrc -Ivmlinux $(if $(MULTIARCH),-I$(SYSROOT)/usr/include/$(MULTIARCH)) -MMD -MP

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' $(1) $@)

ifeq ($(DEBUG),1)
CFLAGS := -O0 -g3 $(CROSS_FLAGS)
endif
ifeq ($(ASAN),1)
CFLAGS += -fsanitize=address,undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

SOURCES := $(wildcard src/*.c src/*/*.c src/*/*/*.c)
SOURCES := $(filter-out %.bpf.c,$(SOURCES))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
# Everything but main(), for the tests.
PARTS := $(filter-out $(BUILD)/obj/ipitrace.o,$(OBJECTS))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
BPF_TESTS := $(patsubst tests/bpf/test_%.c,$(BUILD)/tests/bpf_%,$(wildcard tests/bpf/test_*.c))

all: $(BUILD)/ipitrace $(BUILD)/ipiload $(BUILD)/ipigen

help:
	@echo "make            build/ipitrace, build/ipiload, build/ipigen"
	@echo "make deps       install what building, running and testing need (apt)"
	@echo "make run        deps, build, and ipitrace live on this host, under a load"
	@echo "make test       deps, build, and the tests that every change must pass"
	@echo "make test-all   the same and all that is slow: more kernels, more CPUs"
	@echo "make test-scale broadcasts on 4, 16 and 64 CPUs, in instructions"
	@echo "make bench      ipitrace and its peers in turn, as ratios\; build/bench.json"
	@echo "make fuzz       the parsers under libFuzzer, FUZZ_SECONDS=300 each"
	@echo "make install    to PREFIX (/usr/local) under DESTDIR; make uninstall"
	@echo "make static     build/ipitrace-static, which needs no library"
	@echo "make format     format the C code; make format-check: only look"
	@echo "make clean      remove build/"
	@echo
	@echo "V=1             show the commands"
	@echo "ARCH=arm64      the same for that architecture, in build/arm64"
	@echo "DEBUG=1         for a debugger; ASAN=1: address and undefined sanitizers"
	@echo "Root is asked for (sudo) where it is needed."

include tools/build.mk
include bench/build.mk
include kmod/build.mk
include tests/vm/ipifreq/build.mk
include packaging/install.mk
include tests/fuzz/build.mk

# All is built anew when the flags are not those of the last time.
FLAGS := $(CC) $(CLANG) $(ALL_CFLAGS) $(LDFLAGS) $(BPF_CFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' > $@
FORCE:

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The skeletons first: their one user includes them.
$(BUILD)/obj/collect/loader.o: $(BUILD)/ipitrace.skel.h $(BUILD)/ipitrace_irq.skel.h

$(BUILD)/ipitrace.bpf.o: src/ipitrace.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

# The same, and it also sees interrupts; not every kernel takes that one.
$(BUILD)/ipitrace_irq.bpf.o: src/ipitrace.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -DSEES_INTERRUPTS -c -o $@ $<

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(BUILD)/ipitrace: $(OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(STATIC_LIBS) -lm

$(BUILD)/tests/test_%: tests/unit/test_%.c $(PARTS)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(PARTS) $(STATIC_LIBS) -lcmocka -lm

$(BUILD)/tests/bpf_%: tests/bpf/test_%.c tests/bpf/rig.c $(PARTS) | $(BUILD)/tests/fake.bpf.o
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/bpf $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(STATIC_LIBS) \
		-lcmocka -lm

$(BUILD)/tests/%.bpf.o: tests/bpf/%.bpf.c tests/bpf/fake.h
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

deps:
	@$(SUDO) tools/deps $(BUILD_DEPS) $(CROSS_DEPS) $(TEST_DEPS) $(VM_DEPS)

run: deps
	@$(MAKE) --no-print-directory all
	@echo "ipitrace for 5 s, under build/ipiload membarrier:"
	@$(SUDO) $(BUILD)/ipitrace summary -- $(BUILD)/ipiload membarrier -q --duration 5
	@$(SUDO) $(BUILD)/ipitrace hist -- $(BUILD)/ipiload tlb-munmap -q --duration 1

test: deps
	@$(MAKE) --no-print-directory tests
	@$(SUDO) BUILD=$(BUILD) CMOCKA_MESSAGE_OUTPUT=TAP prove --exec '' --timer \
		$(UNIT_TESTS) $(BPF_TESTS) $(wildcard tests/e2e/*.t tests/vm/*.t)

test-all: deps
	@$(SUDO) tools/deps $(shell cat tests/vm/PACKAGES-all)
	@$(MAKE) --no-print-directory tests-all
	@$(SUDO) BUILD=$(BUILD) CMOCKA_MESSAGE_OUTPUT=TAP prove --exec '' --timer \
		$(UNIT_TESTS) $(BPF_TESTS) $(wildcard tests/e2e/*.t tests/vm/*.t tests/vm/all/*.t tests/soak/*.t \
			tests/fleet/*.t); \
		status=$$?; BUILD=$(BUILD) tests/vm/matrix show >$(BUILD)/matrix.md; exit $$status

test-scale: deps
	@$(MAKE) --no-print-directory tests tests-scale
	@$(SUDO) BUILD=$(BUILD) prove --exec '' --timer -v tests/vm/all/scale.t

tests-scale:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/counted BPF_DEFINES=-DCOUNT_PROBES \
		$(BUILD)/counted/ipitrace $(BUILD)/counted/costs

# Reads what the programs of build/counted count.
$(BUILD)/costs: tests/vm/costs.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -Wl,-Bstatic -lbpf -lelf -lz -Wl,-Bdynamic

test-programs: all $(UNIT_TESTS) $(BPF_TESTS)

tests: test-programs

C_FILES = $(shell git ls-files '*.c' '*.h' | grep -v '^kmod/.*\.mod\.c')

format:
	clang-format -i $(C_FILES)

format-check:
	@clang-format --dry-run --Werror $(C_FILES)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(BUILD)/ipitrace.bpf.d $(BUILD)/ipitrace_irq.bpf.d $(UNIT_TESTS:=.d) $(BPF_TESTS:=.d)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help FORCE deps run test test-all tests test-programs test-scale tests-scale format format-check clean
