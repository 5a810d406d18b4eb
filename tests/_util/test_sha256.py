"""SHA-256 without OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.sha256 import sha256


@given(st.binary())
def test_it_is_what_hashlib_computes(data: bytes) -> None:
    assert sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()


def test_openssl_is_not_loaded_for_it() -> None:
    code = "import sys; import tierdeps._util.sha256; assert '_hashlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
