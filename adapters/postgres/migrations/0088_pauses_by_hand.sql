-- A pause that a person wished, beside those that SmartAdvocate asks for: by whom, and why. It gives way to none of
-- those, and is no answer of SmartAdvocate that anything could be learned from.
alter table firms
    add column pause_by  text,
    add column pause_why text;
