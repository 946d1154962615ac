package console

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AccessReports tells who could use what at an instant of the past.
type AccessReports interface {
	AccessRecorder
	// AccessAt answers for a page of people, in order of their ids. The fault is
	// NotFound where the history does not reach back so far, or has no such tool.
	AccessAt(ctx context.Context, org tenants.ID, q AccessQuestion) (AccessFound, error)
}

// AccessQuestion asks about everybody, or about some, behind a place.
type AccessQuestion struct {
	asof.Question
	People []tenants.GUID // nil: everybody
	After  tenants.GUID
	Most   int
}

// AccessFound is a page of an answer.
type AccessFound struct {
	Kept     asof.Kept
	Remarks  []string
	Findings []asof.Finding
	More     bool
}

// AccessReport is who could use what at an instant.
type AccessReport struct {
	At            time.Time           `json:"at" doc:"The instant that the report is about."`
	Configuration AccessConfiguration `json:"configuration" doc:"What the organization had decided then, which the report rests on."`
	Remarks       []string            `json:"remarks" doc:"What the report cannot tell, and what holds of all of it."`
	Items         []AccessPerson      `json:"items" doc:"Everybody who had shown a token by then or whom a rule named, in order of their ids."`
	NextCursor    string              `json:"nextCursor,omitempty" doc:"Goes on after the last person, about the same instant; absent on the last page."`
}

// AccessConfiguration names a configuration on record.
type AccessConfiguration struct {
	Since   time.Time `json:"since" doc:"When the organization had decided so."`
	Version int64     `json:"version" doc:"The organization's version then."`
	Record  string    `json:"record" format:"uuid" doc:"Id of the record of that change in the log. Its field configuration is the digest."`
	Digest  string    `json:"digest" doc:"SHA-256 of the configuration on record, in hexadecimal."`
}

// AccessPerson is one person in the report.
type AccessPerson struct {
	Person        tenants.GUID   `json:"person" format:"uuid" doc:"Object ID of the person."`
	Name          string         `json:"name" doc:"Display name, where one is known; decides nothing."`
	Kind          string         `json:"kind" enum:"user,guest,agent,unknown" doc:"As their tokens said. unknown: they have shown none, or none since kinds are kept."`
	UnknownGroups []tenants.GUID `json:"unknownGroups" doc:"Groups that decided something, and of which it was not known whether the person was in them: nobody had said, or too long before."`
	Tools         []AccessTool   `json:"tools" doc:"What they could use, or may have been able to."`
}

// AccessTool is one tool that somebody could use, or may have been able to.
type AccessTool struct {
	Tool    string       `json:"tool" doc:"Permission name: of a tool its name, prompt: and the name of a prompt, resource: and a URI or URI template."`
	Effect  string       `json:"effect" enum:"read,write,destructive," doc:"What running the tool does; empty for what is no tool."`
	Verdict asof.Verdict `json:"verdict" enum:"allowed,conditional,unknown" doc:"conditional: it depended on arguments or circumstances of each call. unknown: it depended on groups of which it was not known whether the person was in them, or on what kind of person they were."`
	Rules   []AccessRule `json:"rules" doc:"Each assignment that allowed it or, of unknown, may have."`
}

// AccessRule is one assignment of a role, and what it rested on.
type AccessRule struct {
	Role        string            `json:"role" doc:"Name of the tool role."`
	Assignment  tenants.GUID      `json:"assignment" format:"uuid" doc:"Id of the assignment."`
	SubjectKind authz.SubjectKind `json:"subjectKind" enum:"group,app_role,person,client,everybody,every_guest,every_app" doc:"Whom the role was assigned to. everybody: every person who is not a guest."`
	Subject     string            `json:"subject,omitempty" doc:"Object id of a group or person, value of an app role, or client id."`
	SubjectName string            `json:"subjectName,omitempty" doc:"Display name of the subject."`
	Conditions  []string          `json:"conditions,omitempty" doc:"What the role's permissions depended on: CEL, or authentication contexts."`
	Evidence    *AccessEvidence   `json:"evidence,omitempty" doc:"Of a group: what was known of the person and the group."`
}

// AccessEvidence is what was known of a person and a group.
type AccessEvidence struct {
	Answer     string       `json:"answer" enum:"member,not_member,unknown" doc:"What counted then."`
	Source     authz.Source `json:"source,omitempty" enum:"token,graph," doc:"Who said so last."`
	Since      *time.Time   `json:"since,omitempty" doc:"When that was first said."`
	Until      *time.Time   `json:"until,omitempty" doc:"When it was last said, and the same whenever it was said in between. It counts for as long after as the organization let answers count."`
	LastAnswer string       `json:"lastAnswer,omitempty" enum:"member,not_member" doc:"Of unknown: what was said last, too long before."`
}

type accessInput struct {
	InOrganization
	Paging
	At     time.Time      `query:"at" doc:"The instant, with its zone. Left out: now."`
	Tool   string         `query:"tool" maxLength:"512" doc:"Only this tool, or those that a pattern matches."`
	Person []tenants.GUID `query:"person" maxItems:"100" doc:"Only these people, by their object IDs."`
	Client string         `query:"client" maxLength:"2000" doc:"As if through this AI app, whose maximum permissions count. Left out: no app's do."`
}

func (c *Console) accessRoutes(api huma.API) {
	inside(c, api, tenants.Auditor, route{
		ID: "listAccess", Method: http.MethodGet, Path: "/access", Tag: "log", Summary: "Who could use what, as of any instant?",
		Description: "The answer rests on what the organization had decided then and on what was known then of people's groups, and is given by the predicate that decides calls. Nothing is guessed: whoever was not known is listed as unknown.",
	}, c.listAccess)
}

// stand is where a page of a report begins, in a cursor: the instant, and the person before.
type stand struct {
	at    time.Time
	after tenants.GUID
}

func (p stand) encode() []byte {
	id := p.after.Bytes()
	return append(binary.BigEndian.AppendUint64(nil, uint64(p.at.UnixMicro())), id[:]...)
}

func standOf(payload []byte) (p stand, err error) {
	if len(payload) != 24 {
		return p, fault.New(fault.Invalid, badCursor)
	}
	p.at = time.UnixMicro(int64(binary.BigEndian.Uint64(payload))).UTC() //nolint:gosec // as it was written
	raw := hex.EncodeToString(payload[8:])
	p.after, err = tenants.ParseGUID(fmt.Sprintf("%s-%s-%s-%s-%s", raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
	return p, err
}

// begin returns where the page begins, and what its cursors are bound to.
func (in *accessInput) begin(ctx context.Context, c *Console, by Actor) (stand, []byte, error) {
	asked, err := json.Marshal([]any{"console listAccess", in.At, in.Tool, in.Person, in.Client})
	if err != nil || in.Cursor == "" {
		p := stand{at: in.At.UTC().Truncate(time.Microsecond)}
		if in.At.IsZero() {
			p.at = c.Now().UTC().Truncate(time.Microsecond)
		}
		return p, asked, err
	}
	payload, err := c.Cursors.OpenCursor(ctx, by.Org(), asked, in.Cursor)
	if err != nil {
		return stand{}, nil, fault.Wrap(fault.Invalid, badCursor, err)
	}
	p, err := standOf(payload)
	return p, asked, err
}

func (c *Console) listAccess(ctx context.Context, by Actor, in *accessInput) (*Result[AccessReport], error) {
	at, binding, err := in.begin(ctx, c, by)
	if err != nil {
		return nil, err
	}
	if at.at.After(c.Now().Add(time.Minute)) {
		return nil, fault.New(fault.Invalid, "at: it is in the future, of which nobody knows")
	}
	if in.Cursor == "" {
		if err := c.LogReader.Reading(ctx, by.Caller, "access report", filter.Filter{}); err != nil {
			return nil, err
		}
	}
	found, err := c.AccessReports.AccessAt(ctx, by.Org(), AccessQuestion{asof.Question{At: at.at, Tool: in.Tool, Client: in.Client}, in.Person, at.after, in.Limit})
	if err != nil {
		return nil, err
	}
	k := found.Kept
	out := AccessReport{
		At: at.at, Remarks: list(found.Remarks), Items: each(found.Findings, accessPerson),
		Configuration: AccessConfiguration{k.Since, k.Version, k.Record, hex.EncodeToString(k.Digest[:])},
	}
	if n := len(found.Findings); found.More && n > 0 {
		out.NextCursor, err = c.Cursors.MakeCursor(ctx, by.Org(), binding, stand{at.at, found.Findings[n-1].Person.OID}.encode())
	}
	return result(out), err
}

func accessPerson(f asof.Finding) AccessPerson {
	p := AccessPerson{f.Person.OID, f.Person.Name, f.Person.Kind.String(), list(f.Unknown), each(f.Access, accessTool)}
	if f.Person.Kind == authz.Nobody {
		p.Kind = "unknown"
	}
	return p
}

func accessTool(a asof.Access) AccessTool {
	return AccessTool{a.Tool, a.Effect, a.Verdict, each(a.Rules, accessRule)}
}

func accessRule(r asof.Rule) AccessRule {
	out := AccessRule{
		Role: r.Role, Assignment: r.Assignment, SubjectKind: r.Subject.Kind, Subject: r.Subject.Value, SubjectName: r.Name, Conditions: r.Conditions,
	}
	if r.Subject.Kind != authz.SubjectGroup {
		return out
	}
	e := AccessEvidence{Answer: answerWord(r.Evidence.Answer), Source: r.Evidence.Source, Since: instant(r.Evidence.Since), Until: instant(r.Evidence.Until)}
	if r.Evidence.LastAnswer != authz.Unknown {
		e.LastAnswer = answerWord(r.Evidence.LastAnswer)
	}
	out.Evidence = &e
	return out
}

func answerWord(a authz.Answer) string {
	text, err := a.MarshalText()
	if err != nil {
		return "" // there is no such answer
	}
	return string(text)
}
