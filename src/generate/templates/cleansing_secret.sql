{#- suikei: for=table when=secrets to=models/cleansing_secret/{source}/cleansing_secret_{alias}.sql -#}
{%- import "dialect" as sql -%}
{{ open }} config(materialized='table', schema='cleansing_secret', alias='{{ table.alias }}'{{ sql.storage(table) }}) {{ close }}

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
{%- for column in columns if column.in_cleansing_secret %},
    {{ sql.cast(column) }} as {{ sql.name(column.name) }}
{%- endfor %}
from rows_kept
