# Build libvirt's modular daemons from Debian's source package, in the folder $1: once, in some minutes. They are run where
# they are built, in $1/build/src, for installing them would replace what the machine has.
set -euo pipefail

folder=$1
[ ! -e "$folder/done" ] || exit 0
mkdir -p "$folder"/{apt/lists/partial,apt/parts}
cd "$folder"

packages=(
    dpkg-dev gcc libglib2.0-dev libgnutls28-dev libtirpc-dev libxml2-dev libxml2-utils libyajl-dev
    meson ninja-build pkg-config rpcsvc-proto xsltproc
)
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --yes --no-install-recommends "${packages[@]}" < /dev/null > /dev/null

# the sources of the release alone, with lists of their own: the machine's stay as they are
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
signed=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$signed] http://deb.debian.org/debian $release main" > apt/sources.list
options=(-o "Dir::Etc::SourceList=$folder/apt/sources.list" -o "Dir::Etc::SourceParts=$folder/apt/parts")
options+=(-o "Dir::State::Lists=$folder/apt/lists" -o APT::Sandbox::User=root)
apt-get -qq "${options[@]}" update
rm -rf libvirt-*/ build
apt-get -qq "${options[@]}" source libvirt

features=()
for name in driver_remote driver_libvirtd driver_qemu driver_secrets storage_dir storage_fs yajl; do
    features+=("-D$name=enabled")
done
for name in docs tests nls; do
    features+=("-D$name=disabled")
done
PATH=/usr/sbin:/usr/bin:/sbin:/bin meson setup build libvirt-*/ --auto-features=disabled --buildtype=debug \
    --prefix=/usr --sysconfdir=/etc --localstatedir=/var -Drunstatedir=/run -Dinit_script=none "${features[@]}"
nice ninja -C build
touch "$folder/done"
