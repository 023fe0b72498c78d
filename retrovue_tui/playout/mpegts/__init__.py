"""MPEG transport streams: packets, demultiplexing, multiplexing, tables, analysis."""
