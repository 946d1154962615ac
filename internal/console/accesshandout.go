package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// NewAccessHandout says which report of access is to be handed out.
type NewAccessHandout struct {
	At     *time.Time     `json:"at,omitempty" doc:"The instant, with its zone. Left out: now."`
	Tool   string         `json:"tool,omitempty" maxLength:"512" doc:"Only this tool, or those that a pattern matches."`
	Client string         `json:"client,omitempty" maxLength:"2000" doc:"As if through this AI app, whose maximum permissions count. Left out: no app's do."`
	People []tenants.GUID `json:"people,omitempty" maxItems:"100" doc:"Only these people, by their object IDs."`
}

// AccessHandout is a report of access that is on record.
type AccessHandout struct {
	ID     tenants.GUID `json:"id" format:"uuid" doc:"The log's record of it names it in its target."`
	At     time.Time    `json:"at" doc:"The instant that the report is about."`
	SHA256 string       `json:"sha256" doc:"Of the text, in hexadecimal. The record has it in its field after."`
	Text   string       `json:"text" doc:"The report: what listAccess answers, in one piece of JSON."`
}

type newAccessHandoutInput struct {
	InOrganization
	Body NewAccessHandout
}

// handout is the report as it is handed out.
type handout struct {
	At            time.Time           `json:"at"`
	Configuration AccessConfiguration `json:"configuration"`
	Remarks       []string            `json:"remarks"`
	People        []AccessPerson      `json:"people"`
}

const (
	handoutPage = 200
	maxHandout  = 8 << 20 // bytes of a report
)

func (c *Console) accessHandoutRoutes(api huma.API) {
	inside(c, api, tenants.Auditor, route{
		ID: "createAccessReport", Method: http.MethodPost, Path: "/access/reports", Tag: "log", Status: http.StatusCreated, Summary: "Hand out a report of access that the log has on record",
		Description: "What listAccess answers, all of it, in one text. That exactly this text was handed out is a record of the log, durable before the answer: whoever has the text and the record's evidence knows that neither was replaced. A text has at most 8 MiB; one that would be longer is refused.",
	}, c.createAccessReport)
}

func (c *Console) createAccessReport(ctx context.Context, by Actor, in *newAccessHandoutInput) (*Made[AccessHandout], error) {
	at := c.Now().UTC().Truncate(time.Microsecond)
	if in.Body.At != nil {
		at = in.Body.At.UTC().Truncate(time.Microsecond)
	}
	if at.After(c.Now()) {
		return nil, fault.New(fault.Invalid, "at: it is in the future, of which nobody knows")
	}
	q := AccessQuestion{asof.Question{At: at, Tool: in.Body.Tool, Client: in.Body.Client}, in.Body.People, tenants.GUID{}, handoutPage}
	text, people, err := c.wholeReport(ctx, by.Org(), q)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(text)
	out := AccessHandout{ID: tenants.NewGUID(), At: at, SHA256: hex.EncodeToString(digest[:]), Text: string(text)}
	said, err := json.Marshal(struct {
		At     time.Time `json:"at"`
		SHA256 string    `json:"sha256"`
	}{at, out.SHA256})
	if err != nil {
		return nil, fmt.Errorf("say which report was handed out: %w", err)
	}
	err = c.AccessReports.HandOut(ctx, by.Caller, audit.Event{
		Kind: audit.Export, Target: "access report " + out.ID.String(), Detail: "access", After: string(said), Count: int64(people), Outcome: audit.OK,
	})
	if err != nil {
		return nil, err
	}
	return &Made[AccessHandout]{&out}, nil
}

// wholeReport returns a report of every page, and of how many people it is.
func (c *Console) wholeReport(ctx context.Context, org tenants.ID, q AccessQuestion) ([]byte, int, error) {
	out, size := handout{At: q.At, People: []AccessPerson{}}, 0
	for {
		found, err := c.AccessReports.AccessAt(ctx, org, q)
		if err != nil {
			return nil, 0, err
		}
		k := found.Kept
		out.Remarks, out.Configuration = list(found.Remarks), AccessConfiguration{k.Since, k.Version, k.Record, hex.EncodeToString(k.Digest[:])}
		for _, f := range found.Findings {
			p := accessPerson(f)
			text, err := json.Marshal(p)
			if err != nil {
				return nil, 0, fmt.Errorf("encode report: %w", err)
			}
			size, out.People = size+len(text), append(out.People, p)
		}
		if size > maxHandout {
			return nil, 0, fault.New(fault.Invalid, "the report has more than 8 MiB; ask for some of the tools, or for some of the people")
		}
		if n := len(found.Findings); found.More && n > 0 {
			q.After = found.Findings[n-1].Person.OID
			continue
		}
		text, err := reportText(out)
		return text, len(out.People), err
	}
}

// reportText is a report as text, one line, in which nothing is escaped that need not be.
func reportText(h handout) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(h); err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return b.Bytes(), nil
}

// AccessRecorder has the log say what was handed out, and returns when that is durable.
type AccessRecorder interface {
	HandOut(ctx context.Context, by authz.Caller, e audit.Event) error
}
