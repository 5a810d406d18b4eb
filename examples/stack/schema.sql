create table if not exists visits (at timestamptz not null default now(), path text not null);
