package audit

import "slices"

// Spec says what records of a kind mean and which fields they may have besides those
// of Common.
type Spec struct {
	Kind   Kind
	Says   string   // what has happened, as a sentence
	Fields []string // ascending
	OCSF   []OCSF   // the first that applies; the last applies always
}

// Common are the fields that records of every kind may have.
var Common = []string{
	"actor_delegated", "actor_kind", "actor_name", "actor_oid", "actor_tid", "altered", "at", "client", "endpoint", "id", "kind",
	"membership_age_s", "membership_source", "org", "outcome", "phase", "policy", "reason", "roles", "scopes", "source", "target", "token_id", "token_session", "trace_id", "v",
}

// exchange are the fields that Entra's answers fill.
var exchange = []string{"entra_code", "entra_correlation_id", "entra_trace_id"}

// call are the fields of everything that runs.
var call = []string{
	"arguments_body", "arguments_bytes", "arguments_digest", "arguments_kept", "call", "definition", "digest_salt", "duration_us", "effect",
	"method", "origin", "own_name", "request", "result_body", "result_bytes", "result_digest", "result_kept", "session",
}

// difference are the fields of what changes.
var difference = []string{"after", "before", "detail"}

var subject = []string{"subject_name", "subject_oid"}

// Kinds returns every kind, in the order in which they are documented. The set is
// closed: a record of another kind, or with a field that its kind does not have, is
// not of this version.
func Kinds() []Spec { return specs }

var specs = []Spec{
	{
		Authentication, "A token was accepted for the first time at an endpoint, or somebody signed in again because Entra wanted more of the sign-in (reason stepped_up).",
		fields([]string{"detail", "session"}),
		[]OCSF{logon},
	},
	{
		RefusalSummary, "Requests were refused before a signature held: one record per reason, source network and minute, with how many.",
		fields([]string{"count", "minute"}),
		[]OCSF{logon},
	},
	{
		RefusedRequest, "Somebody whose identity was verified was not let in.",
		fields(exchange, []string{"after", "before", "detail", "method", "session"}),
		[]OCSF{logon},
	},
	{ToolCall, "A tool was called. Unless it only reads, an intent precedes the outcome.", fields(call, []string{"tool"}), ofCall},
	{ResourceRead, "A resource was read, or a value of its template completed.", fields(call), ofCall},
	{PromptGet, "A prompt was fetched, or an argument of it completed.", fields(call), ofCall},
	{
		List, "Tools, prompts or resources were listed: how many, and a digest of their names. A list that shows the same to the same token is recorded once while the token is remembered, for up to five minutes.",
		fields([]string{"count", "detail", "method", "names_digest", "request", "session"}),
		[]OCSF{apiRead},
	},
	{
		TokenExchange, "Entra was asked for a token on behalf of somebody, and gave it or refused. The target is the scope. Tokens that are held are no event.",
		fields(exchange, subject, []string{"detail", "duration_us"}),
		[]OCSF{privileges},
	},
	{
		TokenIssued, "Our authorization server issued an access token, for a code, a refresh token (detail refresh_token) or a client's credentials.",
		fields([]string{"detail"}),
		[]OCSF{privileges},
	},
	{
		Consent, "A person agreed that an AI client acts for them, or that Gatehouse does at a source; or they declined (outcome refused). What they withdraw later is a revocation.",
		fields(difference, subject),
		[]OCSF{privileges},
	},
	{ClientRegistration, "An AI client registered itself.", fields(difference), []OCSF{entity(1, "Create")}},
	{
		MembershipChange, "Somebody has become, or is not any more, a member of a group that roles are mapped to, as far as is known.",
		fields(subject, []string{"asked_at", "detail", "from", "group", "to"}),
		[]OCSF{group(3, "Add User", "to", "member"), group(4, "Remove User", "to", "not_member"), group(99, "Other", "", "")},
	},
	{
		MembershipRefresh, "The worker could not learn somebody's memberships, for the first time or for another reason than before; or it can again (outcome ok).",
		fields(exchange, subject, []string{"count", "detail"}),
		[]OCSF{group(99, "Other", "", "")},
	},
	{SessionEnd, "A session of the protocol was ended.", fields(difference, []string{"session"}), []OCSF{{Class: 3002, Name: "Authentication", Activity: 2, Does: "Logoff"}}},
	{
		Revocation, "Somebody or something was cut off, by a person, by the worker (what Entra says of them), or because a refresh token came twice.",
		fields(difference, subject),
		[]OCSF{
			{Field: "target", Value: "revoked person", Class: 3001, Name: "Account Change", Activity: 5, Does: "Disable"}, entity(4, "Delete"),
		},
	},
	{ConfigChange, "The organization's configuration changed, with what it was and is.", fields(difference, subject, []string{"configuration"}), []OCSF{entity(3, "Update")}},
	{
		ConsoleSignIn, "Somebody signed in to the console, signed out (detail sign_out), or was refused.", fields([]string{"detail"}),
		[]OCSF{{Field: "detail", Value: "sign_out", Class: 3002, Name: "Authentication", Activity: 2, Does: "Logoff"}, logon},
	},
	{SupportVisit, "An operator of the platform looked at something of the organization's, as it had approved.", fields([]string{"detail"}), []OCSF{entity(2, "Read")}},
	{OperatorAct, "An operator of the platform did something to the organization: admitted, suspended or resumed it.", fields(difference), []OCSF{entity(3, "Update")}},
	{
		Alert, "The worker noticed something that will stop people, or has; or that it is over (detail settled).", fields(difference),
		[]OCSF{{Field: "detail", Value: "settled", Class: 2005, Name: "Incident Finding", Activity: 3, Does: "Close"}, {Class: 2005, Name: "Incident Finding", Activity: 1, Does: "Create"}},
	},
	{Export, "Records of the log were about to be handed out or shown: which range, which filter, in which form; or a report of access (detail access): as of when, and the SHA-256 of its text; or an export to a sink has arrived, or was given up or cancelled.", fields([]string{"after", "count", "detail"}), []OCSF{eventLog(3, "Export")}},
	{BodyRead, "Somebody was about to read the bodies of a call, for the reason in detail; the target is the call's record. Without the permission it was refused.", fields([]string{"detail"}), []OCSF{entity(2, "Read")}},
	{Retention, "Records were removed because their time was over; or a hold was placed or lifted.", fields(difference, []string{"count"}), []OCSF{eventLog(2, "Delete")}},
	{Erasure, "What the log knows of a person was made unreadable for good, or the organization's off-boarding went a step on.", fields(difference, []string{"count"}), []OCSF{eventLog(2, "Delete")}},
	{LogKey, "The key that signs checkpoints changed. The new one is the successor that the old one has signed.", fields(difference), []OCSF{eventLog(5, "Rotate")}},
	{RecordRejected, "The database refused a record, and this stands for it.", fields([]string{"call", "rejected_bytes"}), []OCSF{eventLog(99, "Other")}},
}

// specified finds the spec of a kind.
var specified = func() map[Kind]*Spec {
	m := make(map[Kind]*Spec, len(specs))
	for i := range specs {
		m[specs[i].Kind] = &specs[i]
	}
	return m
}()

// fields returns the names of several lists, in order.
func fields(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// FieldNames returns every field that a record can have, ascending, but for "v", which
// ends every record, and "sealed_at", which sealing adds.
func FieldNames() []string {
	names := make([]string, len(table))
	for i := range table {
		names[i] = table[i].name
	}
	return names
}

// Strays returns the fields of a record that records of its kind do not have. It is
// empty for whatever this platform writes.
func Strays(r Record) []string {
	spec, strays := specified[r.Kind], []string(nil)
	for i := range table {
		name := table[i].name
		if zero(table[i].at(&r)) || slices.Contains(Common, name) || spec != nil && slices.Contains(spec.Fields, name) {
			continue
		}
		strays = append(strays, name)
	}
	return strays
}
