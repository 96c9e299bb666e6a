# SPDX-License-Identifier: GPL-2.0
# make dist, make deb, make rpm: what users install. The top Makefile includes this.
#
# All are made from the files of the last commit, in build/dist and build/deb, and with its date:
# the same commit gives the same bytes.

DIST := $(BUILD)/dist
DIST_NAME := ipitrace-$(VERSION)
# In a release's own tree, which has no git, the archive's date is that of its files.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)
export SOURCE_DATE_EPOCH

# One line says what is missing, and how it is installed, before anything is made.
CROSS_NEEDS := $(if $(filter x86,$(HOST_ARCH)),aarch64-linux-gnu-gcc-12=gcc-12-aarch64-linux-gnu \
	aarch64-linux-gnu-strip=binutils-aarch64-linux-gnu)
dist-needs:
	@tools/needs dist git=git xz=xz-utils strip=binutils $(CROSS_NEEDS)
deb-needs:
	@tools/needs deb git=git xz=xz-utils dpkg-buildpackage=dpkg-dev dh=debhelper dh_dkms=dh-dkms
rpm-needs:
	@tools/needs rpm git=git xz=xz-utils rpmbuild=rpm
DIST_NEEDS := $(patsubst %,%-needs,$(filter dist deb rpm,$(MAKECMDGOALS)))

# With the page's library, so that a build out of the archive needs no network.
$(UPLOT): | $(DIST_NEEDS)
$(DIST)/$(DIST_NAME).tar.xz: $(UPLOT) FORCE | $(DIST_NEEDS)
	@mkdir -p $(@D)
	$(call say,DIST)
	$(Q)git archive --format=tar --prefix=$(DIST_NAME)/packaging/ --add-file=$(UPLOT) \
		--prefix=$(DIST_NAME)/ HEAD | xz -9 -T1 >$@.tmp && mv $@.tmp $@

# The release: the source, a static binary for each architecture, what is linked into each, and the
# sums. Each binary is built from the source archive, in a directory of its own.
DIST_TREE := $(DIST)/tree/$(DIST_NAME)
sbom = packaging/sbom $(DIST_NAME)-$(1) $(VERSION) $(SOURCE_DATE_EPOCH) $(DIST)/$(DIST_NAME)-$(1) \
	"$(2)" uPlot=$(UPLOT_VERSION) $(STATIC_LIBS) >$(DIST)/$(DIST_NAME)-$(1).spdx.json
dist: $(DIST)/$(DIST_NAME).tar.xz
	@rm -rf $(DIST)/tree && mkdir -p $(DIST)/tree
	$(Q)tar -xf $< -C $(DIST)/tree
	+$(Q)$(MAKE) --no-print-directory -C $(DIST_TREE) ARCH=x86 static
	+$(Q)$(MAKE) --no-print-directory -C $(DIST_TREE) ARCH=arm64 static
	$(Q)strip -o $(DIST)/$(DIST_NAME)-x86_64 $(DIST_TREE)/build/ipitrace-static
	$(Q)aarch64-linux-gnu-strip -o $(DIST)/$(DIST_NAME)-aarch64 $(DIST_TREE)/build/arm64/ipitrace-static
	$(Q)$(call sbom,x86_64,)
	$(Q)$(call sbom,aarch64,$$($(MAKE) -s --no-print-directory -C $(DIST_TREE) ARCH=arm64 sysroot))
	$(Q)cd $(DIST) && sha256sum $(DIST_NAME)* >SHA256SUMS
	@cd $(DIST) && ls -l $(DIST_NAME)* SHA256SUMS

# Debian's packages, out of the source archive: no network is used, and the tree stays as it is.
# Whoever made the commit is their maintainer, or DEBFULLNAME and DEBEMAIL, as for Debian's own tools.
DEBFULLNAME ?= $(shell git log -1 --format=%an)
DEBEMAIL ?= $(shell git log -1 --format=%ae)
DEB_TREE := $(BUILD)/deb/$(DIST_NAME)
deb-tree: $(DIST)/$(DIST_NAME).tar.xz
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	$(Q)tar -xf $< -C $(BUILD)/deb && mv $(DEB_TREE)/packaging/debian $(DEB_TREE)/debian
	$(Q)sed -i 's/@MAINTAINER@/$(DEBFULLNAME) <$(DEBEMAIL)>/' $(DEB_TREE)/debian/control
	$(Q)packaging/debian-changelog $(VERSION) $(SOURCE_DATE_EPOCH) '$(DEBFULLNAME) <$(DEBEMAIL)>' \
		>$(DEB_TREE)/debian/changelog

# DEB_FLAGS=-aarm64: for arm64, where Debian's libraries of that architecture are installed.
deb: deb-tree
	@tools/needs deb --control $(DEB_TREE) $(filter -a%,$(DEB_FLAGS))
	$(Q)cd $(DEB_TREE) && env -u MAKEFLAGS dpkg-buildpackage -us -uc -b $(DEB_FLAGS)
	@ls $(BUILD)/deb/*.deb

# An RPM, out of the source archive. rpm knows no package of Debian's, so rpmbuild is not to look for
# what the build needs.
RPM_TOP := $(abspath $(BUILD))/rpm
rpm: $(DIST)/$(DIST_NAME).tar.xz
	@rm -rf $(RPM_TOP) && mkdir -p $(RPM_TOP)/SOURCES
	$(Q)cp $< $(RPM_TOP)/SOURCES
	$(Q)sed 's/@VERSION@/$(VERSION)/' packaging/ipitrace.spec >$(RPM_TOP)/ipitrace.spec
	$(Q)env -u MAKEFLAGS rpmbuild -bb --nodeps --define '_topdir $(RPM_TOP)' $(RPM_TOP)/ipitrace.spec
	@ls $(RPM_TOP)/RPMS/*/*.rpm

.PHONY: deb deb-needs deb-tree dist dist-needs rpm rpm-needs
