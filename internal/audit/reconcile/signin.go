package reconcile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// SignIn is one row of Entra's sign-in logs, as far as it matters here.
type SignIn struct {
	RequestID   string // its own id
	Token       string // the unique token identifier; empty in exports that have none
	At          time.Time
	Correlation string
	Person      string // object id of the user or, of an application, of its service principal
	Name        string // user principal name, or the service principal's
	App         string // application (client) ID of who signed in
	AppName     string
	Resource    string // application ID of what the token is for
	Failed      bool
	Application bool // an application signed in on its own behalf
	Interactive interactive
}

// interactive says whether a person was there; exports as CSV do not tell.
type interactive uint8

const (
	untold interactive = iota
	interactively
	silently
)

// maxSignIns bounds what is kept of an export; Entra's own bound is 250,000 rows as
// CSV and JSON each.
const maxSignIns = 2_000_000

// ReadSignIns reads an export of sign-ins as the Entra admin center gives it: CSV, or
// JSON in the shape of Microsoft Graph's signIn, alone in an array or as the value of
// a page. What is neither is Invalid.
func ReadSignIns(r io.Reader) ([]SignIn, error) {
	in := bufio.NewReader(r)
	if head, err := in.Peek(3); err == nil && bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	for {
		head, err := in.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return nil, fault.New(fault.Invalid, "the export of sign-ins is empty; export it as CSV or JSON from the Entra admin center")
		case err != nil:
			return nil, fmt.Errorf("read sign-ins: %w", err)
		case head[0] == ' ' || head[0] == '\n' || head[0] == '\r' || head[0] == '\t':
			_, _ = in.Discard(1)
		case head[0] == '[' || head[0] == '{':
			return readJSON(in)
		default:
			return readCSV(in)
		}
	}
}

// graphSignIn is a signIn of Microsoft Graph. The admin center writes the same.
type graphSignIn struct {
	ID                    string    `json:"id"`
	CreatedDateTime       time.Time `json:"createdDateTime"`
	CorrelationID         string    `json:"correlationId"`
	UserID                string    `json:"userId"`
	UserPrincipalName     string    `json:"userPrincipalName"`
	ServicePrincipalID    string    `json:"servicePrincipalId"`
	ServicePrincipalName  string    `json:"servicePrincipalName"`
	AppID                 string    `json:"appId"`
	AppDisplayName        string    `json:"appDisplayName"`
	ResourceID            string    `json:"resourceId"`
	UniqueTokenIdentifier string    `json:"uniqueTokenIdentifier"`
	IsInteractive         *bool     `json:"isInteractive"`
	Status                struct {
		ErrorCode int64 `json:"errorCode"`
	} `json:"status"`
}

func (g graphSignIn) signIn() SignIn {
	s := SignIn{
		RequestID: g.ID, Token: g.UniqueTokenIdentifier, At: g.CreatedDateTime.UTC(), Correlation: g.CorrelationID, Person: g.UserID, Name: g.UserPrincipalName,
		App: g.AppID, AppName: g.AppDisplayName, Resource: g.ResourceID, Failed: g.Status.ErrorCode != 0,
	}
	if g.ServicePrincipalID != "" && strings.Trim(g.UserID, "0-") == "" {
		s.Application, s.Person, s.Name = true, g.ServicePrincipalID, g.ServicePrincipalName
	}
	switch {
	case g.IsInteractive == nil:
	case *g.IsInteractive:
		s.Interactive = interactively
	default:
		s.Interactive = silently
	}
	return s
}

func readJSON(in io.Reader) (list []SignIn, err error) {
	d := json.NewDecoder(in)
	if err := enter(d); err != nil {
		return nil, err
	}
	for d.More() {
		var g graphSignIn
		if err := d.Decode(&g); err != nil {
			return nil, fault.Wrap(fault.Invalid, fmt.Sprintf("the export of sign-ins: entry %d cannot be read as a sign-in", len(list)+1), err)
		}
		if g.ID == "" || g.CreatedDateTime.IsZero() {
			return nil, fault.Newf(fault.Invalid, "the export of sign-ins: entry %d has no id or no createdDateTime; it is no sign-in", len(list)+1)
		}
		if list = append(list, g.signIn()); len(list) > maxSignIns {
			return nil, errTooMany
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the export of sign-ins ends early", err)
	}
	return list, nil
}

var errTooMany = fault.Newf(fault.Invalid, "the export of sign-ins has more than %d rows; export a shorter time", maxSignIns)

// enter goes to the first entry of the array, which may be the value of a page.
func enter(d *json.Decoder) error {
	invalid := fault.New(fault.Invalid, "the export of sign-ins is JSON without a list of sign-ins")
	t, err := d.Token()
	if err != nil {
		return fault.Wrap(fault.Invalid, "the export of sign-ins cannot be read as JSON", err)
	}
	if t == json.Delim('[') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return invalid
		}
		if name == "value" {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return invalid
			}
			return nil
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return invalid
		}
	}
	return invalid
}

// The columns of the admin center's CSV, lower-case and trimmed: it writes some of
// them with a blank behind.
const (
	columnAt          = "date (utc)"
	columnRequest     = "request id"
	columnCorrelation = "correlation id"
	columnToken       = "unique token identifier"
	columnUser        = "user id"
	columnUsername    = "username"
	columnPrincipal   = "service principal id"
	columnPrincipals  = "service principal name"
	columnApp         = "application id"
	columnAppName     = "application"
	columnResource    = "resource id"
	columnCode        = "sign-in error code"
	columnStatus      = "status"
)

func readCSV(in io.Reader) ([]SignIn, error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	head, err := r.Read()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the export of sign-ins cannot be read as CSV", err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; !twice { // "Incoming token type" stands twice
			at[name] = i
		}
	}
	for _, needed := range []string{columnAt, columnRequest, columnApp} {
		if _, ok := at[needed]; !ok {
			return nil, fault.Newf(fault.Invalid, "the export of sign-ins has no column %q; export it from the Entra admin center, Sign-in logs, Download", needed)
		}
	}
	var list []SignIn
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "the export of sign-ins cannot be read as CSV", err)
		}
		s, err := fromRow(func(column string) string {
			if i, ok := at[column]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		})
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fault.Newf(fault.Invalid, "the export of sign-ins, line %d: %s", line, err)
		}
		if list = append(list, s); len(list) > maxSignIns {
			return nil, errTooMany
		}
	}
}

func fromRow(cell func(string) string) (SignIn, error) {
	s := SignIn{
		RequestID: cell(columnRequest), Token: cell(columnToken), Correlation: cell(columnCorrelation), Person: cell(columnUser), Name: cell(columnUsername),
		App: cell(columnApp), AppName: cell(columnAppName), Resource: cell(columnResource),
	}
	if s.Person == "" && cell(columnPrincipal) != "" {
		s.Application, s.Person, s.Name = true, cell(columnPrincipal), cell(columnPrincipals)
	}
	if code, err := strconv.ParseInt(cell(columnCode), 10, 64); err == nil {
		s.Failed = code != 0
	} else {
		s.Failed = strings.EqualFold(cell(columnStatus), "failure")
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, cell(columnAt)); err == nil {
			s.At = at.UTC()
			return s, nil
		}
	}
	return s, fmt.Errorf("%q is no date such as 2026-03-14T09:26:53Z", cell(columnAt))
}
