# SPDX-License-Identifier: GPL-2.0
# make help lists the targets. Everything generated is under build/.

VERSION := 0.1.0
BUILD := build
# From the environment or the command line; make's own default, cc, is no wish of anybody.
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
LLVM_OBJCOPY ?= llvm-objcopy
PKG_CONFIG ?= pkg-config
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# The kernel's name of an architecture, of which uname and Debian have others.
arch_named = $(patsubst aarch64,arm64,$(patsubst amd64,x86,$(patsubst x86_64,x86,$(1))))
HOST_ARCH := $(call arch_named,$(shell uname -m))
ARCH ?= $(HOST_ARCH)
override ARCH := $(call arch_named,$(ARCH))

# The C library's and the kernel's headers for the other architecture: tests/e2e/arches.t.
OTHER_ARCH_DEPS := $(foreach lib,libc6-dev linux-libc-dev,$(lib)-$(if $(filter arm64,$(HOST_ARCH)),amd64,arm64)-cross)
# Debian 12's packages: to build, and to test.
BUILD_DEPS := gcc make clang llvm pkg-config libbpf-dev libelf-dev zlib1g-dev bpftool \
	libjansson-dev libcap-ng-dev libevent-dev libkdumpfile-dev libncurses-dev libnanopb-dev libseccomp-dev libzstd-dev \
	linux-libc-dev curl ca-certificates
TEST_DEPS := libcmocka-dev clang-format python3 python3-jsonschema python3-prometheus-client perl jq mandoc tmux procps nginx-light \
	groff-base strace systemd trace-cmd zsh libclang-rt-dev protobuf-compiler zstd nodejs $(OTHER_ARCH_DEPS)
VM_DEPS := $(shell cat tests/vm/PACKAGES)

ifneq ($(ARCH),$(HOST_ARCH))
include tools/cross.mk
endif
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

# Static by default: the binary can then be copied to a host that has none of these libraries.
# DYNAMIC=1 is for packagers.
PKGS := libbpf jansson libevent_extra libevent_core libcap-ng libzstd ncursesw
ifeq ($(DYNAMIC),1)
# nanopb has no shared library.
LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS)) -lprotobuf-nanopb
LIBS_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS))
else
LIBS := -Wl,-Bstatic -lbpf -lelf -lz -ljansson -lcap-ng -levent_extra -levent_core -lzstd -lprotobuf-nanopb -lncursesw -ltinfo -Wl,-Bdynamic
endif

# src/collect/layout.c reads the kernel's types in libbpf's place; not where libbpf is shared.
WRAP := -Wl,--wrap=btf__load_vmlinux_btf

# --version says these.
BUILT_LIBS := $(shell for p in $(filter-out libevent_extra,$(PKGS)) libelf zlib; do \
	printf '%s%s %s' "$$sep" $${p%_core} "$$($(PKG_CONFIG) --modversion $$p 2>/dev/null)"; sep=', '; done)
BUILT_BPF := $(shell $(CLANG) -dumpversion 2>/dev/null | sed 's/^/clang /')
BUILT := -DBUILT_FOR='"$(shell $(CC) -dumpmachine 2>/dev/null)"' -DBUILT_BPF='"$(BUILT_BPF)"' \
	-DBUILT_LINK='"$(if $(filter 1,$(DYNAMIC)),shared,static) libraries"' -DBUILT_LIBS='"$(BUILT_LIBS)"'

# CFLAGS, CPPFLAGS and LDFLAGS belong to the user and come last. What the code needs is added.
ifeq ($(DEBUG),1)
CFLAGS ?= -O0 -g3
else
# To compile a test's own file takes three times as long with -O2, and the test runs no sooner:
# what it tests has -O2. make test-all compiles both with -O2, which finds more to warn of.
ifeq ($(origin CFLAGS)$(TESTS_O2),undefined)
TEST_CFLAGS := -O0
endif
CFLAGS ?= -O2 -g
endif
ifeq ($(ASAN),1)
# What is undefined ends the program, as a wrong address does: a test does not read stderr. A variable
# that the code has not set yet is not 0 by chance.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-ftrivial-auto-var-init=pattern
endif
ifeq ($(TSAN),1)
# gcc warns of each fence, because this sanitizer does not know fences. It need not: what a fence orders is
# copied by src/base/shared_copy.h.
SANITIZE := -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan
endif
WARNINGS := -Wall -Wextra
# The same source gives the same binary in any directory.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=.
# make test sets WERROR=1; a newer compiler's warning must not break a package's build. Not among
# the FLAGS below, so that make and then make test build once.
ERRORS = $(if $(filter 1,$(WERROR)),-Werror)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(PREFIX_MAP) $(CROSS_FLAGS) $(SANITIZE) \
	-Isrc -I$(BUILD) -MMD -MP $(LIBS_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(CROSS_FLAGS) $(SANITIZE) $(CFLAGS) $(LDFLAGS)
# BPF_DEFINES: for tests that count how often the programs look for a csd.
BPF_CFLAGS := $(BPF_DEFINES) $(PREFIX_MAP) -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) $(WARNINGS) \
	-Isrc -Ivmlinux $(if $(MULTIARCH),-I$(SYSROOT)/usr/include/$(MULTIARCH)) -MMD -MP

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' $(1) $@)

SOURCES := $(wildcard src/*.c src/*/*.c src/*/*/*.c src/*/*/*/*.c)
SOURCES := $(filter-out %.bpf.c,$(SOURCES))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
# All but main(), for the tests.
PARTS := $(filter-out $(BUILD)/obj/ipitrace.o,$(OBJECTS))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
BPF_TESTS := $(patsubst tests/bpf/test_%.c,$(BUILD)/tests/bpf_%,$(wildcard tests/bpf/test_*.c))

all: $(BUILD)/ipitrace $(BUILD)/ipiload $(BUILD)/ipigen

help:
	@echo "make            build/ipitrace, build/ipiload, build/ipigen"
	@echo "make deps       install the packages for building, running, testing (apt)"
	@echo "make run        deps, build, then ipitrace on this host, under a load"
	@echo "make check      build, and the tests that need no root: after each edit; T=storm: tests of that name"
	@echo "make check-asan the unit tests with the address, leak and undefined sanitizers"
	@echo "make check-tsan the unit tests that have threads, with the thread sanitizer"
	@echo "make coverage   which lines and branches of src/ the tests run; WRITE=1: docs/coverage.md; LINES=1: lines not run"
	@echo "make golden     keep what is shown of the kept captures: tests/unit/golden"
	@echo "make test       deps, build, and the tests that every change must pass"
	@echo "make test-all   make test, and the slow tests: more kernels, more CPUs"
	@echo "make mutants    slips in src/ that the tests must notice; SEED=1 N=60: at random; docs/mutations.md"
	@echo "make test-scale broadcasts on up to 64 CPUs, in instructions; cache lines on up to 256"
	@echo "make bench      ipitrace and its peers in turn, as ratios; build/bench.json"
	@echo "make fuzz       the parsers under libFuzzer, FUZZ_SECONDS=300 each"
	@echo "make install    to PREFIX (/usr/local) under DESTDIR; make uninstall"
	@echo "make static     build/ipitrace-static, which needs no library"
	@echo "make dist       the release of the last commit, in build/dist"
	@echo "make deb        Debian packages of the last commit, in build/deb; make rpm"
	@echo "make schema     schema/ and the reference's lists of keys, by src/model's tables of fields"
	@echo "make format     format the C code; make format-check: only check it"
	@echo "make clean      remove build/"
	@echo
	@echo "CC CFLAGS CPPFLAGS LDFLAGS   as usual; CFLAGS replace -O2 -g"
	@echo "DYNAMIC=1       link shared libraries, found by pkg-config"
	@echo "WERROR=1        warnings are errors, as in make test"
	@echo "V=1             show the commands"
	@echo "UPLOT=FILE      the package of uPlot, for a build without a network"
	@echo "ARCH=arm64      build for arm64, in build/arm64; aarch64, x86_64, amd64 are understood"
	@echo "DEBUG=1         for a debugger; ASAN=1: address and undefined sanitizers; TSAN=1: thread"
	@echo "sudo asks for root where root is needed."

# The tests are Python: leave no __pycache__ in the tree.
export PYTHONDONTWRITEBYTECODE := 1

include src/view/html/build.mk
include tools/build.mk
include bench/build.mk
include kmod/build.mk
include tests/vm/build.mk
include packaging/install.mk
include packaging/dist.mk
include tests/faults/build.mk
include tests/fuzz/build.mk
include tests/scale/build.mk
include tests/browser/build.mk
include tests/schemas/build.mk
include tests/fleet/build.mk

# Other flags than last time: build everything again.
FLAGS := $(CC) $(CLANG) $(ALL_CFLAGS) $(TEST_CFLAGS) $(BUILT) $(ALL_LDFLAGS) $(WRAP) $(LIBS) $(BPF_CFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' > $@
FORCE:

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) -c -o $@ $<

$(BUILD)/obj/cli/commands.o: ALL_CFLAGS += $(BUILT)

# csds.c alone includes these skeletons; the second source and kernel_code.c have their own.
$(BUILD)/obj/collect/csds.o: $(BUILD)/ipitrace.skel.h $(BUILD)/ipitrace_irq.skel.h
$(BUILD)/obj/collect/hooks/hooks.o: $(BUILD)/hooks.skel.h
$(BUILD)/obj/collect/kernel_code.o: $(BUILD)/code.skel.h

# A BPF object, with these flags. DWARF and the source lines inside functions are not needed, and
# would be two thirds of the object. bpftool leaves out the strings that no type has any more.
define compile_bpf
@mkdir -p $(@D)
$(call say,BPF)
$(Q)$(CLANG) $(BPF_CFLAGS) $(ERRORS) $(1) -MT $@ -MF $(@:.o=.d) -c -o $@.all $<
$(Q)$(LLVM_OBJCOPY) --dump-section .BTF.ext=$@.lines $@.all $@.thin && tools/btf-lines $@.lines
$(Q)$(LLVM_OBJCOPY) --strip-debug --remove-section .rel.BTF.ext --update-section .BTF.ext=$@.lines $@.all $@.thin
$(Q)$(BPFTOOL) gen object $@ $@.thin && rm -f $@.all $@.thin $@.lines
endef

$(BUILD)/ipitrace.bpf.o: src/ipitrace.bpf.c $(BUILD)/flags tools/btf-lines
	$(call compile_bpf)

# A second variant also reads the preempt count; some kernels refuse that one.
$(BUILD)/ipitrace_irq.bpf.o: src/ipitrace.bpf.c $(BUILD)/flags tools/btf-lines
	$(call compile_bpf,-DSEES_INTERRUPTS)

$(BUILD)/hooks.bpf.o: src/bpf/hooks.bpf.c $(BUILD)/flags tools/btf-lines
	$(call compile_bpf)

$(BUILD)/code.bpf.o: src/bpf/code.bpf.c $(BUILD)/flags tools/btf-lines
	$(call compile_bpf)

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(BUILD)/ipitrace: $(OBJECTS)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $(WRAP) -o $@ $^ $(LIBS) -lm

# From an archive a test takes the objects that it needs alone, and is linked in a tenth of the time.
PARTS_ARCHIVE := $(BUILD)/parts.a
$(PARTS_ARCHIVE): $(PARTS)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $(PARTS)

# cmocka gives each test a state, which few use.
TEST_WARNINGS := -Wno-unused-parameter

# If a unit test or its header defines __wrap_NAME(), other files call that in the place of NAME(), which is
# __real_NAME() then.
wraps = $(patsubst %,-Wl$(comma)--wrap=%,$(sort $(shell sed -n 's/.*\<__wrap_\([a-z0-9_]*\).*/\1/p' \
	$(1) $(wildcard $(patsubst %,tests/unit/%,$(shell sed -n 's/^.include "\([a-z_]*\.h\)"/\1/p' $(1)))))))

$(BUILD)/tests/test_%: tests/unit/test_%.c $(PARTS_ARCHIVE)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(TEST_WARNINGS) $(ERRORS) $(LDFLAGS) -o $@ $< $(PARTS_ARCHIVE) $(LIBS) -lcmocka -lm \
		$(call wraps,$<)

# Its own functions must have no frame pointers.
$(BUILD)/tests/test_unwind: TEST_CFLAGS :=

$(BUILD)/tests/rig.o: tests/bpf/rig.c $(BUILD)/flags $(PARTS_ARCHIVE)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(TEST_WARNINGS) $(ERRORS) -Itests/bpf -c -o $@ $<

$(BUILD)/tests/bpf_%: tests/bpf/test_%.c $(BUILD)/tests/rig.o $(PARTS_ARCHIVE) | $(BUILD)/tests/fake.bpf.o \
		$(BUILD)/tests/stacks.bpf.o
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(TEST_WARNINGS) $(ERRORS) -Itests/bpf $(LDFLAGS) -o $@ $< $(BUILD)/tests/rig.o $(PARTS_ARCHIVE) $(LIBS) \
		-lcmocka -lm $(call wraps,$<)

$(BUILD)/tests/stacks.bpf.o: src/bpf/origins.bpf.h

$(BUILD)/tests/%.bpf.o: tests/bpf/%.bpf.c tests/bpf/fake.h tests/bpf/witness.h tools/btf-lines
	$(call compile_bpf)

# Stolen time as somebody else measures it, for tests/e2e/steal.t: without ipitrace's code.
$(BUILD)/tests/witness: tests/bpf/witness.c tests/bpf/witness.h $(BUILD)/flags | $(BUILD)/tests/witness.bpf.o
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $< $(LIBS)

# Many simulated hosts: tests/fleet/simulation.t.
$(BUILD)/tests/ipifleet: tests/fleet/ipifleet.c $(PARTS)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $< $(PARTS) $(LIBS) -lm

deps:
	@$(SUDO) tools/deps $(BUILD_DEPS) $(CROSS_DEPS) $(TEST_DEPS) $(VM_DEPS)

run: deps
	@$(MAKE) --no-print-directory all
	@echo "ipitrace for 5 s, under build/ipiload membarrier:"
	@$(SUDO) $(BUILD)/ipitrace summary -- $(BUILD)/ipiload membarrier -q --duration 5
	@$(SUDO) $(BUILD)/ipitrace hist -- $(BUILD)/ipiload tlb-munmap -q --duration 1

# A command line's WERROR= wins.
test test-all test-scale: export WERROR := 1
test-all: export TESTS_O2 := 1

# A failed check is shown with its reason, not by its number alone. tests/one runs each test: see there.
PROVE := CMOCKA_MESSAGE_OUTPUT=TAP prove --directives --failures --comments --exec tests/one --timer
# $(call proved,ARGUMENTS,SUDO) runs tests; its status is tests/one's, and prove's.
proved = export BUILD=$(BUILD); tests/one --begin && { $(2) BUILD=$(BUILD) $(PROVE) $(1); status=$$?; \
	tests/one --end && exit $$status; exit 1; }
# $(call gate,ARGUMENTS,SUDO): quick tests, then those of ARGUMENTS, then once more those that failed there.
gate = export BUILD=$(BUILD); tests/one --begin && { $(2) BUILD=$(BUILD) $(PROVE) $(QUICK_LANES) && { \
	$(2) BUILD=$(BUILD) $(PROVE) $(1) || $(2) BUILD=$(BUILD) tests/one --again; }; status=$$?; \
	tests/one --end && exit $$status; exit 1; }

# prove --jobs runs the tests of a lane one after the other, beside those of other lanes, and the tests
# of no lane when all lanes are done, one by one.
comma := ,
space := $(subst ,, )
among = '$(2){$(subst $(space),$(comma),$(strip $(1)))}'
lane = --rules $(call among,$(1),seq=)

# Of the tree and of its parts. Nothing of the machine decides whether these pass.
TREE_TESTS := $(addprefix tests/e2e/,$(shell grep '^[a-z]' tests/TREE))
# Fuzzers and sanitized tests compute; unit tests and those of the tree wait for half of their time. BPF tests
# see only the events that they make up.
FUZZ_TEST := tests/e2e/fuzz.t
OTHER_TREE_TESTS := $(filter-out $(FUZZ_TEST),$(TREE_TESTS))
QUICK_LANES = --jobs 3 $(call lane,$(FUZZ_TEST) $(BPF_TESTS) $(TSAN_TESTS)) $(call lane,$(OTHER_TREE_TESTS) $(ASAN_TESTS)) \
	$(call lane,$(UNIT_TESTS)) $(TREE_TESTS) $(UNIT_TESTS) $(BPF_TESTS) $(TSAN_TESTS) $(ASAN_TESTS)

# These judge no figure of this machine's IPIs, or only their own: others may run beside them. Each list
# is a lane, and the lanes take about the same time: most of a test's time is waiting, so that several
# lanes keep two CPUs busy. live.t waits until nobody sends membarriers, which faults.t does all the time,
# so both are in one lane. These are in none: serve.t, for a thousand clients of its own must be answered
# within their time limit; fuse.t, whose file system holds up the helpers of every ipitrace; import.t, for
# trace-cmd fails where other instances of ftrace come and go; calls.t and callers.t, of whose load all samples
# must be.
PLAIN_WITH_TRACERS := $(patsubst %,tests/e2e/%.t,build install judges page possible proxy source textfile timeline bench words) \
	$(patsubst %,tests/e2e/%.t,filters ftrace ipiload pictures prove trace)
PLAIN_WITH_FAULTS := $(patsubst %,tests/e2e/%.t,live faults files flight addresses capabilities capture ending) \
	$(patsubst %,tests/e2e/%.t,examples strangers users)
PLAIN_WITH_GATES := $(patsubst %,tests/e2e/%.t,friction hostile json readme root security top user_code) \
	$(patsubst %,tests/e2e/%.t,gates conduct in_place report service)
PLAIN_TESTS := $(PLAIN_WITH_TRACERS) $(PLAIN_WITH_FAULTS) $(PLAIN_WITH_GATES)
# These see no event of this machine, and send none: they compute. The tests that run one by one wait for most
# of their time. Compilers are not among them: calls.t wants all samples to be its load's.
COMPUTING_TESTS := $(wildcard tests/scale/*.t)
TESTS := $(filter-out $(TREE_TESTS) $(PLAIN_TESTS) $(COMPUTING_TESTS),$(wildcard tests/e2e/*.t))

# The VMs run one after the other, and beside them the plain tests, in lanes, and then the others, one by
# one, beside those that compute. That is a tree of rules, which prove reads from a file only.
define GATE_RULES
par:
  - seq: $(call among,$(VM_TEST_SCRIPTS))
  - seq:
      - par:
          - seq: $(call among,$(PLAIN_WITH_TRACERS))
          - seq: $(call among,$(PLAIN_WITH_FAULTS))
          - seq: $(call among,$(PLAIN_WITH_GATES))
      - par:
          - seq: $(call among,$(TESTS))
          - seq: $(call among,$(COMPUTING_TESTS))
endef

test: export GATE_RULES := $(GATE_RULES)
test: deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" tests asan-programs tsan-programs
	@echo "$$GATE_RULES" >$(BUILD)/gate.yml
	@$(call gate,--jobs 4 $(VM_TEST_SCRIPTS) $(PLAIN_TESTS) $(TESTS) $(COMPUTING_TESTS),$(SUDO) HARNESS_RULESFILE=$(BUILD)/gate.yml)

# After each edit: neither root, nor packages, nor a network, nor a VM, and no event of this machine.
# The fuzzers take longest, so they begin.
CHECKED := $(TREE_TESTS) $(UNIT_TESTS)
CHECKED := $(if $(T),$(strip $(foreach t,$(CHECKED),$(if $(findstring $(T),$(notdir $(t))),$(t)))),$(CHECKED))

check:
	$(if $(CHECKED),,@echo "T=$(T): no test of make check has that in its name" >&2; exit 2)
	@$(MAKE) --no-print-directory -j"$$(nproc)" WERROR=$(or $(WERROR),1) check-programs
	@$(call proved,--jobs 2 $(CHECKED))

# The tests of the tree run the program, and the tools.
check-programs: $(filter $(UNIT_TESTS),$(CHECKED)) $(if $(filter %.t,$(CHECKED)),all $(BUILD)/fields) \
	$(if $(filter %/fuzz.t,$(CHECKED)),$(filter-out %/report,$(FUZZERS)))

include tests/sanitizers/build.mk
include tests/coverage/build.mk
include tests/mutation/build.mk

# After a change of what is shown; `git diff tests/unit/golden` is what readers will see.
golden: $(BUILD)/tests/test_golden $(BUILD)/ipitrace
	@mkdir -p tests/unit/golden
	@GOLDEN_RENEW=1 $< >/dev/null
	@GOLDEN_RENEW=1 tests/e2e/scripts.t >/dev/null

include tests/all.mk

# With SEED= slips at random: make mutants SEED=1 N=60 FILES=src/run.
mutants: deps
	@$(MAKE) --no-print-directory $(if $(SEED),-j"$$(nproc)" mutation-programs,tests)
	@$(SUDO) BUILD=$(BUILD) tests/mutation/$(if $(SEED),random $(SEED) $(or $(N),60) $(FILES),run --write)

# Built by make test, too, though no test there runs it: it uses the server of src/serve.
tests: $(BUILD)/tests/ipifleet $(BUILD)/tests/witness $(BUILD)/fields

test-scale: deps
	@$(MAKE) --no-print-directory tests tests-scale $(BUILD)/vm/scale.t
	@$(SUDO) BUILD=$(BUILD) SCALE=all prove --exec '' --timer -v tests/scale/lines.t $(BUILD)/vm/scale.t

tests-scale:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/counted BPF_DEFINES=-DCOUNT_PROBES \
		$(BUILD)/counted/ipitrace $(BUILD)/counted/costs

# Reads the counters of the programs in build/counted.
$(BUILD)/costs: tests/vm/guest/costs.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) -o $@ $< -Wl,-Bstatic -lbpf -lelf -lz -Wl,-Bdynamic

test-programs: all $(UNIT_TESTS) $(BPF_TESTS)

tests: test-programs

# bench/limit.bpf.c is a yardstick: the file stays as it is, byte for byte, or figures of before and
# after would not be comparable.
C_FILES = $(shell git ls-files '*.c' '*.h' | grep -v -e '^kmod/.*\.mod\.c' -e '^bench/limit\.bpf\.c')

format:
	clang-format -i $(C_FILES)

format-check:
	@clang-format --dry-run --Werror $(C_FILES)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(BUILD)/ipitrace.bpf.d $(BUILD)/ipitrace_irq.bpf.d $(BUILD)/hooks.bpf.d $(BUILD)/code.bpf.d $(UNIT_TESTS:=.d) $(BPF_TESTS:=.d) $(BUILD)/tests/rig.d

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help schema FORCE deps run check check-programs golden test test-all mutants tests test-programs test-scale tests-scale format format-check clean
