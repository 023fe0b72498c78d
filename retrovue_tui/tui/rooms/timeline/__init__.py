"""The timeline room: shows a channel's rundown over time, and edits it."""
