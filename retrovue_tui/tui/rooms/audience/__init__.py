"""The audience room: shows how many watched what, and who stayed."""
