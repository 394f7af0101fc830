#!/usr/bin/env python3
"""Makes the HDF5 files of Tests/Fixtures/hdf5 with h5py, the writer that Keras uses.

Usage: python3 -m venv venv && venv/bin/pip install h5py numpy
       venv/bin/python Tests/Tools/make_hdf5_fixtures.py Tests/Fixtures/hdf5
"""
import os
import sys

import h5py
import numpy as np


def arrays(file):
    """Datasets of every element type and layout."""
    count = np.arange(24).reshape(2, 3, 4)
    for dtype in ["float32", "float64", "float16", "int64", "int32", "uint8", "int8", "int16", "uint16", "uint32"]:
        file[f"types/{dtype}"] = count.astype(dtype)
    file["types/negative8"] = np.array([-128, -1, 127], "int8")
    file["types/uint64"] = np.array([0, 1, 2**63 - 1], "uint64")
    file["types/uint64_large"] = np.array([0, 2**63], "uint64")
    file["types/bool"] = np.array([True, False, True])
    file["types/big_float32"] = count.astype(">f4")
    file["types/big_int64"] = count.astype(">i8")
    file["types/big_float16"] = np.array([1, -2, 0.5, 65504], ">f2")
    # 1, -2, 3.140625, infinity in bfloat16, as Keras 3 stores it.
    bits = np.array([0x3F80, 0xC000, 0x4049, 0x7F80], "<u2").view("V2")
    file["types/bfloat16"] = bits
    file["types/bfloat16"].attrs["dtype"] = "bfloat16"
    file["types/opaque"] = bits
    file["types/text"] = np.array([b"a", b"bc"])
    file["types/complex"] = np.array([1 + 2j])
    large = np.arange(6000, dtype="float32").reshape(60, 100)
    file.create_dataset("layouts/gzip", data=large, chunks=(16, 32), compression="gzip", shuffle=True)
    file.create_dataset("layouts/chunked", data=large, chunks=(7, 100))
    file.create_dataset("layouts/checked", data=large, chunks=(60, 100), fletcher32=True)
    file.create_dataset("layouts/unwritten", (3, 2), "float32")
    file.create_dataset("layouts/filled", (3, 2), "float32", fillvalue=1.5)
    file.create_dataset("layouts/scalar", data=np.int64(7))
    file.create_dataset("layouts/empty", data=np.zeros((0, 5), "float32"))
    file.create_dataset("layouts/null", data=h5py.Empty("float32"))
    file.create_dataset("layouts/rank9", data=np.zeros((1,) * 9, "float32"))
    file.create_dataset("layouts/huge", (1 << 40, 1 << 30), "float32", chunks=(64, 64))
    file.create_dataset("layouts/large", (1 << 20, 1 << 10), "float32", chunks=(64, 64))
    file["scope/inner/kernel:0"] = np.array([1.0, 2.0], "float32")
    file["links/soft"] = h5py.SoftLink("/scope/inner/kernel:0")
    file["links/outside"] = h5py.ExternalLink("other.h5", "/kernel")
    file["links/hard"] = file["scope/inner/kernel:0"]
    file["named_type"] = np.dtype("float32")


def attributes(file):
    """Attributes in every encoding that Keras files have."""
    at = file.create_group("attributes").attrs
    utf8, ascii_ = h5py.string_dtype("utf-8"), h5py.string_dtype("ascii")
    at["variable_utf8"] = "héllo"
    at.create("variable_ascii", "hello", dtype=ascii_)
    at["fixed"] = np.bytes_(b"hello")
    at["empty_string"] = ""
    at["long"] = "x" * 200_000
    at.create("variable_list", ["a", "bcd", ""], dtype=utf8)
    at["fixed_list"] = np.array([b"a", b"bcd", b"efg"])
    at["one_fixed"] = np.array([b"{}"])
    at.create("one_variable", ["{}"], dtype=utf8)
    at["no_names"] = np.array([])
    at["no_integers"] = np.array([], "int32")
    at["null"] = h5py.Empty("S5")
    at["integer"] = 42
    at["integer8"] = np.int8(-3)
    at["big_integer"] = np.array(513, ">i4")
    at["true"] = True
    at["number"] = 0.25
    at["number32"] = np.float32(0.5)
    at["integers"] = np.array([1, 2, 3])
    at["numbers"] = np.array([0.5, 1.5])
    at["compound"] = np.array((1, 2.0), dtype=[("a", "i4"), ("b", "f8")])
    # C's and Fortran's ways to end a string, as other tools write them.
    for name, padding, text in [("terminated", h5py.h5t.STR_NULLTERM, b"dense\0junk"),
                                ("space_padded", h5py.h5t.STR_SPACEPAD, b"dense     ")]:
        string = h5py.h5t.C_S1.copy()
        string.set_size(10)
        string.set_strpad(padding)
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        attribute = h5py.h5a.create(file["attributes"].id, name.encode(), string, space)
        attribute.write(np.array(text, "S10"), mtype=string)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    for name, version in [("earliest.h5", "earliest"), ("latest.h5", ("v110", "v110"))]:
        with h5py.File(os.path.join(folder, name), "w", libver=version) as file:
            arrays(file)
            attributes(file)
    # Behind a user block, as other tools put text before the file proper.
    with h5py.File(os.path.join(folder, "userblock.h5"), "w", userblock_size=1024) as file:
        file["kernel"] = np.arange(3, dtype="float32")
    # The shape of a small model file, to be cut off at many places.
    with h5py.File(os.path.join(folder, "small.h5"), "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = '{"class_name": "Sequential"}'
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"dense", b"dense_1"])
        for index, layer in enumerate(["dense", "dense_1"]):
            below = group.create_group(layer)
            below.attrs["weight_names"] = np.array([f"{layer}/kernel:0".encode(), f"{layer}/bias:0".encode()])
            below[f"{layer}/kernel:0"] = np.full((4, 3), index, "float32")
            below[f"{layer}/bias:0"] = np.zeros(3, "float32")


if __name__ == "__main__":
    main(sys.argv[1])
