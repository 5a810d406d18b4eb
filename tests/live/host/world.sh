# The first process of a private world, whose scratch folder is $1: it has mounts, network and processes of its own.
# All it changes it changes on copies. When its input ends, that is when its maker closes it or is gone, it ends
# everything in the world and takes the folder away. Bash, not sh: as the first process it must reap what others leave.
set -euo pipefail

mkdir "$1/etc"
cp --archive /etc/. "$1/etc"
mount --bind "$1/etc" /etc
for folder in /run /var/cache /var/lib /var/log; do
    mount -t tmpfs tmpfs "$folder"
done
mount -t sysfs sysfs /sys  # the bridges in it are those of this network
ip link set lo up

# containers need the control groups where libvirt looks for them: each controller of version 1 by its name, or version 2
mount -t tmpfs tmpfs /sys/fs/cgroup
while IFS=: read -r _ controllers _; do
    [ -n "$controllers" ] || continue
    mkdir "/sys/fs/cgroup/${controllers#name=}"
    # where it is refused, only containers are without it
    mount -t cgroup -o "${controllers/#name=/none,name=}" cgroup "/sys/fs/cgroup/${controllers#name=}" || true
done < /proc/self/cgroup
[ -n "$(ls /sys/fs/cgroup)" ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup || true

# what the package libvirt-daemon-system would bring
mkdir -p /etc/ceph /etc/libvirt /run/libvirt /run/lock /var/{cache,lib,log}/libvirt
rm -rf /etc/libvirt/{qemu,secrets,storage,nwfilter}
for group in kvm libvirt libvirt-qemu; do
    getent group "$group" > /dev/null || groupadd --system "$group"
done
getent passwd libvirt-qemu > /dev/null || useradd --system --gid libvirt-qemu --no-create-home libvirt-qemu
cat > /etc/libvirt/qemu.conf << 'EOF'
user = "root"
group = "root"
remember_owner = 0
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
EOF

echo ready
while read -r _; do :; done
kill -KILL -1 2> /dev/null || true
for _ in {1..100}; do  # until this process is the only one
    alive=(/proc/[0-9]*)
    [ "${#alive[@]}" -gt 1 ] || break
    sleep 0.05
done
find /sys/fs/cgroup/*/machine -depth -type d -exec rmdir {} + 2> /dev/null || true  # those that are empty by now
losetup --noheadings --raw --output NAME,BACK-FILE | while read -r device file; do
    case $file in "$1"/*) losetup --detach "$device" ;; esac
done
rm -rf --one-file-system -- "$1"
