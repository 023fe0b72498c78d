"""Confidence monitoring: pictures, audio levels, alarms."""
