package audit

// Kind says what a record is about.
type Kind string

// The kinds.
const (
	Authentication     Kind = "authentication"  // a token accepted for the first time at an endpoint
	RefusalSummary     Kind = "refusal_summary" // refusals before a signature held: one per reason, source and minute
	RefusedRequest     Kind = "refused"         // a verified identity that may not enter
	ToolCall           Kind = "tool_call"
	ResourceRead       Kind = "resource_read"
	PromptGet          Kind = "prompt_get"
	ConfigChange       Kind = "config_change"
	SessionEnd         Kind = "session_end"
	Revocation         Kind = "revocation"
	Consent            Kind = "consent" // a person has agreed that an AI client acts for them
	ClientRegistration Kind = "client_registration"
	TokenIssued        Kind = "token_issued"    // by our authorization server
	SupportVisit       Kind = "support_visit"   // an operator of the platform looked at something
	RecordRejected     Kind = "record_rejected" // stands for a record that the log could not take
)

func (k Kind) known() bool {
	switch k {
	case Authentication, RefusalSummary, RefusedRequest, ToolCall, ResourceRead, PromptGet,
		ConfigChange, SessionEnd, Revocation, Consent, ClientRegistration, TokenIssued, SupportVisit, RecordRejected:
		return true
	}
	return false
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
