{{ config(schema='role_sales', materialized='table') }}

select
    date_trunc('month', created_at)::date as month,
    mall,
    count(*) as orders,
    count(distinct customer) as customers,
    sum(total) as total
from {{ ref('orders') }}
where status <> 'キャンセル'
group by all
