# Make modular daemons of what Debian ships: below $1, a program virtNAMEd for each driver NAME that follows, which is
# libvirtd with that one driver (modular.c, beside this file) and with the socket and the PID file of that daemon.
set -euo pipefail

place=$1 source=$(dirname "$0")/modular.c
shift
mkdir -p "$place/bin" /run/libvirt
gcc -shared -fPIC -o "$place/modular.so" "$source"
modules=$(dirname "$(ls /usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so /usr/lib*/libvirt/connection-driver/libvirt_driver_qemu.so 2> /dev/null | head -n 1)")
for name in "$@"; do
    daemon=virt${name}d
    mkdir -p "$place/$daemon"
    ln -s "$modules/libvirt_driver_$name.so" "$place/$daemon/"
    echo "unix_sock_dir = \"$place/$daemon\"" > "$place/$daemon.conf"
    ln -s "$place/$daemon/libvirt-sock" "/run/libvirt/$daemon-sock"
    cat > "$place/bin/$daemon" << END
#!/bin/sh
export LIBVIRT_DRIVER_DIR=$place/$daemon LD_PRELOAD=$place/modular.so
exec libvirtd --config $place/$daemon.conf --pid-file /run/$daemon.pid "\$@"
END
    chmod +x "$place/bin/$daemon"
done
