# A server of ssh for root, in a private world: $1 is a folder that all worlds see, with the key of the client.
# Debian's package is downloaded once, and not installed.
set -euo pipefail

step=$1 shared=$2
folder=$shared/ssh

case $step in
fetch)  # outside of the worlds, which have no network
    mkdir -p "$folder"
    cd "$folder"
    apt-get -qq -o APT::Sandbox::User=root download openssh-server libwrap0
    for package in ./*.deb; do
        dpkg-deb --extract "$package" .
    done
    ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
    ;;
serve)
    mkdir -p /run/sshd
    getent passwd sshd > /dev/null || useradd --system --home /run/sshd --shell /usr/sbin/nologin sshd
    ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
    cat > /etc/ssh/sshd_config << END
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile $folder/key.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
END
    export LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu
    "$folder/usr/sbin/sshd" -f /etc/ssh/sshd_config
    ;;
use)  # on the client
    cat > /etc/ssh/ssh_config << END
Host *
    BatchMode yes
    IdentityFile $folder/key
    StrictHostKeyChecking accept-new
    UserKnownHostsFile /etc/ssh/known_hosts
END
    ;;
esac
