{{ config(schema='widetable', materialized='table') }}

-- An order with its shop and the sum of its lines: what most questions begin with.
with lines as (
    select _shard, _tenant, order_id, count(*) as line_count, sum(quantity) as items, sum(quantity * unit_price) as goods_total
    from {{ ref('cleansing_mf_order_lines') }}
    where is_cancelled = 0
    group by all
)

select
    o._shard,
    o._tenant,
    o.id,
    o.order_number,
    o.ordered_on,
    o.created_at,
    o.status,
    s.name as shop,
    s.mall,
    o.customer_name as customer,
    o.total,
    coalesce(l.line_count, 0) as line_count,
    coalesce(l.items, 0) as items,
    l.goods_total
from {{ ref('cleansing_mf_orders') }} as o
left join {{ ref('cleansing_mf_shops') }} as s
    on s._shard = o._shard and s._tenant = o._tenant and s.id = o.shop_id
left join lines as l
    on l._shard = o._shard and l._tenant = o._tenant and l.order_id = o.id
