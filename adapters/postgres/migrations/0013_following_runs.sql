-- What is to follow a run that looks at fewer cases than somebody has asked for meanwhile.
alter table runs add column then_trigger text;
