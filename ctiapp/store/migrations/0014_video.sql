-- Pictures: which telephones on a desk show them beside those in browsers, and where a customer's page may ask for them.
alter table station add video boolean not null default false;
alter table pool add video boolean not null default true;
