"""Cards: still pictures with text that air between programmes and at the end of a break, with silence or music."""
