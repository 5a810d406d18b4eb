"""A scene of rarer devices: a TPM, encrypted disks, iSCSI behind CHAP, a pool that is mounted, a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.host import objects, scene
from tests.live.host.iscsi import PASSWORD, TARGET, USER, Iscsi
from tests.live.host.world import until

if TYPE_CHECKING:
    import libvirt

    from tests.live.host.host import Host

TPM_SECRET = "5ec5ec5e-0000-4000-8000-000000000002"  # noqa: S105  its name
LUKS_SECRET = "5ec5ec5e-0000-4000-8000-000000000003"  # noqa: S105
CHAP_SECRET = "5ec5ec5e-0000-4000-8000-000000000004"  # noqa: S105
PASSPHRASE = b"a passphrase"
POOLS = frozenset({"pool/direct", "pool/mounted"})
GUESTS = frozenset({"domain/chap", "domain/luks", "domain/mounted", "domain/saved", "domain/tpm"})
CONTAINER = "box"
FORGET = 1 | 2 | 4  # VIR_DOMAIN_UNDEFINE_: MANAGED_SAVE, SNAPSHOTS_METADATA, NVRAM
LUKS = "luks.img"


class Devices:
    """Is defined on a host, all of it marked autostart and down, and forgotten again."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.iscsi = Iscsi(host.world)

    def define(self) -> None:
        """Define everything."""
        self.iscsi.start()
        connection = self._host.connect()
        for uuid, usage, value in (
            (TPM_SECRET, "<usage type='vtpm'><name>tpm</name></usage>", PASSPHRASE),
            (LUKS_SECRET, f"<usage type='volume'><volume>{self.luks}</volume></usage>", PASSPHRASE),
            (CHAP_SECRET, f"<usage type='iscsi'><target>{TARGET}</target></usage>", PASSWORD),
        ):
            connection.secretDefineXML(objects.named_secret(uuid, usage)).setValue(value)
        self._define_pools(connection)
        for name, device in self._disks().items():
            connection.defineXML(objects.guest(name, self._host.firmware, device)).setAutostart(1)
        self.containers().defineXML(objects.container(CONTAINER)).setAutostart(1)

    def bring_down(self) -> None:
        """Bring everything down, guests first."""
        scene.bring_down(self.containers())
        self._host.bring_down()

    def forget(self) -> None:
        """Bring everything down, and undefine it."""
        self.bring_down()
        connection = self._host.connect()
        for guest in connection.listAllDomains():
            guest.undefineFlags(FORGET)
        for other in (*self.containers().listAllDomains(), *scene.pools(connection), *connection.listAllSecrets()):
            other.undefine()

    def containers(self) -> libvirt.virConnect:
        """Open a connection to the containers."""
        return self._host.libvirtd.connect("lxc")

    def active(self) -> frozenset[str]:
        """Name all that is up; the container is domain/box."""
        boxes = self.containers().listAllDomains(1)
        return self._host.active() | {f"domain/{box.name()}" for box in boxes}

    @property
    def luks(self) -> str:
        """The encrypted disk."""
        return str(self._host.world.scratch / LUKS)

    def _disks(self) -> dict[str, str]:
        secret = f"<encryption format='luks'><secret type='passphrase' usage='{self.luks}'/></encryption>"
        return {
            "chap": objects.volume_disk("direct", "unit:0:0:1", "raw"),
            "luks": objects.file_disk(self.luks, secret),
            "mounted": objects.volume_disk("mounted", "disk"),
            "saved": "",
            "tpm": objects.tpm(TPM_SECRET),
        }

    def _define_pools(self, connection: libvirt.virConnect) -> None:
        until(self._make_luks, "an encrypted disk is made")  # qemu-img takes its own time, and fails where that is none
        target = self._host.world.scratch / "mounted"
        target.mkdir(exist_ok=True)
        device = self._host.world.make_device()
        mounted = connection.storagePoolDefineXML(objects.mounted_pool("mounted", device, target))
        direct = connection.storagePoolDefineXML(objects.chap_pool("direct", TARGET, USER))
        mounted.create()
        mounted.createXML(objects.volume("disk"))
        mounted.destroy()
        for pool in (mounted, direct):
            pool.setAutostart(1)

    def _make_luks(self) -> bool:
        """Make the encrypted disk with so few rounds of its key that it opens at once; return whether it was made."""
        passphrase = f"secret,id=key,data={PASSPHRASE.decode()}"
        made = ("qemu-img", "create", "-q", "--object", passphrase, "-f", "luks", "-o", "key-secret=key,iter-time=10")
        return self._host.world.run(*made, self.luks, "8M", check=False).returncode == 0
