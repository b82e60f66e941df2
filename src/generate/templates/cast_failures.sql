{#- suikei: for=table when=casts to=models/monitoring/{source}/cast_failures_{alias}.sql -#}
{%- import "dialect" as sql -%}
{{ open }} config(materialized='table', schema='monitoring') {{ close }}

{% for column in columns if column.cast and column.in_cleansing_secret -%}
select
    {{ sql.literal(table.source) }} as source,
    {{ sql.literal(table.name) }} as table_name,
    {{ sql.literal(column.name) }} as column_name,
    {{ sql.literal(column.cast.kind) }} as cast_kind,
    count(*) as row_count,
    coalesce(sum(case when {{ sql.cast_failed(column) }} then 1 else 0 end), 0) as failed_count
from {{ open }} source('lake_{{ table.source }}', '{{ table.name }}') {{ close }}
{% if not loop.last %}union all
{% endif -%}
{% endfor -%}
