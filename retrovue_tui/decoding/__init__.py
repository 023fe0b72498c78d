"""All code that opens media with PyAV. It runs only in worker processes (`python -m retrovue_tui.decoding`).

libav may corrupt the memory of the process in which it runs. So no other part of the program imports this package or
`av`. Instead, it passes the name of a function here, as `"module:function"`, to a `media.workers.pool.WorkerPool`.
"""
