"""The admin of backers, sources and topics, which many pages share."""
