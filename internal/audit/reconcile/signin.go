package reconcile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

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
	// A mark at the beginning says what it is encoded in; without one it has to be UTF-8.
	in := bufio.NewReader(transform.NewReader(r, unicode.BOMOverride(transform.Nop)))
	if head, err := in.Peek(2); err == nil && (head[0] == 0 || head[1] == 0) {
		return nil, errEncoding
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
	page, err := enter(d)
	if err != nil {
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
		return nil, errEarly
	}
	return list, leave(d, page)
}

var (
	errEarly = fault.New(fault.Invalid, "the export of sign-ins ends early; download it again")
	errMore  = fault.New(fault.Invalid, "the export of sign-ins is one page of several (@odata.nextLink); get all pages and join what their value holds into one list, or download the logs in the Entra admin center")
)

// leave reads what stands behind the list, in which nothing else may be.
func leave(d *json.Decoder, page bool) error {
	for page && d.More() {
		if err := member(d); err != nil {
			return err
		}
	}
	if page {
		if _, err := d.Token(); err != nil {
			return errEarly
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "the export of sign-ins has something behind its list; download it again, and compare files one by one")
	}
	return nil
}

// member skips a member of a page, unless it says that there are more pages.
func member(d *json.Decoder) error {
	name, err := d.Token()
	if err != nil {
		return errEarly
	}
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return errEarly
	}
	if name == nextLink && string(value) != "null" && string(value) != `""` {
		return errMore
	}
	return nil
}

const nextLink = "@odata.nextLink"

var errTooMany = fault.Newf(fault.Invalid, "the export of sign-ins has more than %d rows; export a shorter time", maxSignIns)

// enter goes to the first entry of the array, which may be the value of a page.
func enter(d *json.Decoder) (page bool, err error) {
	invalid := fault.New(fault.Invalid, "the export of sign-ins is JSON without a list of sign-ins")
	t, err := d.Token()
	if err != nil {
		return false, fault.Wrap(fault.Invalid, "the export of sign-ins cannot be read as JSON", err)
	}
	if t == json.Delim('[') {
		return false, nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return false, invalid
		}
		if name == "value" {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return false, invalid
			}
			return true, nil
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return false, invalid
		}
		if name == nextLink && string(skipped) != "null" && string(skipped) != `""` {
			return false, errMore
		}
	}
	return false, invalid
}
