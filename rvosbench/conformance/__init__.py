"""The conformance pack: small submissions, each with the one right answer, for any scorer of this field.

`cases/` makes the submissions and works out the answers, from arrays of pixels and the published rules alone:
neither the readers nor the kernels nor the metrics of rvosbench have a part in that. `pack` writes them to a
folder, `run` hands them to a scorer and `judge` says what came of it.
"""
