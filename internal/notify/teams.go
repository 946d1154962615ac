package notify

// A message of Teams as a workflow takes it that begins with "When a Teams webhook
// request is received": Adaptive Cards as attachments. Texts stand in text runs,
// which know no Markdown, so that nobody's name becomes a link.
type (
	teamsMessage struct {
		Type        string            `json:"type"`
		Attachments []teamsAttachment `json:"attachments"`
	}
	teamsAttachment struct {
		ContentType string    `json:"contentType"`
		ContentURL  *string   `json:"contentUrl"`
		Content     teamsCard `json:"content"`
	}
	teamsCard struct {
		Schema  string         `json:"$schema"`
		Type    string         `json:"type"`
		Version string         `json:"version"`
		Body    []cardElement  `json:"body"`
		Actions []cardAction   `json:"actions,omitempty"`
		Teams   map[string]any `json:"msteams"`
	}
	cardElement struct {
		Type      string        `json:"type"`
		Spacing   string        `json:"spacing,omitempty"`
		Separator bool          `json:"separator,omitempty"`
		Inlines   []cardRun     `json:"inlines,omitempty"`
		Items     []cardElement `json:"items,omitempty"`
		Actions   []cardAction  `json:"actions,omitempty"`
	}
	cardRun struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		Size   string `json:"size,omitempty"`
		Weight string `json:"weight,omitempty"`
		Color  string `json:"color,omitempty"`
		Subtle bool   `json:"isSubtle,omitempty"`
	}
	cardAction struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

// Teams takes 28 KB (Limits and specifications for Microsoft Teams); a card stays
// well below, because the workflow adds to it.
const (
	maxCard      = 20 << 10
	maxCardItems = 20
)

// card is the body of the shape Teams. Items for which there is no room are
// counted.
func card(m Message) ([]byte, error) {
	for most := min(len(m.Items), maxCardItems); ; most-- {
		body, err := marshal(teamsOf(m.fit(most)))
		if err != nil || len(body) <= maxCard || most == 0 {
			return body, err
		}
	}
}

func teamsOf(m Message, left int) teamsMessage {
	body := []cardElement{
		paragraph(cardRun{Text: m.Organization + ": " + head(m, len(m.Items)+left), Size: "Large", Weight: "Bolder"}),
		paragraph(cardRun{Text: lead(m)}),
	}
	for _, i := range m.Items {
		body = append(body, cardOf(i))
	}
	if left > 0 {
		body = append(body, paragraph(cardRun{Text: "And " + plural(left, "more.", "more.")}))
	}
	var actions []cardAction
	if m.ConsoleURL != "" {
		actions = []cardAction{{"Action.OpenUrl", open(m.ConsoleURL), m.ConsoleURL}}
	}
	return teamsMessage{"message", []teamsAttachment{{"application/vnd.microsoft.card.adaptive", nil, teamsCard{
		"http://adaptivecards.io/schemas/adaptive-card.json", "AdaptiveCard", "1.4", body, actions, map[string]any{"width": "Full"},
	}}}}
}

// cardOf is one item.
func cardOf(i Item) cardElement {
	inside := []cardElement{
		paragraph(cardRun{Text: label(i) + ": ", Weight: "Bolder", Color: colorOf(i)}, cardRun{Text: i.Title, Weight: "Bolder"}),
	}
	if when := period(i); when != "" {
		inside = append(inside, paragraph(cardRun{Text: when, Subtle: true}))
	}
	for _, l := range lines(i.Text) {
		inside = append(inside, paragraph(cardRun{Text: l}))
	}
	for n, l := range lines(i.Remedy) {
		runs := []cardRun{{Text: l}}
		if n == 0 {
			runs = []cardRun{{Text: "What to do: ", Weight: "Bolder"}, {Text: l}}
		}
		inside = append(inside, paragraph(runs...))
	}
	if i.URL != "" {
		inside = append(inside, cardElement{Type: "ActionSet", Actions: []cardAction{{"Action.OpenUrl", open(i.URL), i.URL}}})
	}
	return cardElement{Type: "Container", Separator: true, Spacing: "Medium", Items: inside}
}

func paragraph(runs ...cardRun) cardElement {
	for i := range runs {
		runs[i].Type = "TextRun"
	}
	return cardElement{Type: "RichTextBlock", Spacing: "Small", Inlines: runs}
}

// colorOf is a color of Adaptive Cards, which Teams fits to its theme.
func colorOf(i Item) string {
	switch {
	case !i.Resolved.IsZero():
		return "Good"
	case i.Severity == Critical:
		return "Attention"
	case i.Severity == Warning:
		return "Warning"
	default:
		return "Accent"
	}
}
