-- What is asked for often keeps its price when there is much of it.

-- Issues that end when no delivery is left that they are about: looked at every few seconds, in turn.
create index issues_about_deliveries on issues (issue_id)
    where resolved_at is null and kind in ('delivery_held', 'delivery_failed');

-- What became of a case's messages and documents, whatever firm's it is and however many others have.
create index deliveries_of_case on deliveries (case_integration_id, delivery_id);

-- Text of what failed long ago, to be removed: the reading ends with what is due.
create index deliveries_failed_unpurged on deliveries (created_at) where phase = 'failed' and purged_at is null;
