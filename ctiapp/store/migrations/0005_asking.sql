-- What asking to be called needs beside the list: the words one agrees to, codes that prove a number, what is counted.

alter table call_me_pool add consent_text text not null default '';

-- A code that was sent to a number, to prove that whoever asks can read what is sent there. Not the code itself.
create table proof_code (
    number  text primary key,
    code    text not null,
    sent_at timestamptz not null default now(),
    sent    integer not null default 1,
    wrong   integer not null default 0
);

-- A number that was asked for and then changed counts for the number that was dialled.
create index attempt_number on attempt (number, made_at);
create index call_request_promised on call_request (pool, promised_until)
    where promised_until is not null and state not in ('done', 'cancelled', 'failed');
create index customer_name on customer (site, lower(name)) where phone is not null;
