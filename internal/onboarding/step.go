package onboarding

import (
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// StepID names a step of onboarding.
type StepID string

// The steps, in their order.
const (
	SignInStep       StepID = "sign_in"
	OwnershipStep    StepID = "ownership"
	PermissionsStep  StepID = "permissions"
	ConnectionStep   StepID = "connection"
	CredentialStep   StepID = "credential"
	ConsentStep      StepID = "consent"
	DoctorStep       StepID = "doctor"
	FirstMappingStep StepID = "first_mapping"
	CheckpointsStep  StepID = "checkpoints"
	DoneStep         StepID = "done"
)

// StepState is how far a step is.
type StepState string

// The states of a step. Exactly one step is current or blocked until all are done.
const (
	Done    StepState = "done"
	Current StepState = "current"
	Blocked StepState = "blocked" // it is this one's turn, and something is in the way
	ToDo    StepState = "todo"
)

// Action is an operation of the management API that does a step.
type Action string

// The actions.
const (
	ClaimAction      Action = "createOrganization"
	RestoreAction    Action = "restoreOrganization"
	ConnectAction    Action = "updateConnection"
	CredentialAction Action = "updateCredential" //nolint:gosec // the name of an operation
	RegisterAction   Action = "createRegistration"
	ConsentAction    Action = "requestConsent"
	DoctorAction     Action = "runDoctor"
	MappingAction    Action = "createAssignment"
	SinkAction       Action = "createSink"
	ResumeAction     Action = "resumeOrganization"
	ActivateAction   Action = "activateOrganization"
)

// Step is one step, for people.
type Step struct {
	ID          StepID    `json:"id" enum:"sign_in,ownership,permissions,connection,credential,consent,doctor,first_mapping,checkpoints,done" doc:"In this order."`
	State       StepState `json:"state" enum:"done,current,blocked,todo" doc:"blocked: it is this one's turn, and something is in the way."`
	Title       string    `json:"title"`
	Explanation string    `json:"explanation"`
	Remedy      string    `json:"remedy,omitempty" doc:"What to do; absent when there is nothing."`
	Link        string    `json:"link,omitempty" doc:"Where."`
	Action      Action    `json:"action,omitempty" enum:"createOrganization,restoreOrganization,updateConnection,updateCredential,createRegistration,requestConsent,runDoctor,createAssignment,createSink,resumeOrganization,activateOrganization" doc:"Operation of this API that does it; absent when none does."`
}

// Facts are what is true now. Nothing else decides which steps are done: there is
// no counter, and what ceases to be true is to be done again.
type Facts struct {
	Session      *Session
	Ownership    *Ownership            // of the session; nil: not asked
	Organization *tenants.Organization // nil: not claimed
	Granted      bool                  // the session's person has a role in it
	Verified     error                 // what Verify said last
	VerifiedAt   time.Time             // zero: never asked, of this connection
	Report       *Report               // the doctor's last, of this connection
	Mappings     int                   // assignments of tool roles, to groups, people or everybody
	Sinks        int                   // places to which checkpoints go
	Visited      bool                  // whoever looks belongs to another directory: support, who has no part in any step
}

// stale is how long a check of the past counts.
const stale = 24 * time.Hour

// rule is one step: whether it is done, and what it says until then.
type rule struct {
	id    StepID
	title string
	judge func(f Facts, now time.Time) verdict
}

type verdict struct {
	done, blocked             bool
	explanation, remedy, link string
	action                    Action
}

// Steps derives every step from the facts. A step counts only when all before it
// are done; but an organization that serves does, whatever is open before that.
func Steps(f Facts, now time.Time) []Step {
	rules := []rule{
		{SignInStep, "Sign in", signInRule},
		{OwnershipStep, "Prove that you administer the directory", ownershipRule},
		{PermissionsStep, "See what is asked for", permissionsRule},
		{ConnectionStep, "Choose an app registration", connectionRule},
		{CredentialStep, "Give Gatehouse a credential", credentialRule},
		{ConsentStep, "Consent, and prove it", consentRule},
		{DoctorStep, "Check everything", doctorRule},
		{FirstMappingStep, "Give a group a tool role", mappingRule},
		{CheckpointsStep, "Choose where checkpoints go", checkpointsRule},
		{DoneStep, "Serve", doneRule},
	}
	steps := make([]Step, 0, len(rules))
	open := true
	for _, r := range rules {
		v := r.judge(f, now)
		s := Step{ID: r.id, Title: r.title, Explanation: v.explanation, Remedy: v.remedy, Link: v.link, Action: v.action, State: ToDo}
		switch {
		case r.id == DoneStep && v.done:
			s.State = Done
		case !open:
			s.Remedy, s.Link, s.Action = "", "", ""
		case v.done:
			s.State = Done
		case v.blocked:
			s.State, open = Blocked, false
		default:
			s.State, open = Current, false
		}
		steps = append(steps, s)
	}
	return steps
}

func signInRule(f Facts, _ time.Time) verdict {
	if f.Visited {
		return verdict{done: true, explanation: fmt.Sprintf("Somebody of the directory %s has signed in.", f.Organization.TID)}
	}
	if f.Session == nil {
		return verdict{explanation: "Sign in with the work account of an administrator.", remedy: "Sign in.", link: "/auth/sign-in"}
	}
	if err := f.Session.Acceptable(); err != nil {
		return verdict{blocked: true, explanation: fault.Public(err), remedy: "Sign in with another account.", link: "/auth/sign-in"}
	}
	return verdict{done: true, explanation: fmt.Sprintf("%s is signed in to the directory %s.", f.Session.Name, f.Session.TID)}
}

func ownershipRule(f Facts, _ time.Time) verdict {
	switch {
	case f.Organization != nil && f.Session != nil && f.Organization.TID != f.Session.TID && !f.Visited:
		return verdict{blocked: true, explanation: "This organization belongs to another directory than the one you signed in to.", remedy: "Sign in to its directory.", link: "/auth/sign-in"}
	case f.Organization != nil && f.Organization.State == tenants.Deleted:
		return verdict{blocked: true, explanation: "The organization was deleted.", remedy: "An owner can restore it within thirty days.", action: RestoreAction}
	case f.Organization != nil && f.Granted && f.Organization.State == tenants.Pending:
		return verdict{blocked: true, explanation: "Ownership is proven. Whoever runs Gatehouse has not admitted the organization yet.", remedy: "Wait for the admission."}
	case f.Organization != nil && f.Granted:
		return verdict{done: true, explanation: "Ownership of the directory is proven."}
	case f.Ownership == nil:
		return verdict{explanation: "It takes an active directory role that administers apps.", remedy: "Claim the organization.", action: ClaimAction}
	case !f.Ownership.Proven:
		return verdict{blocked: true, explanation: f.Ownership.Explanation, remedy: f.Ownership.Remedy, link: f.Ownership.Link}
	default:
		return verdict{explanation: f.Ownership.Explanation, remedy: "Claim the organization.", action: ClaimAction}
	}
}

// permissionsRule is done by choosing: whoever chooses an app model has had the
// list before them.
func permissionsRule(f Facts, _ time.Time) verdict {
	text := "Gatehouse asks for these delegated permissions of Microsoft Graph and no others:"
	for _, p := range ExplainPermissions() {
		text += " " + p.Name + " — " + p.Reason + " Consent: " + p.Who + "."
	}
	chosen := f.Organization != nil && f.Organization.Connection.Model != ""
	return verdict{done: chosen, explanation: text, remedy: "Choose the shared app or an app registration of your own.", action: ConnectAction}
}

func connectionRule(f Facts, _ time.Time) verdict {
	if f.Organization != nil && !f.Organization.Connection.ClientID.IsZero() && f.Organization.Connection.Resource != "" && f.Organization.Connection.Scope != "" {
		return verdict{done: true, explanation: "The app registration is " + f.Organization.Connection.ClientID.String() + "."}
	}
	return verdict{
		explanation: "The app registration is what tokens are issued for. The shared app takes consent only; one of your own is yours to configure.",
		remedy:      "Register an app, with the steps and commands that describeSetup answers or by letting Gatehouse do it as you (createRegistration), and enter its client id.", action: ConnectAction,
	}
}

func credentialRule(f Facts, now time.Time) verdict {
	if f.Organization == nil {
		return verdict{explanation: "A credential proves to Microsoft Entra ID that Gatehouse is the app."}
	}
	c := f.Organization.Connection
	v := verdict{explanation: "A credential proves to Microsoft Entra ID that Gatehouse is the app.", remedy: "Choose platform_issuer, for which there is no secret, or enter a certificate or secret.", action: CredentialAction}
	switch {
	case c.Model == tenants.SharedApp:
		return verdict{done: true, explanation: "The shared app's credential is the platform's."}
	case c.GroupSource == tenants.TokenOnly && c.Credential.Kind == tenants.NoCredential:
		return verdict{done: true, explanation: "The connection reads groups from tokens only and needs no credential. Without one nobody who leaves a group, is disabled or deleted loses their tools before their token expires, and whoever is in more than 200 groups is refused."}
	case c.Credential.Kind == tenants.NoCredential:
		return v
	case !c.Credential.ExpiresAt.IsZero() && !now.Before(c.Credential.ExpiresAt):
		v.blocked, v.explanation = true, "The credential expired on "+c.Credential.ExpiresAt.UTC().Format(time.DateOnly)+"."
		return v
	default:
		return verdict{done: true, explanation: "The credential is of kind " + string(c.Credential.Kind) + "."}
	}
}

func consentRule(f Facts, now time.Time) verdict {
	v := verdict{
		explanation: "An administrator consents once for everybody. Gatehouse believes it when it gets a token in your directory.",
		remedy:      "Consent on Microsoft's page.", action: ConsentAction,
	}
	switch {
	case f.Organization != nil && f.Organization.Connection.Model == tenants.OwnApp && !f.Organization.Connection.CanAsk():
		return verdict{done: true, explanation: "Without a credential there is nothing to consent to."}
	case f.VerifiedAt.IsZero() || now.Sub(f.VerifiedAt) > stale:
		return v
	case f.Verified != nil:
		v.blocked, v.explanation = true, fault.Public(f.Verified)+"."
		return v.mending(f.Organization.Connection.Model, f.Verified)
	default:
		return verdict{done: true, explanation: "A token was obtained in your directory on " + f.VerifiedAt.UTC().Format(time.RFC3339) + "."}
	}
}

// mending says what helps against what Entra refuses an own app's token for.
func (v verdict) mending(model tenants.AppModel, err error) verdict {
	refusal, ok := errors.AsType[*entra.TokenError](err)
	if !ok || model != tenants.OwnApp {
		return v
	}
	switch refusal.Code {
	case unknownApp:
		v.remedy, v.action = "Correct the client id of the connection, or make the app registration and enter its client id.", RegisterAction
	case 70021, 70025, 700211, 700212, 700213:
		v.remedy, v.action = "Make the app registration again, which enters what the federated credential lacks.", RegisterAction
	case 7000215, secretExpired, 700027:
		v.remedy, v.action = "Give the connection a credential of the app's.", CredentialAction
	case 7000112:
		v.remedy, v.action = "Enable the app under Enterprise applications > Properties.", ""
	}
	return v
}

func doctorRule(f Facts, now time.Time) verdict {
	v := verdict{explanation: "The doctor looks at every setting that decides whether sign-ins and tokens work.", remedy: "Run the doctor.", action: DoctorAction}
	switch {
	case f.Report == nil || now.Sub(f.Report.At) > stale:
		return v
	case !f.Report.Healthy():
		v.blocked, v.explanation, v.remedy = true, "The doctor found errors.", "Run the commands it names, and run it again."
		return v
	default:
		return verdict{done: true, explanation: fmt.Sprintf("Errors: none. Warnings and suggestions: %d. Not checked: %d.", len(f.Report.Findings), len(f.Report.NotChecked))}
	}
}

func mappingRule(f Facts, _ time.Time) verdict {
	if f.Mappings > 0 {
		return verdict{done: true, explanation: "Tool roles are assigned."}
	}
	return verdict{explanation: "Until a group or a person has a tool role, nobody sees a tool.", remedy: "Assign a role to a group.", action: MappingAction}
}

func doneRule(f Facts, _ time.Time) verdict {
	switch {
	case f.Organization != nil && f.Organization.State == tenants.Active:
		return verdict{done: true, explanation: "The endpoints answer."}
	case f.Organization != nil && f.Organization.State == tenants.Suspended:
		return verdict{blocked: true, explanation: "The organization is suspended.", remedy: "Resume it.", action: ResumeAction}
	default:
		return verdict{explanation: "The endpoints do not answer yet.", remedy: "Start serving.", action: ActivateAction}
	}
}
