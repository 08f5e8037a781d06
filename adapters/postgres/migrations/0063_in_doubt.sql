-- What may have reached SmartAdvocate unnoticed, by lane: an older message of the case looks for it before it is
-- sent, whatever became of it. Almost always empty, so it costs nothing to keep.
create index deliveries_in_doubt on deliveries (firm_id, kind, case_integration_id) where doubtful_since is not null;
