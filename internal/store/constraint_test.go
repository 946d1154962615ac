package store_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

const (
	anID     = "gen_random_uuid()"
	anOrg    = "'{org}'"
	noOrg    = "'{none}'"
	anInsert = "INSERT INTO "

	letters26 = "abcdefghijklmnopqrstuvwxyz"
)

// anExport inserts an export in a state.
func anExport(state, org, due string) string {
	return anInsert + "exports (org_id, id, state, sink_id, sink, receiver, format, first_seq, end_seq, asked_at, decision, next_seq, object, due_at) VALUES (" +
		org + ", " + anID + ", " + state + ", " + anID + ", 'x', '', 'csv', 0, 1, now(), 'x', 0, 'x', " + due + ")"
}

// aSchedule inserts a schedule of exports.
func aSchedule(org, every string) string {
	return anInsert + "export_schedules (org_id, id, name, every, sink_id, sink, receiver, format, completeness, filter, made_at, made_by, maker, period, due_at) VALUES (" +
		org + ", " + anID + ", 'x', " + every + ", " + anID + ", 'x', '', 'csv', 'none', '{}', now(), " + anID + ", '', now(), now())"
}

// violations break one constraint each. {org} and {other} are organizations, {none}
// is not.
var violations = map[string]string{
	"organizations_pkey":                     "UPDATE organizations SET org_id = '{other}' WHERE org_id = " + anOrg,
	"organizations_slug_key":                 "UPDATE organizations SET slug = 'same'",
	"organizations_slug_check":               "UPDATE organizations SET slug = '-x'",
	"organizations_name_check":               "UPDATE organizations SET name = ''",
	"organizations_entra_tid_key":            "UPDATE organizations SET entra_tid = '{none}'",
	"organizations_client_id_key":            "UPDATE organizations SET client_id = '{none}'",
	"organizations_state_check":              "UPDATE organizations SET state = 'x'",
	"organizations_auth_mode_check":          "UPDATE organizations SET auth_mode = 'x'",
	"organizations_unknown_clients_check":    "UPDATE organizations SET unknown_clients = 'x'",
	"organizations_cloud_check":              "UPDATE organizations SET cloud = 'x'",
	"organizations_app_model_check":          "UPDATE organizations SET app_model = 'x'",
	"organizations_token_versions_check":     "UPDATE organizations SET token_versions = 'x'",
	"organizations_guests_check":             "UPDATE organizations SET guests = 'x'",
	"organizations_agents_check":             "UPDATE organizations SET agents = 'x'",
	"organizations_apps_check":               "UPDATE organizations SET apps = 'x'",
	"organizations_group_source_check":       "UPDATE organizations SET group_source = 'x'",
	"organizations_groups_claim_check":       "UPDATE organizations SET groups_claim = 'x'",
	"organizations_background_check":         "UPDATE organizations SET background = 'x'",
	"organizations_credential_kind_check":    "UPDATE organizations SET credential_kind = 'x'",
	"organizations_credential_id_check":      "UPDATE organizations SET credential_id = NULL",
	"organizations_membership_soft_check":    "UPDATE organizations SET membership_soft = 0",
	"organizations_membership_hard_check":    "UPDATE organizations SET membership_hard = 1",
	"organizations_deleted_at_check":         "UPDATE organizations SET state = 'deleted', deleted_from = 'active'",
	"organizations_deleted_from_check":       "UPDATE organizations SET state = 'deleted', deleted_at = now(), deleted_from = 'x'",
	"organizations_deleted_from_state_check": "UPDATE organizations SET deleted_from = 'pending'",
	"organizations_suspended_by_check":       "UPDATE organizations SET suspended_by = 'x', state = 'suspended'",
	"organizations_suspended_by_state_check": "UPDATE organizations SET suspended_by = 'owner'",
	"organizations_connection_check":         "UPDATE organizations SET client_id = NULL",
	"organizations_org_id_secret_id_fkey":    "DELETE FROM secrets",

	"secrets_org_id_fkey":                anInsert + "secrets (org_id, id, kind, ciphertext) VALUES (" + noOrg + ", " + anID + ", '', '')",
	"clients_org_id_fkey":                anInsert + "clients (org_id, client_id, name) VALUES (" + noOrg + ", 'x', '')",
	"scope_ceilings_org_id_fkey":         anInsert + "scope_ceilings (org_id, scope, patterns) VALUES (" + noOrg + ", 'x', '{}')",
	"roles_org_id_fkey":                  anInsert + "roles (org_id, id, name, permissions) VALUES (" + noOrg + ", " + anID + ", 'x', '[]')",
	"assignments_org_id_fkey":            "ALTER TABLE assignments DROP CONSTRAINT assignments_org_id_role_id_fkey; UPDATE assignments SET org_id = " + noOrg,
	"tools_org_id_fkey":                  anInsert + "tools (org_id, name, effect) VALUES (" + noOrg + ", 'x', 'read')",
	"role_grants_org_id_fkey":            "UPDATE role_grants SET org_id = " + noOrg,
	"former_grantees_org_id_fkey":        anInsert + "former_grantees (org_id, grantee_kind, grantee_id) VALUES (" + noOrg + ", 'person', " + anID + ")",
	"revocations_org_id_fkey":            anInsert + "revocations (org_id, id, kind, subject, not_before, expires_at) VALUES (" + noOrg + ", " + anID + ", 'person', '', now(), now())",
	"ended_sessions_org_id_fkey":         anInsert + "ended_sessions (org_id, session, person, ended_at, expires_at) VALUES (" + noOrg + ", " + anID + ", " + anID + ", now(), now())",
	"memberships_org_id_fkey":            anInsert + "memberships (org_id, person, member, not_member, seen_at) VALUES (" + noOrg + ", " + anID + ", '{}', '{}', now())",
	"memberships_failures_check":         anInsert + "memberships (org_id, person, member, not_member, seen_at, failures) VALUES (" + anOrg + ", " + anID + ", '{}', '{}', now(), -1)",
	"memberships_removed_check":          anInsert + "memberships (org_id, person, member, not_member, seen_at, removed) VALUES (" + anOrg + ", " + anID + ", '{}', '{}', now(), ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 1001)))",
	"memberships_failure_check":          anInsert + "memberships (org_id, person, member, not_member, seen_at, failure) VALUES (" + anOrg + ", " + anID + ", '{}', '{}', now(), repeat('x', 65))",
	"chores_org_id_fkey":                 anInsert + "chores VALUES (" + noOrg + ", 'x', now(), 0)",
	"chores_chore_check":                 anInsert + "chores VALUES (" + anOrg + ", 'X', now(), 0)",
	"chores_failures_check":              anInsert + "chores VALUES (" + anOrg + ", 'x', now(), -1)",
	"directory_follows_org_id_fkey":      anInsert + "directory_follows VALUES (" + noOrg + ", 'x')",
	"directory_follows_ciphertext_check": anInsert + "directory_follows VALUES (" + anOrg + ", '')",
	"kept_tokens_org_id_fkey":            anInsert + "kept_tokens VALUES (" + noOrg + ", " + anID + ", " + anID + ", 'x', 'x', '', now(), now())",
	"kept_tokens_resource_check":         anInsert + "kept_tokens VALUES (" + anOrg + ", " + anID + ", " + anID + ", '', 'x', '', now(), now())",
	"kept_tokens_ciphertext_check":       anInsert + "kept_tokens VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', '', '', now(), now())",
	"kept_tokens_token_id_check":         anInsert + "kept_tokens VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', 'x', repeat('x', 201), now(), now())",
	"support_accesses_org_id_fkey":       "UPDATE support_accesses SET org_id = " + noOrg,
	"letters_org_id_fkey":                anInsert + "letters (org_id, id, expires_at) VALUES (" + noOrg + ", " + anID + ", now())",
	"subscriptions_org_id_fkey":          anInsert + "subscriptions (org_id, session, person, put_at, revision, ciphertext, expires_at) VALUES (" + noOrg + ", " + anID + ", " + anID + ", now(), 1, '', now())",
	"idempotency_keys_org_id_fkey":       "UPDATE idempotency_keys SET org_id = " + noOrg + " WHERE org_id = " + anOrg,
	"graph_hooks_org_id_fkey":            anInsert + "graph_hooks VALUES (" + noOrg + ", " + anID + ", 'users', sha256('x'))",
	"graph_hooks_id_key":                 anInsert + "graph_hooks SELECT org_id, id, 'groups', state_hash FROM graph_hooks",
	"graph_hooks_resource_check":         "UPDATE graph_hooks SET resource = 'x'",
	"graph_hooks_state_hash_check":       "UPDATE graph_hooks SET state_hash = 'x'",

	"roles_org_id_name_key":                  anInsert + "roles (org_id, id, name, permissions) VALUES (" + anOrg + ", " + anID + ", 'staff', '[]')",
	"assignments_org_id_role_id_fkey":        "UPDATE assignments SET role_id = " + anID,
	"assignments_org_id_role_id_subject_key": anInsert + "assignments SELECT org_id, " + anID + ", role_id, subject_kind, subject_value, name FROM assignments",
	"assignments_subject_kind_check":         "UPDATE assignments SET subject_kind = 'x'",
	"tools_effect_check":                     "UPDATE tools SET effect = 'x'",
	"revocations_kind_check":                 anInsert + "revocations (org_id, id, kind, subject, not_before, expires_at) VALUES (" + anOrg + ", " + anID + ", 'x', '', now(), now())",
	"revocations_pkey":                       anInsert + "revocations (org_id, id, kind, subject, not_before, expires_at) SELECT " + anOrg + ", '00000000-0000-4000-8000-000000000001'::uuid, 'person', '', now(), now() FROM generate_series(1, 2)",
	"revocations_by_kind_check":              anInsert + "revocations (org_id, id, kind, subject, not_before, expires_at, by_kind) VALUES (" + anOrg + ", " + anID + ", 'person', '', now(), now(), 'x')",
	"revocations_why_check":                  anInsert + "revocations (org_id, id, kind, subject, not_before, expires_at, why) VALUES (" + anOrg + ", " + anID + ", 'person', '', now(), now(), repeat('x', 2001))",

	"role_grants_role_check":              "UPDATE role_grants SET role = 'x'",
	"role_grants_grantee_kind_check":      "UPDATE role_grants SET role = 'admin', grantee_kind = 'x'",
	"former_grantees_grantee_kind_check":  anInsert + "former_grantees (org_id, grantee_kind, grantee_id) VALUES (" + anOrg + ", 'x', " + anID + ")",
	"role_grants_owner_check":             "UPDATE role_grants SET grantee_kind = 'group'",
	"role_grants_org_id_role_grantee_key": anInsert + "role_grants SELECT org_id, " + anID + ", role, grantee_kind, grantee_id, name FROM role_grants",

	"notices_org_id_fkey":                "UPDATE notices SET org_id = " + noOrg,
	"notices_kind_check":                 "UPDATE notices SET kind = 'x'",
	"support_accesses_pkey":              anInsert + "support_accesses SELECT org_id, id, operator_tid, operator_oid, operator, reason, requested_at FROM support_accesses",
	"support_accesses_reason_check":      "UPDATE support_accesses SET reason = ''",
	"support_accesses_approved_at_check": "UPDATE support_accesses SET approved_by = " + anID,
	"support_accesses_ends_at_check":     "UPDATE support_accesses SET approved_by = " + anID + ", approved_at = now(), ends_at = now() + interval '481 minutes'",

	"idempotency_keys_key_check":                            "UPDATE idempotency_keys SET key = ''",
	"idempotency_keys_body_check":                           "UPDATE idempotency_keys SET body = convert_to(repeat('x', 262145), 'UTF8')",
	"letters_ciphertext_check":                              anInsert + "letters VALUES (" + anOrg + ", " + anID + ", convert_to(repeat('x', 16777217), 'UTF8'), now(), now())",
	"letters_filled_at_check":                               anInsert + "letters VALUES (" + anOrg + ", " + anID + ", 'x', NULL, now())",
	"subscriptions_ciphertext_check":                        anInsert + "subscriptions VALUES (" + anOrg + ", " + anID + ", " + anID + ", now(), 1, convert_to(repeat('x', 262145), 'UTF8'), now())",
	"registered_clients_org_id_fkey":                        anInsert + "registered_clients VALUES (" + noOrg + ", 'gh_" + letters26 + "', '', '{x}', now(), NULL, now())",
	"registered_clients_id_check":                           "UPDATE registered_clients SET id = 'https://a.example/client'",
	"registered_clients_name_check":                         "UPDATE registered_clients SET name = repeat('x', 501)",
	"registered_clients_redirects_check":                    "UPDATE registered_clients SET redirects = '{}'",
	"connections_org_id_fkey":                               anInsert + "connections (org_id, id, person, person_name, username, guest, client_id, software, name, host, redirect, made_at, used_at) VALUES (" + noOrg + ", " + anID + ", " + anID + ", '', '', false, 'x', 'x', '', '', '', now(), now())",
	"connections_org_id_person_client_id_key":               anInsert + "connections (org_id, id, person, person_name, username, guest, client_id, software, name, host, redirect, made_at, used_at) SELECT org_id, " + anID + ", person, '', '', false, client_id, 'x', '', '', '', now(), now() FROM connections",
	"connections_client_id_check":                           "UPDATE connections SET client_id = ''",
	"connections_software_check":                            "UPDATE connections SET software = ''",
	"connections_agreed_check":                              "UPDATE connections SET agreed = 'x'",
	"connections_entra_check":                               "UPDATE connections SET entra = ''",
	"connections_entra_at_check":                            "UPDATE connections SET entra_at = NULL",
	"grants_org_id_connection_id_fkey":                      "UPDATE grants SET connection_id = " + anID,
	"grants_toolset_check":                                  "UPDATE grants SET toolset = 'A'",
	"grants_generation_check":                               "UPDATE grants SET generation = 0",
	"grants_ends_at_check":                                  "UPDATE grants SET ends_at = made_at",
	"access_requests_org_id_fkey":                           anInsert + "access_requests VALUES (" + noOrg + ", " + anID + ", " + anID + ", '', '', false, '', now(), now(), 'open')",
	"access_requests_state_check":                           anInsert + "access_requests VALUES (" + anOrg + ", " + anID + ", " + anID + ", '', '', false, '', now(), now(), '')",
	"client_requests_org_id_fkey":                           "UPDATE client_requests SET org_id = " + noOrg + " WHERE org_id = " + anOrg,
	"client_requests_software_check":                        "UPDATE client_requests SET software = ''",
	"client_requests_times_check":                           "UPDATE client_requests SET times = 0",
	"preregistered_clients_id_check":                        "UPDATE preregistered_clients SET id = 'x'",
	"preregistered_clients_kind_check":                      "UPDATE preregistered_clients SET kind = 'x'",
	"preregistered_clients_redirects_check":                 "UPDATE preregistered_clients SET redirects = array_fill('x'::text, ARRAY[101])",
	"preregistered_clients_agent_check":                     "UPDATE preregistered_clients SET agent = " + anID,
	"preregistered_clients_org_id_id_fkey":                  anInsert + "preregistered_clients VALUES (" + anOrg + ", 'ghc_" + strings.Repeat("x", 26) + "', 'public', NULL, '{}', '', '', now())",
	"preregistered_clients_jwks_check":                      "UPDATE preregistered_clients SET jwks = repeat('x', 16385)",
	"preregistered_clients_jwks_uri_check":                  "UPDATE preregistered_clients SET jwks = '{}', jwks_uri = 'x'",
	"client_secrets_hash_check":                             "UPDATE client_secrets SET hash = 'x'",
	"client_secrets_hint_check":                             "UPDATE client_secrets SET hint = 'xxxxx'",
	"client_secrets_ends_at_check":                          "UPDATE client_secrets SET ends_at = made_at",
	"client_secrets_org_id_client_id_fkey":                  "UPDATE client_secrets SET client_id = 'x'",
	"entra_clients_org_id_fkey":                             anInsert + "entra_clients VALUES (" + noOrg + ", " + anID + ", now(), now())",
	"audit_outbox_at_check":                                 "UPDATE audit_outbox SET at = 'infinity'",
	"audit_outbox_payload_check":                            "UPDATE audit_outbox SET payload = convert_to(repeat('x', 98305), 'UTF8')",
	"source_secrets_org_id_fkey":                            anInsert + "source_secrets VALUES (" + noOrg + ", " + anID + ", 'x')",
	"source_secrets_ciphertext_check":                       "UPDATE source_secrets SET ciphertext = ''",
	"sources_org_id_fkey":                                   anInsert + "sources VALUES (" + noOrg + ", " + anID + ", 'x', '', '', 'bare', 'hold', false, false, 1000000000, 1, 'none')",
	"sources_name_check":                                    "UPDATE sources SET name = 'a_b'",
	"sources_naming_check":                                  "UPDATE sources SET naming = 'x'",
	"sources_review_check":                                  "UPDATE sources SET review = 'x'",
	"sources_timeout_check":                                 "UPDATE sources SET timeout = 0",
	"sources_concurrent_check":                              "UPDATE sources SET concurrent = 0",
	"sources_credential_kind_check":                         "UPDATE sources SET credential_kind = 'x', credential_id = NULL",
	"sources_org_id_name_key":                               anInsert + "sources VALUES (" + anOrg + ", " + anID + ", 'notes', '', '', 'bare', 'hold', false, false, 1000000000, 1, 'none')",
	"sources_org_id_credential_id_key":                      anInsert + "sources SELECT org_id, " + anID + ", 'other', '', '', 'bare', 'hold', false, false, 1000000000, 1, credential_kind, credential_id FROM sources",
	"sources_credential_id_check":                           "UPDATE sources SET credential_id = NULL",
	"sources_review_trusted_check":                          "UPDATE sources SET review = 'allow_read_only', trusted = false",
	"sources_org_id_credential_id_fkey":                     "DELETE FROM source_secrets",
	"approvals_kind_check":                                  "UPDATE approvals SET kind = 'x', effect = ''",
	"approvals_name_check":                                  "UPDATE approvals SET name = ''",
	"approvals_hash_check":                                  "UPDATE approvals SET hash = 'x'",
	"approvals_effect_check":                                "UPDATE approvals SET effect = ''",
	"approvals_definition_check":                            "UPDATE approvals SET definition = convert_to(repeat('x', 262145), 'UTF8'), definition_hash = hash",
	"approvals_definition_hash_check":                       "UPDATE approvals SET definition = 'x', definition_hash = NULL",
	"approvals_org_id_source_id_fkey":                       "UPDATE approvals SET source_id = " + anID,
	"offers_kind_check":                                     "UPDATE offers SET kind = 'x'",
	"offers_name_check":                                     "UPDATE offers SET name = repeat('x', 2001)",
	"offers_definition_check":                               "UPDATE offers SET definition = convert_to(repeat('x', 262145), 'UTF8')",
	"offers_org_id_source_id_fkey":                          "UPDATE offers SET source_id = " + anID,
	"withdrawals_kind_check":                                anInsert + "withdrawals VALUES (" + anOrg + ", " + anID + ", 'x', 'x', decode(repeat('00', 32), 'hex'))",
	"withdrawals_name_check":                                anInsert + "withdrawals VALUES (" + anOrg + ", " + anID + ", 'tool', '', decode(repeat('00', 32), 'hex'))",
	"withdrawals_hash_check":                                anInsert + "withdrawals VALUES (" + anOrg + ", " + anID + ", 'tool', 'x', 'x')",
	"withdrawals_org_id_source_id_fkey":                     anInsert + "withdrawals VALUES (" + anOrg + ", " + anID + ", 'tool', 'x', decode(repeat('00', 32), 'hex'))",
	"source_states_org_id_source_id_fkey":                   "UPDATE source_states SET source_id = " + anID,
	"source_states_ticket_check":                            "UPDATE source_states SET ticket = " + anID + ", ticket_until = NULL",
	"toolsets_org_id_fkey":                                  anInsert + "toolsets VALUES (" + noOrg + ", 'x', '', '{}')",
	"limits_org_id_fkey":                                    anInsert + "limits VALUES (" + noOrg + ", 'x', 'caller', '', '', 0, '', 0, 1, 'admit')",
	"limits_name_check":                                     "UPDATE limits SET name = 'A'",
	"limits_subject_check":                                  "UPDATE limits SET subject = 'x', client_id = ''",
	"limits_client_id_check":                                "UPDATE limits SET subject = 'caller'",
	"limits_tool_check":                                     "UPDATE limits SET tool = 'x'",
	"limits_per_day_check":                                  "UPDATE limits SET per_day = -1",
	"limits_uncounted_check":                                "UPDATE limits SET uncounted = 'x'",
	"limits_rate_check":                                     "UPDATE limits SET rate_burst = 0",
	"limits_rate_calls_per_day_check":                       "UPDATE limits SET rate_calls = 0, rate_every = '', rate_burst = 0, per_day = 0",
	"contacts_org_id_fkey":                                  anInsert + "contacts VALUES (" + noOrg + ", " + anID + ", 'x', 'a@b', '', '', true, true, 0)",
	"contacts_name_check":                                   "UPDATE contacts SET name = 'A'",
	"contacts_shape_check":                                  "UPDATE contacts SET shape = 'plain'",
	"recordings_name_check":                                 "UPDATE recordings SET name = 'A'",
	"recordings_tool_check":                                 "UPDATE recordings SET tool = ''",
	"recordings_org_id_fkey":                                anInsert + "recordings VALUES (" + noOrg + ", 'x', 'x', '{/a}', '{}')",
	"recordings_arguments_result_check":                     "UPDATE recordings SET arguments = '{}', result = '{}'",
	"contacts_email_check":                                  "UPDATE contacts SET email = ''",
	"contacts_org_id_name_key":                              anInsert + "contacts SELECT org_id, " + anID + ", name, email, webhook, shape, urgent, digest, secrets FROM contacts",
	"configuration_documents_org_id_fkey":                   anInsert + "configuration_documents VALUES (" + noOrg + ", '\\x01', '')",
	"configurations_org_id_fkey":                            anInsert + "configurations VALUES (" + noOrg + ", 1, now(), " + anID + ", '\\x01')",
	"configurations_digest_fkey":                            anInsert + "configurations VALUES (" + anOrg + ", 1, now(), " + anID + ", '\\x01')",
	"seen_people_org_id_fkey":                               anInsert + "seen_people VALUES (" + noOrg + ", " + anID + ", 'user', '', now(), now())",
	"seen_people_kind_check":                                anInsert + "seen_people VALUES (" + anOrg + ", " + anID + ", 'x', '', now(), now())",
	"membership_spans_org_id_fkey":                          anInsert + "membership_spans VALUES (" + noOrg + ", " + anID + ", now(), now(), 'token', 'graph', '{}', '{}')",
	"membership_spans_source_check":                         anInsert + "membership_spans VALUES (" + anOrg + ", " + anID + ", now(), now(), 'token', 'x', '{}', '{}')",
	"membership_spans_until_check":                          anInsert + "membership_spans VALUES (" + anOrg + ", " + anID + ", now(), now() - interval '1 hour', 'token', 'graph', '{}', '{}')",
	"alerts_org_id_fkey":                                    anInsert + "alerts VALUES (" + noOrg + ", " + anID + ", 'x', '', 0, '{}', now(), NULL, NULL, '', 0)",
	"alerts_kind_check":                                     anInsert + "alerts VALUES (" + anOrg + ", " + anID + ", 'X', '', 0, '{}', now(), NULL, NULL, '', 0)",
	"alerts_subject_check":                                  anInsert + "alerts VALUES (" + anOrg + ", " + anID + ", 'x', repeat('x', 201), 0, '{}', now(), NULL, NULL, '', 0)",
	"alerts_told_check":                                     anInsert + "alerts VALUES (" + anOrg + ", " + anID + ", 'x', '', 0, '{}', now(), NULL, NULL, 'x', 0)",
	"alerts_org_id_kind_subject_key":                        anInsert + "alerts SELECT " + anOrg + "::uuid, " + anID + ", 'x', '', 0, '{}'::jsonb, now(), NULL, NULL, '', 0 FROM generate_series(1, 2)",
	"recordings_bodies_check":                               "UPDATE recordings SET bodies = 'x'",
	"organizations_access_package_url_check":                "UPDATE organizations SET access_package_url = 'javascript:alert(1)'",
	"organizations_log_body_days_check":                     "UPDATE organizations SET log_body_days = 0",
	"organizations_log_body_longer_check":                   "UPDATE organizations SET log_body_longer = 3651, log_body_shorter_from = now()",
	"organizations_log_body_shorter_from_check":             "UPDATE organizations SET log_body_longer = 31",
	"audit_bodies_part_check":                               anInsert + "audit_bodies VALUES (" + anOrg + ", " + anID + ", 'x', now(), 1, 'x')",
	"audit_bodies_person_check":                             anInsert + "audit_bodies VALUES (" + anOrg + ", " + anID + ", 'result', now(), -1, 'x')",
	"audit_bodies_body_check":                               anInsert + "audit_bodies VALUES (" + anOrg + ", " + anID + ", 'result', now(), 1, '')",
	"body_grants_org_id_fkey":                               anInsert + "body_grants VALUES (" + noOrg + ", " + anID + ", 'person', " + anID + ", '', 'x', now(), " + anID + ", '', now(), now() + interval '1 day')",
	"body_grants_grantee_kind_check":                        anInsert + "body_grants VALUES (" + anOrg + ", " + anID + ", 'group', " + anID + ", '', 'x', now(), " + anID + ", '', now(), now() + interval '1 day')",
	"body_grants_reason_check":                              anInsert + "body_grants VALUES (" + anOrg + ", " + anID + ", 'person', " + anID + ", '', '', now(), " + anID + ", '', now(), now() + interval '1 day')",
	"body_grants_ends_at_check":                             anInsert + "body_grants VALUES (" + anOrg + ", " + anID + ", 'person', " + anID + ", '', 'x', now(), " + anID + ", '', now(), now() + interval '31 days')",
	"organizations_log_months_check":                        "UPDATE organizations SET log_months = 0",
	"organizations_log_longer_check":                        "UPDATE organizations SET log_longer = 121, log_shorter_from = now()",
	"organizations_log_shorter_from_check":                  "UPDATE organizations SET log_longer = 14",
	"log_holds_org_id_fkey":                                 anInsert + "log_holds VALUES (" + noOrg + ", " + anID + ", 'x', '', '', now(), " + anID + ")",
	"log_holds_reason_check":                                anInsert + "log_holds VALUES (" + anOrg + ", " + anID + ", '', '', '', now(), " + anID + ")",
	"log_holds_from_month_check":                            anInsert + "log_holds VALUES (" + anOrg + ", " + anID + ", 'x', 'x', '', now(), " + anID + ")",
	"log_holds_until_month_check":                           anInsert + "log_holds VALUES (" + anOrg + ", " + anID + ", 'x', '', 'x', now(), " + anID + ")",
	"log_holds_ends_at_check":                               anInsert + "log_holds VALUES (" + anOrg + ", " + anID + ", 'x', '', '', now(), " + anID + ", now())",
	"erasures_due_at_check":                                 anInsert + "erasures (org_id, id, who, digest, asked_at, asked_by, due_at) VALUES (" + anOrg + ", " + anID + ", 'x', 'x', now(), " + anID + ", now())",
	"sink_farewells_org_id_fkey":                            anInsert + "sink_farewells VALUES (" + noOrg + ", " + anID + ", '{}', NULL, " + anID + ", now())",
	"erasures_org_id_fkey":                                  anInsert + "erasures VALUES (" + noOrg + ", " + anID + ", 'x', 'x', now(), " + anID + ")",
	"erasures_who_check":                                    anInsert + "erasures VALUES (" + anOrg + ", " + anID + ", convert_to(repeat('x', 65537), 'UTF8'), 'x', now(), " + anID + ")",
	"erasures_digest_check":                                 anInsert + "erasures VALUES (" + anOrg + ", " + anID + ", 'x', NULL, now(), " + anID + ")",
	"erasures_approved_at_check":                            anInsert + "erasures VALUES (" + anOrg + ", " + anID + ", 'x', 'x', now(), " + anID + ", now())",
	"erasures_done_at_check":                                anInsert + "erasures (org_id, id, who, digest, asked_at, asked_by, done_at) VALUES (" + anOrg + ", " + anID + ", 'x', 'x', now(), " + anID + ", now())",
	"tombstones_line_check":                                 anInsert + "tombstones VALUES (" + anOrg + ", " + anID + ", '', true)",
	"spent_slugs_digest_check":                              anInsert + "spent_slugs VALUES ('x')",
	"erasures_org_id_digest_key":                            anInsert + "erasures (org_id, id, who, digest, asked_at, asked_by) SELECT " + anOrg + ", gen_random_uuid(), 'x', 'x', now(), gen_random_uuid() FROM generate_series(1, 2)",
	"sinks_org_id_fkey":                                     anInsert + "sinks VALUES (" + noOrg + ", " + anID + ", 'x', 'mailbox', true, false, 3600, 'a@b', '', '', '', '', '', '', NULL, 0)",
	"sinks_name_check":                                      "UPDATE sinks SET name = 'A'",
	"sinks_kind_check":                                      "UPDATE sinks SET kind = 'x'",
	"sinks_every_s_check":                                   "UPDATE sinks SET every_s = 1",
	"sinks_email_check":                                     "UPDATE sinks SET url = ''",
	"sinks_records_check":                                   "UPDATE sinks SET records = false, checkpoints = false",
	"sinks_org_id_name_key":                                 anInsert + "sinks SELECT org_id, " + anID + ", name, kind, checkpoints, records, every_s, email, url, key_id, region, rule, stream, header, NULL, secrets FROM sinks",
	"sink_secrets_org_id_fkey":                              anInsert + "sink_secrets VALUES (" + noOrg + ", " + anID + ", 'x')",
	"sink_secrets_ciphertext_check":                         "UPDATE sink_secrets SET ciphertext = ''",
	"sink_states_org_id_sink_id_fkey":                       "UPDATE sink_states SET sink_id = " + anID,
	"sink_states_next_seq_check":                            "UPDATE sink_states SET next_seq = -1",
	"sink_states_most_check":                                "UPDATE sink_states SET most = 0",
	"sink_states_failures_check":                            "UPDATE sink_states SET failures = -1",
	"export_schedules_org_id_fkey":                          aSchedule(noOrg, "'day'"),
	"export_schedules_every_check":                          aSchedule(anOrg, "'hour'"),
	"export_schedules_org_id_name_key":                      aSchedule(anOrg, "'day'") + "; " + aSchedule(anOrg, "'week'"),
	"exports_org_id_fkey":                                   anExport("'running'", noOrg, "now()"),
	"exports_state_check":                                   anExport("'x'", anOrg, "now()"),
	"exports_due_at_check":                                  anExport("'done'", anOrg, "now()"),
	"export_parts_org_id_export_id_fkey":                    anInsert + "export_parts VALUES (" + anOrg + ", " + anID + ", 1, 'x')",
	"deliveries_org_id_fkey":                                anInsert + "deliveries VALUES (" + noOrg + ", " + anID + ", " + anID + ", 'x', 'alert', 'x', '{}', '', now(), now())",
	"deliveries_kind_check":                                 anInsert + "deliveries VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', 'x', 'x', '{}', '', now(), now())",
	"deliveries_cause_check":                                anInsert + "deliveries VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', 'alert', '', '{}', '', now(), now())",
	"deliveries_outcome_check":                              anInsert + "deliveries VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', 'alert', 'x', '{}', '', now(), NULL, 0, now(), 'x')",
	"deliveries_done_at_check":                              anInsert + "deliveries VALUES (" + anOrg + ", " + anID + ", " + anID + ", 'x', 'alert', 'x', '{}', '', now(), NULL)",
	"deliveries_org_id_contact_id_cause_key":                anInsert + "deliveries SELECT " + anOrg + "::uuid, " + anID + ", '{none}'::uuid, 'x', 'alert', 'x', '{}'::uuid[], ''::bytea, now(), now() FROM generate_series(1, 2)",
	"toolsets_name_check":                                   "UPDATE toolsets SET name = 'A'",
	"upstream_sessions_ciphertext_check":                    "UPDATE upstream_sessions SET ciphertext = ''",
	"upstream_sessions_org_id_source_id_fkey":               "UPDATE upstream_sessions SET source_id = " + anID,
	"source_clients_ciphertext_check":                       "UPDATE source_clients SET ciphertext = ''",
	"source_clients_org_id_credential_id_fkey":              "UPDATE source_clients SET credential_id = " + anID,
	"source_authorizations_issuer_check":                    "UPDATE source_authorizations SET issuer = ''",
	"source_authorizations_kept_check":                      "UPDATE source_authorizations SET kept = ''",
	"source_authorizations_generation_check":                "UPDATE source_authorizations SET generation = 0",
	"source_authorizations_org_id_person_credential_id_key": "INSERT INTO source_authorizations SELECT org_id, " + anID + ", person, person_name, username, source_id, credential_id, issuer, scopes, kept, generation, renewing, made_at, renewed_at FROM source_authorizations",
	"source_authorizations_org_id_source_id_fkey":           "UPDATE source_authorizations SET source_id = " + anID,
	"source_authorizations_org_id_credential_id_fkey":       "UPDATE source_authorizations SET credential_id = " + anID,

	"audit_heads_origin_check":      anInsert + "audit_heads VALUES (" + anOrg + ", '')",
	"audit_heads_first_check":       anInsert + "audit_heads (org_id, origin, size, first, sealed_at) VALUES (" + anOrg + ", 'x', 1, 2, now())",
	"audit_heads_sealed_at_check":   anInsert + "audit_heads (org_id, origin, size) VALUES (" + anOrg + ", 'x', 1)",
	"audit_keys_key_check":          anInsert + "audit_keys VALUES (" + anOrg + ", 0, '', '')",
	"audit_keys_org_id_fkey":        anInsert + "audit_keys VALUES (" + noOrg + ", 0, 'x', '')",
	"audit_people_person_check":     anInsert + "audit_people VALUES (" + anOrg + ", 0, " + anID + ", " + anID + ", '')",
	"audit_people_org_id_fkey":      anInsert + "audit_people VALUES (" + noOrg + ", 1, " + anID + ", " + anID + ", '')",
	"audit_records_org_id_id_key":   anInsert + "audit_records SELECT " + anOrg + "::uuid, n, '{none}'::uuid, now(), now(), NULL, NULL, 'x' FROM generate_series(1, 2) n",
	"audit_tiles_hashes_check":      anInsert + "audit_tiles VALUES (" + anOrg + ", 0, 0, 'x', now())",
	"audit_tiles_org_id_fkey":       anInsert + "audit_tiles VALUES (" + noOrg + ", 0, 0, sha256('x'), now())",
	"audit_tiles_sealed_from_check": anInsert + "audit_tiles VALUES (" + anOrg + ", 0, 0, sha256('x'), NULL)",

	"usage_hours_org_id_fkey":         anInsert + "usage_hours VALUES (" + noOrg + ", now(), '', 1, 0, 0, '{}')",
	"usage_hours_tool_check":          anInsert + "usage_hours VALUES (" + anOrg + ", now(), repeat('x', 257), 1, 0, 0, '{}')",
	"usage_people_org_id_person_fkey": anInsert + "usage_people VALUES (" + anOrg + ", now(), 77, 1)",
	"usage_clients_org_id_fkey":       anInsert + "usage_clients VALUES (" + noOrg + ", now(), 'x', 1)",
	"usage_clients_client_check":      anInsert + "usage_clients VALUES (" + anOrg + ", now(), '', 1)",

	"console_sessions_token_check":        anInsert + "console_sessions VALUES ('x', now(), '')",
	"console_sessions_ciphertext_check":   anInsert + "console_sessions VALUES (sha256('x'), now(), convert_to(repeat('x', 65537), 'UTF8'))",
	"invitations_pkey":                    anInsert + "invitations SELECT '{none}', sha256(n::text::bytea), " + anID + ", " + anID + ", '', now(), now() FROM generate_series(1, 2) n",
	"invitations_code_key":                anInsert + "invitations SELECT " + anID + ", sha256('x'), " + anID + ", " + anID + ", '', now(), now() FROM generate_series(1, 2)",
	"invitations_taken_at_check":          anInsert + "invitations VALUES (" + anID + ", sha256('x'), " + anID + ", " + anID + ", '', now(), now(), " + anID + ")",
	"platform_answers_key_check":          anInsert + "platform_answers VALUES ('x', sha256('x'), " + anID + ", now(), now())",
	"platform_answers_digest_check":       anInsert + "platform_answers VALUES (sha256('x'), 'x', " + anID + ", now(), now())",
	"platform_answers_ciphertext_check":   anInsert + "platform_answers VALUES (sha256('x'), sha256('x'), " + anID + ", now(), now(), convert_to(repeat('x', 65537), 'UTF8'))",
	"invitations_code_check":              anInsert + "invitations VALUES (" + anID + ", 'x', " + anID + ", " + anID + ", '', now(), now())",
	"approved_slugs_slug_check":           anInsert + "approved_slugs VALUES ('-x', " + anID + ", " + anID + ", " + anID + ", '', now())",
	"platform_keys_one_check":             anInsert + "platform_keys VALUES (false, '')",
	"one_time_pkey":                       anInsert + "one_time SELECT sha256('x'), now(), '' FROM generate_series(1, 2)",
	"one_time_key_check":                  anInsert + "one_time VALUES ('x', now(), '')",
	"one_time_ciphertext_check":           anInsert + "one_time VALUES (sha256('x'), now(), convert_to(repeat('x', 65537), 'UTF8'))",
	"signing_keys_pkey":                   anInsert + "signing_keys SELECT 'k', 'p', 'a', '', '', now(), now() + n * interval '1 s', now() + interval '1 day' FROM generate_series(1, 2) n",
	"signing_keys_purpose_check":          anInsert + "signing_keys VALUES ('k', '', 'a', '', '', now(), now(), now() + interval '1 day')",
	"signing_keys_algorithm_check":        anInsert + "signing_keys VALUES ('k', 'p', '', '', '', now(), now(), now() + interval '1 day')",
	"signing_keys_purpose_not_before_key": anInsert + "signing_keys SELECT n::text, 'p', 'a', '', '', now(), now(), now() + interval '1 day' FROM generate_series(1, 2) n",
	"signing_keys_retires_at_check":       anInsert + "signing_keys VALUES ('k', 'p', 'a', '', '', now(), now(), now())",
}

func TestEveryConstraintSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	p.furnish(t)
	conn, texts := connect(t, d.Superuser), store.ConstraintTexts()
	place := strings.NewReplacer("{org}", p.a.ID.String(), "{none}", tenants.NewID().String(), "{other}", p.b.ID.String())
	for name, sql := range violations {
		err := violate(t, conn, place.Replace(sql))
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.ConstraintName != name {
			t.Errorf("%s is not what refuses %s: %v", name, sql, err)
			continue
		}
		told := store.Translate(err)
		if kind := fault.KindOf(told); fault.Public(told) != texts[name] || texts[name] == "" || kind != fault.Invalid && kind != fault.Conflict {
			t.Errorf("%s: %s %q", name, kind, fault.Public(told))
		}
	}
}

// violate runs a statement to the end of its transaction and undoes it.
func violate(t *testing.T, conn *pgx.Conn, sql string) error {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	must(t, err)
	defer func() { must(t, tx.Rollback(t.Context())) }()
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		return err
	}
	_, err = tx.Exec(t.Context(), "SET CONSTRAINTS ALL IMMEDIATE")
	return err
}

// TestEveryConstraintHasAText asks the catalog. Primary keys of random ids and
// of names that an edit takes for the same thing cannot be hit.
func TestEveryConstraintHasAText(t *testing.T) {
	t.Parallel()
	conn, texts := connect(t, storetest.New(t).Superuser), store.ConstraintTexts()
	named := column(t, conn, `
		SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'x')
		UNION SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary ORDER BY 1`)
	for _, name := range named {
		if texts[name] == "" {
			t.Errorf("constraint %s has no text", name)
		}
	}
	if got, want := slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(violations)); !slices.Equal(got, want) {
		t.Errorf("texts of %v\nviolations of %v", got, want)
	}
	for name := range texts {
		if !slices.Contains(named, name) && !strings.HasSuffix(name, "_pkey") {
			t.Errorf("there is no constraint %s", name)
		}
	}
}
