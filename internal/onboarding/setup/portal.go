package setup

import "gatehouse/internal/tenants"

// PortalStep is a step to take by hand, in the words of the Entra admin center.
type PortalStep struct {
	Title  string
	Why    string
	Blade  []string // the way to the page
	Fields []Field  // what to enter, to be copied
	Press  string   // the button that ends it; empty: none
	Link   string   // deep link to the page
	Notes  []string
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
