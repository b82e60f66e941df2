{#- suikei: for=table when=wanted to=models/cleansing/{source}/cleansing_{alias}.sql -#}
{%- import "dialect" as sql -%}
{{ open }} config(materialized='table', schema='cleansing', alias='{{ table.alias }}'{{ sql.storage(table) }}{{ sql.keys(table) }}{% if table.fpe %}, meta={'suikei_only': true}{% endif %}) {{ close }}

with rows_kept as (
    select *
    from {{ open }} source('lake_{{ table.source }}', '{{ table.name }}') {{ close }}
{%- if table.duplicates %}
    where true
    qualify row_number() over (
        partition by _shard, _tenant{% for key in table.duplicates.partition %}, {{ sql.name(key) }}{% endfor %}
        order by {% for term in table.duplicates.order %}{{ sql.name(term.column) }} {{ term.direction }} nulls last{{ ', ' if not loop.last }}{% endfor %}
    ) = 1
{%- endif %}
)

select
    _shard,
    _tenant,
    _collected_at
{%- for column in columns if column.in_cleansing %},
    {{ sql.clean(column) }} as {{ sql.name(column.name) }}
{%- endfor %}
from rows_kept
