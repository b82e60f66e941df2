{{ config(schema='monitoring', materialized='view') }}

select created_at::date as day, count(*) as orders, count(distinct _tenant) as tenants
from {{ ref('cleansing_mf_orders') }}
group by all
