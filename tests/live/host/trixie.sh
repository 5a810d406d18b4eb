# Make a Debian 13 (trixie) in the folder $1, once: libvirt 11.3, QEMU 10 and systemd 257, as shipped, and what tierdeps
# imports, for its Python; $2 is a Python with pip. Only copies of it are changed.
set -euo pipefail

folder=$1
[ ! -e "$folder/done" ] || exit 0
mkdir -p "$folder"
rm -rf "$folder/root"

export DEBIAN_FRONTEND=noninteractive
packages=(binutils mmdebstrap systemd-container)
apt-get -qq install --yes --no-install-recommends "${packages[@]}" < /dev/null > /dev/null

included=(
    libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils
    dbus dnsmasq-base iproute2 iptables procps python3 python3-libvirt systemd-sysv
)
omitted=(--dpkgopt='path-exclude=/usr/share/'{doc,locale,man}'/*')
nice mmdebstrap --quiet --mode=root --variant=minbase --include="${included[*]}" "${omitted[@]}" \
    --aptopt='APT::Install-Recommends "false"' trixie "$folder/root" http://deb.debian.org/debian

imported=(click google-re2 msgspec networkx packaging pluggy rich tomlkit defusedxml)
version=$(chroot "$folder/root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$2" -m pip install --quiet --no-warn-script-location --target "$folder/root/opt/imported" --python-version "$version" \
    --only-binary=:all: "${imported[@]}"
for command in tierdeps tierdeps-libvirt; do
    cat > "$folder/root/usr/local/bin/$command" << EOF
#!/bin/sh
export PYTHONPATH=/opt/tierdeps:/opt/tierdeps/plugins/tierdeps-libvirt:/opt/imported PYTHONDONTWRITEBYTECODE=1
exec python3 -m $(echo "$command" | tr - _) "\$@"
EOF
    chmod +x "$folder/root/usr/local/bin/$command"
done
mkdir -p "$folder/root/opt/tierdeps"

# what guests run
as --32 -o "$folder/guest.o" "$(dirname "$0")/guest.s"
ld -m elf_i386 --oformat binary -Ttext 0 -e 0 -o "$folder/root/opt/guest.rom" "$folder/guest.o"
chmod a+r "$folder/root/opt/guest.rom"
touch "$folder/done"
