-- Why something happened, as sentences with codes: {"code": "NODE_AWAY", "values": ["12"]}. The words beside stay, in English.
alter table cluster_events add column reason_parts jsonb not null default '[]';
