"""Log-in, second factors, sessions, invitations and roles: the pages and rules of accounts, and nothing of content."""
