package audit

// Kind says what a record is about.
type Kind string

// The kinds. What each means and carries stands in Kinds.
const (
	Authentication     Kind = "authentication"
	RefusalSummary     Kind = "refusal_summary"
	RefusedRequest     Kind = "refused"
	ToolCall           Kind = "tool_call"
	ResourceRead       Kind = "resource_read"
	PromptGet          Kind = "prompt_get"
	List               Kind = "list"
	TokenExchange      Kind = "token_exchange"
	TokenIssued        Kind = "token_issued"
	Consent            Kind = "consent"
	ClientRegistration Kind = "client_registration"
	MembershipChange   Kind = "membership_change"
	MembershipRefresh  Kind = "membership_refresh"
	SessionEnd         Kind = "session_end"
	Revocation         Kind = "revocation"
	ConfigChange       Kind = "config_change"
	ConsoleSignIn      Kind = "console_sign_in"
	SupportVisit       Kind = "support_visit"
	OperatorAct        Kind = "operator_act"
	Alert              Kind = "alert"
	Export             Kind = "export"
	BodyRead           Kind = "body_read"
	Retention          Kind = "retention"
	Erasure            Kind = "erasure"
	LogKey             Kind = "log_key"
	RecordRejected     Kind = "record_rejected"
)

func (k Kind) known() bool {
	_, there := specified[k]
	return there
}

// call reports whether records of this kind come from Begin and End.
func (k Kind) call() bool { return k == ToolCall || k == ResourceRead || k == PromptGet }

// Phase says which step of a call a record describes.
type Phase string

// The phases. An Intent without an Outcome of the same call means: it began, and
// nobody knows how it ended.
const (
	Intent  Phase = "intent"
	Result  Phase = "outcome"
	Instant Phase = "event" // what has no beginning and end
)

// Effect is what running a tool does to the world, as the platform and the
// organization's admin class it.
type Effect string

// The effects. Whatever is not Read has its intent durable before it runs.
const (
	Read        Effect = "read"
	Write       Effect = "write"
	Destructive Effect = "destructive"
)

func (e Effect) known() bool { return e == Read || e == Write || e == Destructive }

// Outcome says how something ended.
type Outcome string

// The outcomes.
const (
	OK        Outcome = "ok"
	ToolError Outcome = "tool_error" // the tool ran and answered that it could not
	Refused   Outcome = "refused"    // nothing ran: unknown or hidden tool, bad arguments, a limit, a policy
	Failed    Outcome = "fault"      // the platform or an upstream failed
	Unknown   Outcome = "unknown"    // it ran, and the answer did not come back
)

func (o Outcome) known() bool {
	switch o {
	case OK, ToolError, Refused, Failed, Unknown:
		return true
	}
	return false
}
