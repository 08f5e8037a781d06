-- Whoever manages some firms sees the keys of those, newest first, without passing by all others'.
create index api_keys_of_firm on api_keys ((firms[1]), key_id);
