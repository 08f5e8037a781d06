-- Bodies of rejected events are removed after some time.
create index rejected_events_with_body on rejected_events (received_at) where body is not null;
