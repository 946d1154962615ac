package msgraph

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/emulator/reply"
)

// preferences are what a request prefers of Outlook. Preferences Outlook does
// not know are not obeyed, which RFC 7240 §2 allows for every preference.
type preferences struct {
	zone     *time.Location
	zoneName string
	text     bool
	applied  []string
}

// prefers reads the Prefer headers.
func (v *visit) prefers() (preferences, *problem) {
	p := preferences{zone: time.UTC, zoneName: "UTC"}
	for _, line := range v.r.Header.Values("Prefer") {
		for one := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			if bad := p.take(strings.ToLower(strings.TrimSpace(name)), value); bad != nil {
				return p, bad
			}
		}
	}
	if len(p.applied) > 0 {
		v.w.Header().Set("Preference-Applied", strings.Join(p.applied, ", "))
	}
	return p, nil
}

// outlookQuery reads the query and the preferences of a request to Outlook.
func (v *visit) outlookQuery(k *itemKind, extras ...string) (itemQuery, preferences, *problem) {
	q, bad := v.query(k, extras...)
	if bad != nil {
		return q, preferences{}, bad
	}
	prefer, bad := v.prefers()
	return q, prefer, bad
}

func (p *preferences) take(name, value string) *problem {
	switch name {
	case "outlook.timezone":
		zone, ok := zoneNamed(value)
		if !ok {
			return &problem{
				http.StatusBadRequest, "TimeZoneNotSupportedException",
				"A valid TimeZone value must be specified. The following TimeZone value is not supported: '" + reply.Clip(value) + "'.",
			}
		}
		p.zone, p.zoneName = zone, value
	case "outlook.body-content-type":
		if value != "text" && value != "html" {
			return &problem{http.StatusBadRequest, "ErrorInvalidParameter", "The body content type '" + reply.Clip(value) + "' is not supported."}
		}
		p.text = value == "text"
	default:
		return nil
	}
	p.applied = append(p.applied, name+`="`+value+`"`)
	return nil
}

// local writes a time as a dateTimeTimeZone.
func (p preferences) local(at time.Time) map[string]any {
	return map[string]any{"dateTime": at.In(p.zone).Format("2006-01-02T15:04:05.0000000"), "timeZone": p.zoneName}
}

// body writes a text as an itemBody.
func (p preferences) body(text string) map[string]any {
	if p.text {
		return map[string]any{"contentType": "text", "content": text}
	}
	content := `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>` + markup.Replace(text) + `</body></html>`
	return map[string]any{"contentType": "html", "content": content}
}

var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br>\r\n", "\n", "<br>\r\n")

// preview is the first 255 characters of a text, as in bodyPreview.
func preview(text string) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), 255)])
}
