# Boot a copy of the system in $2, in memory, with systemd as its first process; the scratch folder is $1, and the checkout
# $3. With "bare" as $4 the services that were added to that system are not started. When its input ends, that is when its
# maker closes it or is gone, everything in it ends. The machine's own files and control groups are not changed.
set -euo pipefail

group=tierdeps-live-${1##*/}
for folder in "$1" /run; do
    mount -t tmpfs tmpfs "$folder"
done
mkdir "$1"/{changed,work,root}
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/changed,workdir=$1/work" "$1/root"
if [ "${4:-}" = bare ]; then
    rm -rf "$1/root/etc/systemd/system/"*
fi
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$group"
# with --keep-unit it ends with 133 where the system wants to be booted again
boot() {
    echo "$BASHPID" > "/sys/fs/cgroup/$group/cgroup.procs"
    local ended=133
    while [ "$ended" = 133 ]; do
        ended=0
        systemd-nspawn --quiet --directory="$1/root" --machine=trixie --boot --register=no --keep-unit \
            --private-network --console=read-only --bind-ro="$3:/opt/tierdeps" || ended=$?
        find "/sys/fs/cgroup/$group" -mindepth 1 -depth -type d -exec rmdir {} + || true
    done
}
boot "$@" < /dev/null > "$1/console" 2>&1 &

echo ready
while read -r _; do :; done
kill -KILL -1 2> /dev/null || true
for _ in {1..100}; do  # until this process is the only one
    alive=(/proc/[0-9]*)
    [ "${#alive[@]}" -gt 1 ] || break
    sleep 0.05
done
find "/sys/fs/cgroup/$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
umount --recursive --lazy "$1"
rmdir "$1"
