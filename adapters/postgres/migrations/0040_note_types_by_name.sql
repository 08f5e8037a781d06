-- Types of notes are looked up by name (`inbound_note_type`, `outbound_note_type`); the fixed id is no setting
-- of the profile any more.
update firms set settings = settings #- '{profile,note_type_id}' where settings #> '{profile,note_type_id}' is not null;
