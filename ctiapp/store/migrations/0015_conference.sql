-- Customer, sender and receiver talk, the three of them.
alter table transfer drop constraint transfer_state_check;
alter table transfer add constraint transfer_state_check
    check (state in ('offered', 'ringing', 'consulting', 'conference', 'alone', 'done'));
alter table transfer drop constraint transfer_wants_check;
alter table transfer add constraint transfer_wants_check check (wants in ('complete', 'take_back', 'conference'));
