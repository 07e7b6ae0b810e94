"""The compiled kernel, which installs without: where it cannot be built, the NumPy twin does its work.

Everything else about the distribution stands in pyproject.toml.
"""

from setuptools import Extension, setup

PARTS = (
    "bitrows",
    "checksums",
    "huffman",
    "inflate",
    "native",
    "native_score",
    "near",
    "pixels",
    "plane",
    "png",
    "rle",
    "score",
    "unfilter",
)
HEADERS = (
    "checksums",
    "common",
    "huffman",
    "inflate",
    "module",
    "pixels",
    "plane",
    "png",
    "rle",
    "score",
    "unfilter",
)
FOLDER = "rvosbench/_kernels"

setup(
    ext_modules=[
        Extension(
            "rvosbench._kernels.native",
            sources=[f"{FOLDER}/{part}.c" for part in PARTS],
            depends=[f"{FOLDER}/{header}.h" for header in HEADERS],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            py_limited_api=True,
            # No contraction: the last bit of a score must not depend on the machine.
            extra_compile_args=["-std=gnu17", "-O3", "-ffp-contract=off", "-fvisibility=hidden"],
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
    exclude_package_data={"rvosbench._kernels": ["*.c", "*.h"]},
)
