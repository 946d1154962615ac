package reconcile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/fault"
)

// The columns of the admin center's CSV, lowercase and trimmed: it writes some of
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
			if err := resaved(head); err != nil {
				return nil, err
			}
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
		if slices.ContainsFunc(row, func(cell string) bool { return !utf8.ValidString(cell) }) {
			return nil, errEncoding
		}
		s, err := fromRow(func(column string) string {
			if i, ok := at[column]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		})
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fault.Newf(fault.Invalid, "the export of sign-ins, line %d: %s; if a spreadsheet has saved it again, download it anew and compare it as it comes", line, err)
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

const unopened = "download it anew from the Entra admin center, and compare it as it comes, without opening and saving it in a spreadsheet"

var errEncoding = fault.New(fault.Invalid, "the export of sign-ins is encoded in something else than UTF-8, or UTF-16 with a mark at its beginning; "+unopened)

// resaved says what a spreadsheet has made of a table, by its first line.
func resaved(head []string) error {
	line := strings.Join(head, ",")
	if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
		return errEncoding
	}
	for separator, name := range map[string]string{";": "semicolons", "\t": "tabs"} {
		for _, column := range strings.Split(line, separator) {
			if strings.Contains(line, separator) && strings.EqualFold(strings.Trim(column, "\" "), columnRequest) {
				return fault.Newf(fault.Invalid, "the export of sign-ins is separated by %s instead of commas, as a spreadsheet has saved it again; "+unopened, name)
			}
		}
	}
	return nil
}
