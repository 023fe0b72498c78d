"""The programme guide: programmes from what airs, and XMLTV. Pure."""
