-- Whether a name is taken by a key that is good is asked whenever a key is made.
create index api_keys_of_name on api_keys (name) where revoked_at is null;
