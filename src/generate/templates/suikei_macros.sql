{#- suikei: for=project to=macros/suikei.sql -#}
{% raw -%}
{#- A dataset is called as the model says, without the target's schema in front. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}

{#- Puts the keys of join domains into the session: the two padded keys of HMAC-SHA256, made from the secret in
    the environment. `suikei build` does it by itself and never as text of a statement. -#}
{% macro suikei_set_keys(domains) -%}
{% if execute -%}
{% for domain in domains -%}
set variable suikei_key = sha256('{{ env_var("DBT_ENV_SECRET_SUIKEI_KEY") }}:{{ domain }}');
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
{%- endraw %}
