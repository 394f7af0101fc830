#!/usr/bin/env python3
"""Makes the NumPy files of Tests/Fixtures/data.

Usage: python3 -m venv venv && venv/bin/pip install numpy
       venv/bin/python Tests/Tools/make_numpy_fixtures.py Tests/Fixtures/data
"""
import os
import sys

import numpy as np


def main(folder):
    os.makedirs(folder, exist_ok=True)
    count = np.arange(24).reshape(2, 3, 4)
    arrays = {name: count.astype(name) for name in [
        "float32", "float64", "int64", "int32", "uint8", "int8", "int16", "uint16", "uint32", "uint64"]}
    arrays["big_float32"] = count.astype(">f4")
    arrays["big_int16"] = count.astype(">i2")
    arrays["fortran"] = np.asfortranarray(count.astype("float32"))
    arrays["fortran_big"] = np.asfortranarray(count.astype(">f8"))
    arrays["bool"] = count % 2 == 1
    arrays["float16"] = np.array([1, -2, 0.5, 65504], "float16")
    arrays["scalar"] = np.float32(7)
    arrays["vector"] = np.array([1, 2, 3], "int64")
    arrays["empty"] = np.zeros((0, 5), "float32")
    np.savez(os.path.join(folder, "stored.npz"), **arrays)
    np.savez_compressed(os.path.join(folder, "deflated.npz"), **arrays)
    for version in [(1, 0), (2, 0), (3, 0)]:
        with open(os.path.join(folder, f"version{version[0]}.npy"), "wb") as file:
            np.lib.format.write_array(file, count.astype("float32"), version=version)
    np.save(os.path.join(folder, "complex.npy"), np.array([1 + 2j]))
    np.save(os.path.join(folder, "text.npy"), np.array(["a", "b"]))


if __name__ == "__main__":
    main(sys.argv[1])
