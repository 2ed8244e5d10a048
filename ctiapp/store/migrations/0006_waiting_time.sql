-- How many callers hang up in the line, and how long they waited, is asked of the last hour.
create index call_queued on call (queued_at) where queued_at is not null;
