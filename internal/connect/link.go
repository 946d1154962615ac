package connect

import (
	"html/template"
	"net/url"
)

// link installs an endpoint in a program that has registered for such links.
type link struct {
	Text string
	URL  template.URL
}

// opener is how links begin that a program, or a page of its vendor's, answers to.
// html/template lets no scheme through but those of the web and of mail, so each
// stands here, and what follows it is encoded. There are no spaces in that, about
// which programs differ.
type opener string

// The openers.
const (
	opensVSCode         opener = "vscode:mcp/install?"
	opensVSCodeInsiders opener = "vscode-insiders:mcp/install?"
	opensVSCodeRedirect opener = "https://insiders.vscode.dev/redirect/mcp/install?"
	opensCursor         opener = "cursor://anysphere.cursor-deeplink/mcp/install?"
)

// whole is a link whose query is one value.
func (o opener) whole(text, value string) link {
	return link{text, template.URL(string(o) + url.QueryEscape(value))} //nolint:gosec // it begins as it has to, and the rest is encoded
}

// pairs is a link with two parameters: the name of a server, and how it is
// configured.
func (o opener) pairs(text, name, config string) link {
	return link{text, template.URL(string(o) + "name=" + url.QueryEscape(name) + "&config=" + url.QueryEscape(config))} //nolint:gosec // as above
}
