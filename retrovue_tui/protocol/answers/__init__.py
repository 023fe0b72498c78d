"""What the station answers: snapshots and receipts."""
