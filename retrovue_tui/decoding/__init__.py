"""What opens media with PyAV. These modules run in worker processes only (`python -m retrovue_tui.decoding`).

libav may corrupt the memory of the process that it runs in. So no other part of the program imports this package, or
`av`: it names a function here as `"module:function"` to a `retrovue_tui.media.workers.pool.WorkerPool`.
"""
