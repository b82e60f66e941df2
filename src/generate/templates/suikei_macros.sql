{#- suikei: for=project to=macros/suikei.sql -#}
{% raw -%}
{#- A dataset is called as the model says, without the target's schema in front. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}

{#- Puts the keys of join domains into the session: the two padded keys of HMAC-SHA256. The engine reads the key from
    its file by itself, so that it is in no statement and in no log. `suikei build` has this built in. -#}
{% macro suikei_set_keys(domains) -%}
{% if execute -%}
{% for domain in domains -%}
set variable suikei_key = (
    select sha256(trim(content, e' \r\n') || ':{{ domain }}') from read_text('{{ env_var("SUIKEI_KEY_FILE") }}')
);
{% for part, pad in [('inner', 54), ('outer', 92)] -%}
set variable suikei_{{ part }}_{{ domain }} = (
    select unhex(array_to_string(list_transform(range(64), lambda i: printf('%02x',
        xor(case when i < 32 then ('0x' || substr(getvariable('suikei_key'), 2 * i + 1, 2))::integer else 0 end, {{ pad }}))), ''))
);
{% endfor -%}
{% endfor -%}
set variable suikei_key = null
{%- endif %}
{%- endmacro %}

{#- A keyed hash of a column. With dbt the model says also: pre_hook="{{ suikei_set_keys(['domain']) }}". -#}
{% macro suikei_hmac(column, domain) -%}
sha256(getvariable('suikei_outer_{{ domain }}') || unhex(sha256(getvariable('suikei_inner_{{ domain }}') || encode(cast({{ column }} as varchar)))))
{%- endmacro %}

{#- Bounds of a table's size, and how old its newest row may be. -#}
{% test row_count(model, minimum=none, maximum=none) %}
select row_count
from (select count(*) as row_count from {{ model }}) as counted
where {% if minimum is not none %}row_count < {{ minimum }}{% else %}false{% endif %} or {% if maximum is not none %}row_count > {{ maximum }}{% else %}false{% endif %}
{% endtest %}

{% test fresh(model, column_name, hours) %}
select newest
from (select max({{ column_name }}) as newest from {{ model }}) as found
where newest is null or newest < now() - interval ({{ hours }}) hour
{% endtest %}
{%- endraw %}
