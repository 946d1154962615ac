package authserver

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

// authorization is a client's request that people be asked, checked (RFC 6749
// §4.1.1). What is said of the client is what people were shown: a document that
// changes in between changes nothing here.
type authorization struct {
	Client    connections.Client `json:"client"`
	Redirect  string             `json:"redirect"`        // where the answer goes
	State     []byte             `json:"state,omitempty"` // goes back as it came, which need not be UTF-8
	Challenge string             `json:"challenge"`       // PKCE, S256
	Toolset   string             `json:"toolset"`         // empty: the organization's endpoint
	Scopes    []string           `json:"scopes"`
	Unknown   []string           `json:"unknown,omitempty"` // scopes asked for that there are not, as they are shown
	Prompt    entra.Prompt       `json:"prompt"`            // what the client wants Entra to ask
	AskAgain  bool               `json:"ask"`               // whatever was agreed before
	Hint      string             `json:"hint"`              // a username to begin with
	Claims    string             `json:"claims"`            // of a stronger sign-in, as JSON of ours
}

// authorize begins an authorization: GET AuthorizePath. Before it is known that
// the answer goes where the client has it go, what is wrong is told to the person
// only (RFC 6749 §4.1.2.1).
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) { s.visit(w, r, s.begin) }

func (s *Server) begin(v visit) error {
	if err := s.Limits.AdmitKept(v.snap.Organization.ID, addressOf(v.r)); err != nil {
		return err
	}
	p, err := parametersIn(v.r.URL.RawQuery)
	if err != nil {
		return halt(http.StatusBadRequest, "This link cannot be read", fault.Public(err)).advise(adviceRetry)
	}
	asked, err := s.askedBy(v, p)
	if err != nil {
		return err
	}
	if err := s.complete(v.snap, p, &asked); err != nil {
		return s.sendBack(v, asked, err)
	}
	text, err := s.keep(v, step{Stage: asking, Browser: s.mark(v), Asked: asked})
	if err != nil {
		return err
	}
	return s.showFirst(v, asked, text)
}

// askedBy establishes which client asks and where the answer goes.
func (s *Server) askedBy(v visit, p parameters) (authorization, error) {
	id, err := p.one("client_id", maxClientID)
	if err != nil || id == "" {
		return authorization{}, halt(http.StatusBadRequest, "Nobody knows which app asks",
			"The link must name the app once, in client_id.").advise(adviceRetry)
	}
	client, err := s.client(v.r.Context(), v.snap, id)
	if err != nil {
		return authorization{}, unknownClient(v, id, err)
	}
	redirect, err := p.one("redirect_uri", connections.MaxRedirect)
	if err != nil {
		return authorization{}, wrongRedirect(client, "more than one, or one that is too long")
	}
	if client.Preregistered && len(client.Redirects) == 0 {
		return authorization{}, nowhere(v, client, redirect)
	}
	to, ok := connections.MatchRedirect(client.Redirects, redirect)
	if !ok || s.isOurs(to) {
		return authorization{}, wrongRedirect(client, redirect)
	}
	client.Redirects = nil
	return authorization{Client: client, Redirect: to}, nil
}

// isOurs reports whether an answer would go to our own address, where no client is and
// pages take codes of others.
func (s *Server) isOurs(redirect string) bool {
	u, err := url.Parse(redirect)
	return err == nil && u.Scheme == s.Base.Scheme && strings.TrimSuffix(u.Host, ":443") == strings.TrimSuffix(s.Base.Host, ":443")
}

// sendBack answers a request that cannot be met. Of software that nobody has listed,
// anybody can have registered any address or scheme, also where unknown software is
// admitted: the person decides whether to go there, or to have that application
// started (RFC 9700 §4.11.2). Their own machine needs no such care.
func (s *Server) sendBack(v visit, asked authorization, err error) error {
	why, ok := err.(*refusal) //nolint:errorlint // complete returns it bare, or a fault
	if !ok {
		return err
	}
	if !connections.Loopback(asked.Redirect) && !v.snap.Accept.Lists(asked.Client.Software) {
		return halt(http.StatusBadRequest, "The app asks for something that cannot be", sentence(why.Description)).
			returning(s.replyURL(v.snap, asked, why.reply()), asked)
	}
	v.redirect(s.replyURL(v.snap, asked, why.reply()))
	return nil
}
