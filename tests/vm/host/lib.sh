# shellcheck shell=bash
# Sourced by the programs of host/ and judge/: kernels by name, and the initramfs.

# tests/vm.
VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Under sudo: the cache of the user who ran sudo.
CACHE=${XDG_CACHE_HOME:-$(getent passwd "${SUDO_USER:-$(id -un)}" | cut -d: -f6)/.cache}/ipitrace
MIRROR=${IPITRACE_DEBIAN_MIRROR:-http://deb.debian.org}

die() {
	echo "${0##*/}: $*" >&2
	exit 3
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$tool is missing (see tests/vm/PACKAGES)"
	done
}

# kernel_row NAME: sets KERNEL ARCH SUITE PATTERN from KERNELS, and KERNEL_DIR.
kernel_row() {
	local row
	row=$(awk -v n="$1" '!/^#/ && $1 == n { print; exit }' "$VM_DIR/KERNELS")
	[ -n "$row" ] || die "no kernel '$1' in tests/vm/KERNELS"
	# shellcheck disable=SC2034 # read by the callers
	read -r KERNEL ARCH SUITE PATTERN <<<"$row"
	KERNEL_DIR=$CACHE/kernels/$KERNEL
}

# apt_private COMMAND ARG...: apt with lists, sources and archives of its own. It changes neither
# /etc/apt nor the list of installed packages.
apt_private() {
	local dir=$CACHE/apt/$SUITE-$ARCH archive=debian tool=apt-get
	case $SUITE in *-security) archive=debian-security ;; esac
	case $1 in show | search | showpkg | pkgnames | depends) tool=apt-cache ;; esac
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	cat >"$dir/private.sources" <<-EOF
		Types: deb
		URIs: $MIRROR/$archive
		Suites: $SUITE
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	EOF
	"$tool" -q -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::sourcelist="$dir/private.sources" \
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir" -o Dir::State::status=/dev/null \
		-o APT::Sandbox::User=root -o APT::Architecture="$ARCH" \
		-o APT::Architectures::="$ARCH" -o APT::Architectures::="$(dpkg --print-architecture)" "$@"
}

# The newest image package that the row's pattern matches, by version of the package.
newest_image() {
	local name
	apt_private pkgnames linux-image- | sort -V | while read -r name; do
		# shellcheck disable=SC2254 # the row's pattern is a glob
		case $name in
		*-unsigned | *-dbg) ;;
		$PATTERN) echo "$name" ;;
		esac
	done | tail -n 1
}

# kernel_packages IMAGE: the image, its headers, and their dependencies from the same source
# (7.x splits the image into linux-binary, linux-modules and linux-base).
kernel_packages() {
	local todo=("$1" "${1/linux-image-/linux-headers-}") all=" " name
	while [ ${#todo[@]} -gt 0 ]; do
		name=${todo[0]}
		todo=("${todo[@]:1}")
		case $all in *" $name "*) continue ;; esac
		all+="$name "
		mapfile -t -O ${#todo[@]} todo < <(apt_private depends --no-recommends --no-suggests \
			--no-conflicts --no-breaks --no-replaces --no-enhances "$name" |
			sed -n 's/^ *|\?Depends: \(linux-\(binary\|modules\|headers\|kbuild\|base\)-[^: ]*\).*/\1/p' |
			grep -v -e '-unsigned$')
	done
	# linux-kbuild has programs that run on this machine, whatever the kernel's architecture.
	sed "s/ \(linux-kbuild-[^ ]*\) / \1:$(dpkg --print-architecture) /" <<<"$all"
}

# The headers packages refer to /usr/src: point them at the cache.
relocate_headers() {
	local root=$1 file
	for file in "$root"/usr/src/linux-headers-*/Makefile; do
		sed -i -E "s#(^include |=)/usr/src/#\1$root/usr/src/#" "$file"
	done
}

# kernel_unpack DIR: from DIR/debs to DIR/{root,release,vmlinuz}.
kernel_unpack() {
	local dir=$1 deb release modules
	for deb in "$dir"/debs/*.deb; do
		dpkg-deb -x "$deb" "$dir/root"
	done
	release=$(basename "$(ls -d "$dir"/root/usr/lib/modules/*/kernel "$dir"/root/lib/modules/*/kernel \
		2>/dev/null | head -n 1 | xargs dirname)")
	modules=$dir/root/lib/modules
	[ -d "$modules/$release/kernel" ] || { mkdir -p "$dir/root/lib" && ln -sfn ../usr/lib/modules "$modules"; }
	depmod -b "$dir/root" "$release"
	ln -sf "$(find "$dir/root" -name 'vmlinuz*' -type f | head -n 1)" "$dir/vmlinuz"
	ln -sfn "$dir/root/usr/src/linux-headers-$release" "$dir/headers"
	relocate_headers "$dir/root"
	rm -rf "$dir/debs"
	echo "$release" >"$dir/release"
}

# once FILE COMMAND...: runs COMMAND, which makes FILE, unless FILE is there. One at a time: make
# runs several of these.
once() {
	local file=$1
	shift
	[ -e "$file" ] && return
	need flock
	mkdir -p "$CACHE"
	(
		flock 9
		[ -e "$file" ] || "$@"
	) 9>"$CACHE/lock" || exit
}

# root_make ARG...: mmdebstrap, without the descriptors that the caller, make and once() leave open. Its
# hook for apt is `cat >&FD` in sh, and dash knows no FD above 9.
root_make() {
	need mmdebstrap
	mmdebstrap "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# kernel_fetch: the row's kernel into the cache, unless it is there.
kernel_fetch() {
	once "$KERNEL_DIR/release" kernel_download
}

kernel_download() {
	local image tmp=$KERNEL_DIR
	need apt-get dpkg-deb depmod
	echo "# fetching kernel $KERNEL into $KERNEL_DIR" >&2
	apt_private update >&2 || die "apt cannot read $SUITE from $MIRROR"
	image=$(newest_image)
	[ -n "$image" ] || die "$SUITE has no package $PATTERN"
	rm -rf "$tmp"
	mkdir -p "$tmp/debs"
	# shellcheck disable=SC2046 # a list of packages
	(cd "$tmp/debs" && apt_private download $(kernel_packages "$image")) >&2 ||
		die "cannot download $image"
	kernel_unpack "$tmp"
}

# module_order NAME...: the files of Debian's modules, dependencies first, without built-in ones.
module_order() {
	local release
	release=$(cat "$KERNEL_DIR/release")
	modprobe -d "$KERNEL_DIR/root" -S "$release" -a --show-depends "$@" 2>/dev/null |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# libraries FILE: the libraries that an ELF program loads, one path a line. A program of another
# architecture does not run here: the libraries that it names, out of the sysroot (tools/sysroot).
libraries() {
	local sysroot=$CACHE/sysroot-$ARCH name
	if [ "$ARCH" = "$(dpkg --print-architecture)" ]; then
		ldd "$1" 2>/dev/null | grep -o '/[^ ]*'
		return
	fi
	readelf -ld "$1" 2>/dev/null |
		sed -n 's/.*Shared library: \[\(.*\)\]$/\1/p; s/.*interpreter: \(.*\)\]$/\1/p' |
		while read -r name; do
			(cd "$sysroot" && find . -path "*/${name##*/}" \( -type f -o -type l \) -printf '/%P\n')
		done
}

# initramfs_file ROOT FILE DEST: copies a file or a tree, and the libraries of an ELF program.
initramfs_file() {
	local root=$1 file=$2 dest=$3 lib sysroot=
	[ -e "$file" ] || die "no file $file"
	mkdir -p "$root/$(dirname "$dest")"
	cp -aL "$file" "$root/$dest"
	[ -f "$file" ] || return 0
	[ "$ARCH" = "$(dpkg --print-architecture)" ] || sysroot=$CACHE/sysroot-$ARCH
	libraries "$file" | while read -r lib; do
		[ -e "$root/$lib" ] && continue
		mkdir -p "$root/$(dirname "$lib")"
		cp -L "$sysroot$lib" "$root/$lib"
	done
}

# initramfs_modules ROOT NAME...: unpacks modules, and lists them in loading order for init.
initramfs_modules() {
	local root=$1 file name
	shift
	mkdir -p "$root/modules"
	module_order "$@" | while read -r file; do
		name=$(basename "$file" .xz)
		case $file in
		*.xz) xz -dc "$file" >"$root/modules/$name" ;;
		*) cp "$file" "$root/modules/$name" ;;
		esac
		echo "$name"
	done >"$root/modules/order"
}

# busybox: prints the path of a static busybox for the row's architecture.
busybox() {
	local file=$CACHE/busybox-$ARCH tmp
	[ "$ARCH" != "$(dpkg --print-architecture)" ] || file=/bin/busybox
	if [ ! -x "$file" ] && [ "$file" != /bin/busybox ]; then
		tmp=$(mktemp -d)
		(
			SUITE=bookworm
			cd "$tmp" && apt_private update && apt_private download "busybox-static:$ARCH" &&
				dpkg-deb -x ./*.deb . && cp bin/busybox "$file"
		) >&2
		rm -rf "$tmp"
	fi
	[ -x "$file" ] || die "no static busybox for $ARCH (see tests/vm/PACKAGES)"
	echo "$file"
}

# initramfs_base ROOT: busybox, init, empty directories.
initramfs_base() {
	local root=$1 file
	file=$(busybox) || exit
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,lib,lib64,proc,sys,dev,tmp,out,root,run,etc}
	cp "$file" "$root/bin/busybox"
	cp "$VM_DIR/guest/init" "$root/init"
	chmod 755 "$root/init"
}

initramfs_pack() {
	(cd "$1" && find . | cpio -o -H newc --quiet) >"$2"
}
