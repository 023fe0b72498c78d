"""The processes of a farm, the only ones that load Dask: the station's link, the scheduler, and the workers."""
