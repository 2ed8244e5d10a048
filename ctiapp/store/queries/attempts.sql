-- name: store_verdict
-- Who waits for the answer is told that the line has spoken before it; after it the dialplan asks. What was heard before
-- the answer and comes late does not take the place of what was heard after it.
with heard as (
    update attempt
       set verdict = %(verdict)s, reason = %(reason)s, confidence = %(confidence)s, verdict_at = now(),
           verdict_ms = %(milliseconds)s
     where id = %(attempt)s and (answered_at is null or not %(unanswered)s)
    returning id
)
select pg_notify('ctiapp', 'heard:' || id) from heard where %(unanswered)s;
