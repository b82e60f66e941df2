{#- suikei: for=project to=models/monitoring/cast_failures.sql -#}
{{ open }} config(materialized='view', schema='monitoring') {{ close }}

{% for table in tables if table.has_casts -%}
select * from {{ open }} ref('cast_failures_{{ table.alias }}') {{ close }}
{% if not loop.last %}union all
{% endif -%}
{% else -%}
select
    cast(null as {{ 'string' if dialect == 'bigquery' else 'varchar' }}) as source,
    cast(null as {{ 'string' if dialect == 'bigquery' else 'varchar' }}) as table_name,
    cast(null as {{ 'string' if dialect == 'bigquery' else 'varchar' }}) as column_name,
    cast(null as {{ 'string' if dialect == 'bigquery' else 'varchar' }}) as cast_kind,
    0 as row_count,
    0 as failed_count
from (select 1 as one) as nothing
where one = 0
{% endfor -%}
