"""FFmpeg: finds it, runs it, and reads its reports."""
