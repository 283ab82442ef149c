function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}

/** Functions that answer the same from the same rows and arguments, whichever database has them. */
export const STEADY_FUNCTIONS: ReadonlySet<string> = names(`
  count sum avg min max total group_concat string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg json_arrayagg json_objectagg
  json_group_array json_group_object bool_and bool_or every bit_and bit_or bit_xor stddev stddev_pop stddev_samp std variance var_pop var_samp corr
  percentile_cont percentile_disc mode any_value median
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  coalesce nullif ifnull isnull if iif greatest least nvl field elt
  abs ceil ceiling floor round trunc truncate mod power pow sqrt cbrt exp ln log log10 log2 sign sin cos tan asin acos atan atan2 cot degrees radians pi div width_bucket gcd lcm
  lower upper lcase ucase length char_length character_length octet_length bit_length len substr substring substring_index left right ltrim rtrim trim btrim lpad rpad
  replace translate reverse repeat concat concat_ws instr locate position strpos split_part initcap ascii chr char unicode hex unhex quote quote_literal quote_ident format printf
  to_char to_number to_date starts_with overlay regexp_replace regexp_match regexp_matches regexp_like regexp_substr regexp_instr regexp_split_to_array regexp_split_to_table soundex
  space insert find_in_set strcmp glob like likely unlikely unaccent similarity word_similarity levenshtein md5 sha1 sha2 sha224 sha256 sha384 sha512 crc32 encode decode digest to_base64 from_base64 to_hex
  cast convert try_cast typeof pg_typeof
  date_part extract date_trunc date_bin make_date make_time make_timestamp make_interval justify_days justify_hours justify_interval datediff date_add date_sub adddate subdate addtime subtime timediff
  timestampdiff timestampadd date_format time_format str_to_date dayofmonth dayofweek dayofyear weekday week weekofyear year month day hour minute second microsecond quarter last_day makedate maketime
  to_days from_days sec_to_time time_to_sec monthname dayname isfinite
  json_extract json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text json_value json_query json_array json_object json_build_object jsonb_build_object json_build_array
  jsonb_build_array json_contains json_contains_path json_keys json_length json_type json_valid json_unquote json_quote json_search json_set json_insert json_replace json_remove json_merge_patch json_each
  json_tree jsonb_each jsonb_each_text json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text jsonb_array_length json_array_length jsonb_object_keys json_object_keys
  jsonb_path_query jsonb_path_exists jsonb_path_query_array jsonb_set jsonb_insert jsonb_strip_nulls jsonb_typeof json_typeof to_json to_jsonb row_to_json jsonb_pretty json_table
  array_length array_position array_positions array_append array_prepend array_cat array_remove array_replace array_to_string string_to_array array_to_json cardinality unnest array_dims array_lower
  array_upper generate_series generate_subscripts
  to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight tsvector_to_array numnode match against fts5 bm25 highlight snippet
  lower_inc upper_inc lower_inf upper_inf isempty range_merge int4range int8range numrange tsrange tstzrange daterange
  nlevel subpath subltree lca text2ltree ltree2text inet_ntoa inet_aton host masklen network set_masklen
  point box circle polygon lseg path line area center diameter height width radius
  asin sinh cosh tanh grouping row values num_nonnulls num_nulls nextafter bin oct conv zeroblob
`)

/** Functions that answer differently from call to call, but change no rows. */
export const HARMLESS_FUNCTIONS: ReadonlySet<string> = names(`
  now current_timestamp current_date current_time localtime localtimestamp curdate curtime sysdate utc_date utc_time utc_timestamp unix_timestamp from_unixtime
  clock_timestamp statement_timestamp transaction_timestamp timeofday age date datetime time julianday strftime unixepoch timediff timestamp
  random rand randomblob gen_random_uuid gen_random_bytes uuid uuid_short uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7 setseed sys_guid
  nextval currval lastval setval last_insert_id last_insert_rowid changes total_changes row_count found_rows
  version current_user session_user user database schema current_database current_schema current_schemas current_setting pg_backend_pid connection_id sqlite_version inet_client_addr
  current_role current_catalog txid_current pg_current_xact_id pg_current_wal_lsn pg_is_in_recovery pg_last_wal_replay_lsn
  pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock_all get_lock release_lock is_free_lock is_used_lock release_all_locks
  pg_sleep sleep benchmark pg_notify pg_table_is_visible pg_get_constraintdef pg_get_indexdef pg_get_expr pg_get_viewdef pg_get_userbyid pg_get_serial_sequence col_description obj_description
  format_type to_regclass to_regtype to_regproc pg_relation_size pg_total_relation_size pg_size_pretty pg_database_size pg_column_size pg_cancel_backend pg_terminate_backend
  has_table_privilege has_schema_privilege has_column_privilege pg_has_role pg_encoding_to_char information_schema pg_indexam_has_property _pg_expandarray
  load_extension pragma_table_info pragma_index_list pragma_index_info pragma_table_xinfo pragma_foreign_key_list to_timestamp set_config
`)
