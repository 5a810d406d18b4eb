# One step of making a Ceph of several machines, on one of them: $1 is the step, $2 the name of the machine, $3 a folder
# that all of them see. The paths are those of a package, so that the daemons need no options for them.
set -euo pipefail

step=$1 name=$2 shared=$3

case $step in
keys)  # once, on one machine; the other arguments are the names and addresses of all
    ceph-authtool --create-keyring "$shared/monitors" --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$shared/monitors" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    monmaptool --create --fsid "$(ceph-conf --lookup fsid)" "$shared/monmap"
    for ((number = 4; number < $#; number += 2)); do
        monmaptool --addv "${!number}" "${@:number + 1:1}" "$shared/monmap"
    done
    ;;
monitor)  # on each one
    mkdir -p /var/lib/ceph/{mon,osd} /run/ceph /var/log/ceph
    ceph-authtool --create-keyring /etc/ceph/ceph.client.admin.keyring --import-keyring "$shared/monitors"
    ceph-mon --mkfs --id "$name" --monmap "$shared/monmap" --keyring "$shared/monitors"
    chown -R ceph:ceph /var/lib/ceph /run/ceph /var/log/ceph
    ceph-mon --id "$name" --setuser ceph --setgroup ceph --pid-file /run/ceph/mon.pid
    ;;
osd)  # on each one, when the monitors agree
    uuid=$(cat /proc/sys/kernel/random/uuid)
    key=$(ceph-authtool --gen-print-key)
    number=$(echo "{\"cephx_secret\": \"$key\"}" | ceph osd new "$uuid" -i -)
    folder=/var/lib/ceph/osd/ceph-$number
    mkdir "$folder"
    ceph-authtool --create-keyring "$folder/keyring" -n "osd.$number" --add-key "$key"
    ceph-osd --mkfs --id "$number" --osd-uuid "$uuid"
    chown -R ceph:ceph "$folder"
    ceph-osd --id "$number" --setuser ceph --setgroup ceph --pid-file /run/ceph/osd.pid
    ;;
pool)  # once, when the OSDs are up; the other arguments are images
    ceph osd pool create rbd 8
    rbd pool init rbd
    for image in "${@:4}"; do
        rbd create --size 8 "rbd/$image"
    done
    ceph auth get-or-create client.libvirt mon 'profile rbd' osd 'profile rbd pool=rbd' > /dev/null
    ceph auth print-key client.libvirt > "$shared/libvirt.key"
    ;;
stop)
    for pid in /run/ceph/{osd,mon}.pid; do
        number=$(cat "$pid")
        kill "$number"
        while [ -e "/proc/$number" ]; do sleep 0.05; done
        rm -f "$pid"
    done
    ;;
esac
