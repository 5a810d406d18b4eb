# Make the smallest guest with an agent, in the folder $1: Debian's kernel, and an initramfs with busybox and qemu-ga.
# The packages are downloaded, and not installed.
set -euo pipefail

folder=$1
mkdir -p "$folder/unpacked"
cd "$folder"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
apt-get -qq -o APT::Sandbox::User=root download busybox-static qemu-guest-agent "$kernel"
for package in ./*.deb; do
    dpkg-deb --extract "$package" unpacked
done
mv unpacked/boot/vmlinuz-* kernel

modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console)
mkdir -p initramfs/{bin,dev,modules,proc,run,sys}
cp unpacked/bin/busybox unpacked/usr/sbin/qemu-ga initramfs/bin
ldd initramfs/bin/qemu-ga | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=initramfs
for module in "${modules[@]}"; do
    find unpacked/lib/modules -name "$module.ko*" -exec cp {} initramfs/modules \;
done
cat > initramfs/init << EOF
#!/bin/busybox sh
for kind in devtmpfs:/dev proc:/proc sysfs:/sys; do
    /bin/busybox mount -t "\${kind%%:*}" none "\${kind#*:}"
done
for module in ${modules[*]}; do
    /bin/busybox insmod "/modules/\$module.ko"
done
echo "the agent starts"
exec /bin/qemu-ga --method=virtio-serial --path=/dev/vport0p1 --statedir=/run
EOF
chmod +x initramfs/init
(cd initramfs && find . | ../unpacked/bin/busybox cpio -o -H newc 2> /dev/null) | gzip --fast > initrd
