"""The processes of the service, and the connection on which each shows that it lives."""
