package reconcile_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"gatehouse/internal/audit/reconcile"
	"gatehouse/internal/fault"
)

// TestWhatNobodySaysTheExportCoversIsUnexplained: the rows of an export say when people
// signed in, and not for which time it was asked.
func TestWhatNobodySaysTheExportCoversIsUnexplained(t *testing.T) {
	t.Parallel()
	const token = "7E_m3lbdREq1-NnBOhcCAA"
	day := 24 * time.Hour
	row := func(at time.Time) reconcile.SignIn {
		return signIn(func(s *reconcile.SignIn) { s.At, s.App, s.Resource = at, "other", "other" })
	}
	for name, x := range map[string]struct {
		signIns []reconcile.SignIn
		scope   reconcile.Scope
		want    reconcile.Reason
	}{
		"a day of rows before":         {[]reconcile.SignIn{row(noon.Add(-day)), row(noon.Add(time.Hour))}, reconcile.Scope{}, reconcile.NotCovered},
		"after the last row":           {[]reconcile.SignIn{row(noon.Add(-3 * day)), row(noon.Add(-time.Minute))}, reconcile.Scope{}, reconcile.NotCovered},
		"one row":                      {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{}, reconcile.NotCovered},
		"within the rows":              {[]reconcile.SignIn{row(noon.Add(-3 * day)), row(noon.Add(time.Minute))}, reconcile.Scope{}, reconcile.NoSuchSignIn},
		"said to cover it":             {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{From: noon.Add(-2 * day), To: noon.Add(day)}, reconcile.NoSuchSignIn},
		"said to begin a day before":   {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{From: noon.Add(-day), To: noon.Add(day)}, reconcile.SignedInEarlier},
		"said to end before":           {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{From: noon.Add(-2 * day), To: noon}, reconcile.UsedLater},
		"only its beginning is said":   {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{From: noon.Add(-2 * day)}, reconcile.NotCovered},
		"only its end is said":         {[]reconcile.SignIn{row(noon.Add(-time.Minute))}, reconcile.Scope{To: noon.Add(day)}, reconcile.NotCovered},
		"no rows, and nothing is said": {nil, reconcile.Scope{}, reconcile.NotCovered},
	} {
		r := reconcile.Compare(uses(t, used(noon, alice, token)), x.signIns, x.scope)
		if len(r.OnlyHere) != 1 || r.OnlyHere[0].Reason != x.want || (r.Unexplained() == 0) != (x.want == reconcile.SignedInEarlier || x.want == reconcile.UsedLater) {
			t.Errorf("%s: %+v, want %s", name, r.OnlyHere, x.want)
		}
		said := strings.Contains(strings.Join(r.Remarks(), " "), "Say with --from and --to")
		if said != (x.want == reconcile.NotCovered) {
			t.Errorf("%s: remarks are %q", name, r.Remarks())
		}
	}
}

func TestAScopeThatTheRowsContradictIsRefused(t *testing.T) {
	t.Parallel()
	rows := []reconcile.SignIn{signIn(func(*reconcile.SignIn) {})}
	for name, s := range map[string]reconcile.Scope{
		"begins later": {From: noon.Add(time.Second)}, "ends before": {To: noon}, "backwards": {From: noon, To: noon.Add(-time.Hour)},
	} {
		if err := s.Check(rows); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (reconcile.Scope{From: noon, To: noon.Add(time.Second)}).Check(rows); err != nil {
		t.Error(err)
	}
}

// inUTF16 is what Excel saves as "Unicode text", but for its tabs.
func inUTF16(text string, big bool) string {
	out := []byte{0xff, 0xfe}
	if big {
		out = []byte{0xfe, 0xff}
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

const (
	heading = "Date (UTC),Request ID,Application ID,Username\n"
	entry   = "2026-03-14T09:26:53Z,4d63c1c4-c95b-4d3c-8e0a-1271fd813e00,aebc6443-996d-45c2-90f0-388ff96faa56,zo\u00eb@contoso.example\n"
	object  = `{"id":"x","createdDateTime":"2026-03-14T09:26:53Z"}`
)

func TestWhatASpreadsheetHasMadeOfAnExportIsReadOrNamed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"UTF-16": inUTF16(heading+entry, false), "UTF-16 the other way": inUTF16(heading+entry, true)} {
		if list := signIns(t, text); len(list) != 1 || list[0].Name != "zo\u00eb@contoso.example" {
			t.Errorf("%s is read as %+v", name, list)
		}
	}
	for name, x := range map[string]struct{ text, says string }{
		"semicolons":          {strings.ReplaceAll(heading+entry, ",", ";"), "separated by semicolons"},
		"tabs":                {strings.ReplaceAll(heading+entry, ",", "\t"), "separated by tabs"},
		"tabs in UTF-16":      {inUTF16(strings.ReplaceAll(heading+entry, ",", "\t"), false), "separated by tabs"},
		"UTF-16 without mark": {inUTF16(heading, false)[2:], "encoded in something else"},
		"Latin 1":             {heading + strings.ReplaceAll(entry, "\u00eb", "\xeb"), "encoded in something else"},
		"a date of Excel":     {heading + strings.ReplaceAll(entry, "2026-03-14T09:26:53Z", "14.03.2026 09:26"), "if a spreadsheet has saved it again"},
		"more pages behind":   {`{"value":[` + object + `],"@odata.nextLink":"https://graph.microsoft.com/x"}`, "one page of several"},
		"more pages before":   {`{"@odata.nextLink":"https://graph.microsoft.com/x","value":[` + object + `]}`, "one page of several"},
		"behind a list":       {`[` + object + `] [` + object + `]`, "something behind its list"},
		"behind a page":       {`{"value":[` + object + `]}garbage`, "something behind its list"},
		"half a page":         {`{"value":[` + object + `]`, "ends early"},
	} {
		if list, err := reconcile.ReadSignIns(strings.NewReader(x.text)); fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), x.says) {
			t.Errorf("%s: %+v %v", name, list, err)
		}
	}
	if list := signIns(t, `{"value":[`+object+`],"@odata.count":1,"@odata.nextLink":null}`); len(list) != 1 {
		t.Errorf("the only page is read as %+v", list)
	}
}
