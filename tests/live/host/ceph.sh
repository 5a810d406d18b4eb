# Make and start a Ceph of one monitor and one OSD in memory, in the folder $1: on 127.0.0.1, every door behind CephX.
set -euo pipefail

folder=$1
mkdir -p "$folder"/{mon,osd,run,log}
fsid=$(cat /proc/sys/kernel/random/uuid)
cat > /etc/ceph/ceph.conf << END
[global]
fsid = $fsid
mon host = [v1:127.0.0.1:16789]
ms bind msgr2 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
mon allow pool size one = true
mon data avail crit = 1
osd objectstore = memstore
memstore device bytes = 268435456
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
mon data = $folder/mon
osd data = $folder/osd
run dir = $folder/run
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/log/\$name.log
mon cluster log file = $folder/log/cluster.log
keyring = $folder/keyring

[osd]
keyring = $folder/osd/keyring
END

ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
monmaptool --create --addv a '[v1:127.0.0.1:16789]' --fsid "$fsid" "$folder/monmap"
ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
ceph-mon -i a

uuid=$(cat /proc/sys/kernel/random/uuid)
key=$(ceph-authtool --gen-print-key)
echo "{\"cephx_secret\": \"$key\"}" | ceph osd new "$uuid" -i -
ceph-authtool --create-keyring "$folder/osd/keyring" -n osd.0 --add-key "$key"
ceph-osd --mkfs -i 0 --osd-uuid "$uuid"
ceph-osd -i 0

ceph osd pool create rbd 8
rbd pool init rbd
rbd create --size 8 rbd/image
ceph auth get-or-create client.libvirt mon 'profile rbd' osd 'profile rbd pool=rbd' -o "$folder/libvirt.keyring"
ceph auth print-key client.libvirt > "$folder/libvirt.key"
