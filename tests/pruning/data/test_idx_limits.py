"""No more of an IDX file is read, and unpacked, than its header announces and a data set has."""

import gzip
import struct

import numpy as np
import pytest
from refusals import refusal

from pruning.data.shared.idx import MOST_BYTES, read_idx, write_idx


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_no_more_of_an_idx_file_is_read_than_its_header_announces(tmp_path, suffix):
    path, pack = tmp_path / f"images{suffix}", gzip.compress if suffix else bytes
    whole = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    if suffix:
        write_idx(path, whole)
        assert np.array_equal(read_idx(path), whole)
    head = bytes((0, 0, 8, 2))
    path.write_bytes(pack(head + struct.pack(">2I", 2, 3) + bytes(10_000_000)))
    assert refusal(read_idx, path).endswith("expected 6 bytes of data for (2, 3), got more")
    path.write_bytes(pack(head + struct.pack(">2I", 2, 3) + bytes(5)))
    assert refusal(read_idx, path).endswith("expected 6 bytes of data for (2, 3), got 5")
    path.write_bytes(pack(head + struct.pack(">2I", 2**31, 3)))
    assert refusal(read_idx, path).endswith(
        f"expected at most {MOST_BYTES:,} bytes of data, got {3 * 2**31:,} for (2147483648, 3)"
    )
    path.write_bytes(pack(bytes((0, 0, 8, 255))))
    assert "expected 255 sizes in the header, got 4 bytes" in refusal(read_idx, path)
    path.write_bytes(pack(b"\0\0"))
    assert "expected an IDX header" in refusal(read_idx, path)
