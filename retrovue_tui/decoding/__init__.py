"""Everything that opens media with PyAV, run in worker processes only (`python -m decoding`).

libav may corrupt the memory of the process that it runs in. So no other part of the program imports this package, or
`av`: it names a function here as `"module:function"` to a `media.workers.pool.WorkerPool`.
"""
