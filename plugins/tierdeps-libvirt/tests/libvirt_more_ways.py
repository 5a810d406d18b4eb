"""Every way in which an object needs a secret, a network, a filter, a device of the host or a guest: one row each."""

from __future__ import annotations

from libvirt_ways import STORAGE, UUID, Way, container, device, guest, pool


def network(body: str = "", name: str = "lan") -> str:
    return f"<network><name>{name}</name>{body}</network>"


def secret(usage: str = "") -> str:
    return f"<secret><uuid>{UUID}</uuid>{usage}</secret>"


NAT = network("<forward mode='nat'/><bridge name='virbr1'/>")
CEPH = secret("<usage type='ceph'><name>client.libvirt</name></usage>")
CHAP = secret("<usage type='iscsi'><target>guests</target></usage>")
TLS = secret("<usage type='tls'><name>key</name></usage>")
SETTING = {"default_tls_x509_secret_uuid": UUID.upper()}


SECRETS = (
    device("disk's key", f"requires secret/{UUID}", f"<disk><auth><secret uuid='{UUID.upper()}'/></auth></disk>", CEPH),
    device(
        "source's key",
        "requires secret/ceph/client.libvirt",
        "<disk><source><auth><secret type='ceph' usage='client.libvirt'/></auth></source></disk>",
        CEPH,
    ),
    device(
        "passphrase",
        "requires secret/volume//a",
        "<disk><encryption><secret type='passphrase' usage='/a'/></encryption></disk>",
        secret("<usage type='volume'><volume>/a</volume></usage>"),
    ),
    device(
        "initiator's password",
        "requires secret/iscsi/guests",
        "<hostdev type='scsi'>"
        "<source protocol='iscsi'><auth><secret type='iscsi' usage='guests'/></auth></source></hostdev>",
        CHAP,
    ),
    device(
        "key of a TPM",
        f"requires secret/{UUID}",
        f"<tpm><backend type='emulator'><encryption secret='{UUID}'/></backend></tpm>",
        secret("<usage type='vtpm'><name>t</name></usage>"),
    ),
    device(
        "serial behind TLS",
        f"requires secret/{UUID}",
        "<serial type='tcp'><source tls='yes'/></serial>",
        TLS,
        **SETTING,
    ),
    device(
        "serial behind TLS by the settings",
        f"requires secret/{UUID}",
        "<serial type='tcp'><source mode='bind'/></serial>",
        TLS,
        chardev_tls="1",
        chardev_tls_x509_secret_uuid=UUID,
    ),
    device(
        "display behind TLS",
        f"requires secret/{UUID}",
        "<graphics type='vnc'/>",
        TLS,
        vnc_tls="1",
        vnc_tls_x509_secret_uuid=UUID,
    ),
    device(
        "disk behind TLS",
        f"requires secret/{UUID}",
        "<disk type='network'><source protocol='nbd' tls='yes'/></disk>",
        TLS,
        **SETTING,
    ),
    device(
        "disk behind TLS, by another protocol",
        f"requires secret/{UUID}",
        "<disk type='network'><source protocol='vxhs' tls='yes'/></disk>",
        TLS,
        vxhs_tls_x509_secret_uuid=UUID,
    ),
    Way(
        "key of a pool",
        f"requires secret/{UUID}",
        pool("rbd", source=f"<auth type='ceph'><secret uuid='{UUID}'/></auth>"),
        (CEPH,),
    ),
    Way(
        "password of a pool",
        "requires secret/iscsi/guests",
        pool("iscsi", "/dev/disk/by-path", "<auth type='chap'><secret usage='guests'/></auth>"),
        (CHAP,),
    ),
)
BRIDGES = (
    device("network", "requires network/lan", "<interface type='network'><source network='lan'/></interface>", NAT),
    device(
        "network's bridge",
        "requires network/lan",
        "<interface type='bridge'><source bridge='virbr1'/></interface>",
        NAT,
    ),
    device(
        "network's bridge, directly",
        "requires network/lan",
        "<interface type='direct'><source dev='virbr1' mode='bridge'/></interface>",
        NAT,
    ),
    Way(
        "network of a container",
        "requires network/lan",
        container("<interface type='bridge'><source bridge='virbr1'/></interface>"),
        (network("<bridge name='virbr1'/>"),),
    ),
    device(
        "display on a network",
        "requires network/lan",
        "<graphics type='vnc'><listen type='network' network='lan'/></graphics>",
        NAT,
    ),
    Way(
        "network on another one's bridge",
        "requires network/lan",
        network("<forward mode='bridge'/><bridge name='virbr1'/>", "guests"),
        (NAT,),
    ),
    Way(
        "network that forwards to another one's bridge",
        "requires network/lan",
        network("<forward mode='nat' dev='virbr1'/><bridge name='virbr2'/>", "guests"),
        (NAT,),
    ),
)
HOST = (
    device("host's bridge", "requires host/br0", "<interface type='bridge'><source bridge='br0'/></interface>"),
    device("host's device", "requires host/eth0", "<interface type='direct'><source dev='eth0'/></interface>"),
    device("host's tap", "requires host/t", "<interface type='ethernet'><target dev='t' managed='no'/></interface>"),
    Way("network on the host's bridge", "requires host/br0", network("<forward mode='bridge'/><bridge name='br0'/>")),
    Way(
        "network on a device",
        "requires host/eth0",
        network("<forward mode='passthrough'><interface dev='eth0'/></forward>"),
    ),
    Way(
        "network on one of several",
        "wants host/eth0",
        network("<forward mode='vepa'><interface dev='eth0'/><interface dev='eth1'/></forward>"),
    ),
    Way("network of functions", "requires host/eth0", network("<forward mode='hostdev'><pf dev='eth0'/></forward>")),
    Way("network that forwards to a device", "wants host/eth0", network("<forward mode='nat' dev='eth0'/>")),
    device(
        "function",
        "requires host/pci_0000_06_10_1",
        "<interface type='hostdev'><source>"
        "<address type='pci' domain='0x0000' bus='0x06' slot='0x10' function='0x1'/></source></interface>",
    ),
    device(
        "PCI device",
        "requires host/pci_0000_06_02_0",
        "<hostdev type='pci'><source><address domain='0' bus='6' slot='2' function='0'/></source></hostdev>",
    ),
    device(
        "mediated device",
        f"requires host/mdev_{UUID.replace('-', '_')}",
        f"<hostdev type='mdev'><source><address uuid='{UUID}'/></source></hostdev>",
    ),
    device(
        "SCSI device",
        "requires host/scsi_host2",
        "<hostdev type='scsi'>"
        "<source><adapter name='scsi_host2'/><address bus='0' target='0' unit='0'/></source></hostdev>",
    ),
    device(
        "USB device",
        "requires host/usb_1234_beef",
        "<hostdev type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>",
    ),
    device(
        "USB device by its number",
        "requires host/usb_bus_001_003",
        "<hostdev type='usb'><source><address bus='1' device='3'/></source></hostdev>",
    ),
    device(
        "USB device by its number, in hexadecimal digits",
        "requires host/usb_bus_010_011",
        "<hostdev type='usb'><source><address bus='0x0a' device='0x0b'/></source></hostdev>",
    ),
    device(
        "USB device of several alike",
        "requires host/usb_1234_beef",
        "<hostdev type='usb'><source>"
        "<vendor id='0x1234'/><product id='0xbeef'/><address bus='1' device='3'/></source></hostdev>",
    ),
    device(
        "USB device that is an interface",
        "requires host/usb_bus_001_003",
        "<interface type='hostdev'><source><address type='usb' bus='1' device='3'/></source></interface>",
    ),
    device(
        "target of vhost-scsi",
        "requires host/vhost_naa.5123456789abcde0",
        "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5123456789abcde0'/></hostdev>",
    ),
    device(
        "vDPA device",
        "requires host/vhost-vdpa-0",
        "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>",
    ),
    device(
        "vDPA device by another path",
        "requires host//dev/vdpa/lan",
        "<interface type='vdpa'><source dev='/dev/vdpa/lan'/></interface>",
    ),
    device(
        "disk that is a vDPA device (later releases)",
        "requires host/vhost-vdpa-1",
        "<disk type='vhostvdpa'><source dev='/dev/vhost-vdpa-1'/></disk>",
    ),
    device(
        "device by which passt sends",
        "requires host/eth0",
        "<interface type='user'><source dev='eth0'/><backend type='passt'/></interface>",
    ),
    device(
        "network's bridge by which passt sends",
        "requires network/lan",
        "<interface type='user'><source dev='virbr1'/><backend type='passt'/></interface>",
        NAT,
    ),
    device(
        "device by which passt sends to a socket (later releases)",
        "requires host/eth0",
        "<interface type='vhostuser'><source dev='eth0'/><backend type='passt'/></interface>",
    ),
    device(
        "device with a port that is forwarded",
        "wants host/eth0",
        "<interface type='user'><portForward proto='tcp' dev='eth0'/></interface>",
    ),
    device(
        "optional USB device",
        "wants host/usb_1234_beef",
        "<hostdev type='usb'>"
        "<source startupPolicy='optional'><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>",
    ),
    device(
        "NVMe disk",
        "requires host/pci_0000_01_00_0",
        "<disk type='nvme'><source type='pci' namespace='1'>"
        "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></disk>",
    ),
    Way(
        "interface of a container",
        "requires host/eth1",
        container("<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>"),
    ),
    Way("adapter of a pool", "requires host/scsi_host3", pool("scsi", source="<adapter name='scsi_host3'/>")),
    Way(
        "parent of an adapter",
        "requires host/scsi_host4",
        pool("scsi", source="<adapter type='fc_host' parent='scsi_host4' wwnn='1' wwpn='2'/>"),
    ),
)
FILTERS = (
    device(
        "filter",
        "requires nwfilter/clean",
        "<interface type='user'><filterref filter='clean'/></interface>",
        "<filter name='clean'/>",
    ),
    Way(
        "filter in a filter",
        "requires nwfilter/clean",
        "<filter name='all'><filterref filter='clean'/></filter>",
        ("<filter name='clean'/>",),
    ),
)
LXC = "xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'"
LISTENING = "<domain><name>db</name><devices>{}</devices></domain>"
SERVED = (
    Way(
        "container that shares its network",
        "requires domain/box",
        guest(f"<lxc:namespace {LXC}><lxc:sharenet type='name' value='box'/></lxc:namespace>", "type='lxc'"),
        ("<domain type='lxc'><name>box</name></domain>",),
    ),
    Way(
        "guest with the other end of a device",
        "requires domain/db",
        guest("<devices><interface type='user'><backenddomain name='db'/></interface></devices>", "type='xen'"),
        (LISTENING.format(""),),
    ),
    device(
        "socket of another guest",
        "requires domain/db",
        "<serial type='unix'><source mode='connect' path='/run/s'/></serial>",
        LISTENING.format("<serial type='unix'><source mode='bind' path='/run/s'/></serial>"),
    ),
    device(
        "port of another guest",
        "requires domain/db",
        "<channel type='tcp'><source mode='connect' host='127.0.0.1' service='4555'/></channel>",
        LISTENING.format("<console type='tcp'><source mode='bind' host='0.0.0.0' service='4555'/></console>"),
    ),
    device(
        "port of another guest, tried again",
        "wants domain/db",
        "<serial type='tcp'><source mode='connect' host='localhost' service='4555'>"
        "<reconnect enabled='yes' timeout='1'/></source></serial>",
        LISTENING.format("<serial type='tcp'><source mode='bind' host='0.0.0.0' service='4555'/></serial>"),
    ),
    device(
        "interface to another guest",
        "requires domain/db",
        "<interface type='client'><source address='127.0.0.1' port='5558'/></interface>",
        LISTENING.format("<interface type='server'><source address='127.0.0.1' port='5558'/></interface>"),
    ),
    device(
        "interface to another guest's socket",
        "requires domain/db",
        "<interface type='vhostuser'><source type='unix' path='/run/v' mode='client'/></interface>",
        LISTENING.format("<interface type='vhostuser'><source type='unix' path='/run/v' mode='server'/></interface>"),
    ),
    Way(
        "guest that serves a pool",
        "requires domain/web",
        pool("netfs", "/srv/q", "<host name='web'/><dir path='/export'/>"),
        (guest(""),),
    ),
    Way(
        "guest that says so",
        "requires domain/web",
        pool("netfs", "/srv/q"),
        (guest("<metadata><t:serves xmlns:t='urn:tierdeps:libvirt:1' pool='p'/></metadata>"),),
    ),
    Way(
        "guest that serves a disk",
        "requires domain/web",
        "<domain><name>db</name><devices><disk type='network'><source protocol='nbd'><host name='web'/></source></disk>"
        "</devices></domain>",
        (guest(""),),
    ),
)
WAYS = (*STORAGE, *SECRETS, *BRIDGES, *HOST, *FILTERS, *SERVED)
