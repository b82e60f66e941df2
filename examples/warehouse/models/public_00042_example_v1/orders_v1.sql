{{ config(schema='public_00042_example_v1', alias='orders', materialized='table') }}

-- The mart of partner 00042: orders of the tenants they have a contract with, and no person.
select _tenant, order_number, ordered_on, status, mall, total, items
from {{ ref('orders') }}
where _tenant in ('00001', '00002', '00003')
