"""The files of a TLS identity, as they are given: each is read before anything starts, so that an error names it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from tierdeps.errors import InputError

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.engines import TlsFiles


class _EncryptedKeyError(Exception):
    """A key asks for a password."""


def verify_files(files: TlsFiles) -> None:
    """Raise InputError, which names the file, unless they are PEM files, and the key is that of the certificate.

    Texts in place of paths are those that a start has made itself, and not looked at.
    """
    if "\n" in files.ca:
        return
    for path, what in ((files.ca, "the certificate of an authority"), (files.cert, "a certificate")):
        _read_certificates(path, what)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(files.cert, files.key, _refuse_password)
    except _EncryptedKeyError:
        problem = "the key is encrypted; nobody can enter its password here, so give a key without one"
        raise InputError(files.key, problem) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise InputError(files.key, f"it is not the key of the certificate {files.cert}") from None
        raise InputError(files.key, "it is not a PEM file with a key") from None
    except OSError as error:
        raise InputError(files.key, f"cannot be read: {error.strerror or error}") from None


def _read_certificates(path: str, what: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise InputError(path, f"it is not a PEM file with {what}") from None
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror or error}") from None


def _refuse_password() -> NoReturn:
    raise _EncryptedKeyError
