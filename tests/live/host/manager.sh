# A service manager of a user, without a boot, in namespaces and a control group of its own: systemd. Its log is in the
# folder $1. It ends with its input.
set -euo pipefail

group=/sys/fs/cgroup/tierdeps-live-${1##*/}
mount -t tmpfs tmpfs /run
export XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME=$1/config
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"  # as if systemd had booted this machine
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "$group"
# mounted again in the cgroup namespace, the group is the root of all that the manager sees: it touches no other one
manager='mount -t tmpfs tmpfs /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec systemd --user --log-target=console --show-status=no'
(
    echo "$BASHPID" > "$group/cgroup.procs"
    exec unshare --cgroup --mount bash -c "$manager"
) < /dev/null > "$1/manager.log" 2>&1 &
until systemctl --user show-environment > /dev/null 2>&1; do sleep 0.05; done

echo ready
while read -r _; do :; done
kill -KILL -1 2> /dev/null || true
for _ in {1..100}; do  # until this process is the only one
    alive=(/proc/[0-9]*)
    [ "${#alive[@]}" -gt 1 ] || break
    sleep 0.05
done
find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
