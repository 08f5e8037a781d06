"""RabbitMQ: topology, intake of upstream events, relay of the outbox, and the broker of the jobs."""
