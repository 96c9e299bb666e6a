# SPDX-License-Identifier: GPL-2.0
# make ARCH=arm64 on another architecture: Debian's cross compiler, and its arm64 libraries unpacked
# in the cache. Everything goes to build/arm64.

ifneq ($(ARCH),arm64)
$(error ARCH=$(ARCH): this machine builds for $(HOST_ARCH), or for arm64 with Debian's cross compiler)
endif

BUILD := build/$(ARCH)
CC := aarch64-linux-gnu-gcc-12
CROSS_DEPS := gcc-12-aarch64-linux-gnu debian-archive-keyring
# SYSROOT= (empty) on the command line: a Debian with these libraries for both architectures.
ifndef SYSROOT
ifneq ($(origin SYSROOT),command line)
SYSROOT := $(shell tools/sysroot $(ARCH) $(filter lib%-dev zlib%,$(BUILD_DEPS)) libcmocka-dev)
endif
endif
CROSS_FLAGS := $(SYSROOT:%=--sysroot=%)

# Where they are, for packaging/sbom.
sysroot:
	@echo $(SYSROOT)
.PHONY: sysroot
