package setup

import "gatehouse/internal/tenants"

// PortalStep is a step to take by hand, in the words of the Entra admin center.
type PortalStep struct {
	Title  string   `json:"title"`
	Why    string   `json:"why"`
	Blade  []string `json:"blade" doc:"The way to the page."`
	Fields []Field  `json:"fields" doc:"What to enter, to be copied."`
	Press  string   `json:"press,omitempty" doc:"The button that ends it; absent: none."`
	Link   string   `json:"link,omitempty" doc:"Deep link to the page."`
	Notes  []string `json:"notes"`
}

// Portal is the plan as steps in the Entra admin center. clientID is the client
// id of the registration once the administrator has it; before that the links
// that need it are empty.
func (p Plan) Portal(clientID tenants.GUID) []PortalStep {
	known := map[Variable]string{}
	if !clientID.IsZero() {
		known[ClientID] = clientID.String()
	}
	var out []PortalStep
	for _, s := range p.Steps {
		if len(s.Portal.Blade) == 0 {
			continue
		}
		out = append(out, PortalStep{
			Title: s.Title, Why: s.Why, Blade: s.Portal.Blade, Fields: filled(s.Portal.Fields), Press: s.Portal.Press,
			Link: link(s.Portal.Link, known), Notes: s.Portal.Notes,
		})
	}
	return out
}

// filled are the fields with something to enter.
func filled(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		if len(f.Values) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func link(text string, known map[Variable]string) string {
	address := template(text)
	for _, one := range address {
		if one.variable != "" && known[one.variable] == "" {
			return ""
		}
	}
	return address.fill(known)
}
