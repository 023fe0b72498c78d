"""The archive of a home: what belongs to it, how it is written, and how it is read and put in place safely."""
