"""The station's answers: snapshots and receipts."""
