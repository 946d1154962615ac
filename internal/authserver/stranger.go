package authserver

import (
	"net/http"
	"strings"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// unknownClient is why nobody can be asked about a client that is none here.
func unknownClient(v visit, id string, err error) error {
	switch fault.KindOf(err) {
	case fault.NotFound:
		b := unregisteredClient(v.snap.Organization.Name, id)
		b.Facts = append(b.Facts, fact{Name: "Client ID in the link", Value: text.Line(text.Cut(id, maxShownID))})
		return b
	case fault.Invalid:
		return halt(http.StatusBadRequest, "This app does not describe itself correctly", sentence(fault.Public(err))).
			advise("Whoever makes the app has to correct this.").because(err)
	case fault.Upstream:
		return halt(http.StatusBadGateway, "What this app says of itself cannot be read now", sentence(fault.Public(err))).advise(adviceRetry).because(err)
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.Conflict, fault.Limited, fault.Unavailable:
	}
	return err
}

// maxShownID is how much of a client ID that is none is shown, in bytes.
const maxShownID = 100

// unregisteredClient tells the ways apart in which an app comes to a client ID that
// means nothing here: it is given one that is for another authorization server, or of a
// kind that there is not, or one that is not registered any more.
func unregisteredClient(organization, id string) *setback {
	const title = "This app is not registered"
	if _, err := tenants.ParseGUID(id); err == nil {
		return halt(http.StatusBadRequest, title, "The app brought a client ID of Microsoft Entra ID. Sign-in through Gatehouse needs none: at "+organization+" apps register by themselves.").
			advise("Empty the field for the client ID in the app's settings or configuration, then connect again.")
	}
	if connections.IsPreregisteredID(id) {
		return halt(http.StatusBadRequest, title, "An administrator of "+organization+" has removed the app that sent you here, or never registered it.").
			advise("Ask an administrator which client ID the app is to use.")
	}
	if strings.HasPrefix(id, "http://") {
		return halt(http.StatusBadRequest, title, "The app names a document that describes it by a URL that begins with http. It must be https, so that nobody changes the document on its way.").
			advise("Whoever makes the app has to publish the document under an https URL, and use that as its client ID.")
	}
	return halt(http.StatusBadRequest, title, "The app that sent you here is not registered with "+organization+", or is not any more.").
		advise("If you or an administrator entered a client ID in the app, compare it with the one below, or empty the field. Otherwise remove this connection in the app and add it again: it then registers anew.")
}

func wrongRedirect(c connections.Client, redirect string) error {
	return halt(http.StatusBadRequest, "The answer would go to a wrong place", "The link says that it comes from "+c.Name+
		", and its redirect_uri is none that this app has named. Somebody may be trying to get at your access.").
		advise("Close this page. If you began in the app yourself, remove the connection there and add it again; " +
			"whoever makes the app has to register the redirect URI that it uses.").
		because(fault.Newf(fault.Invalid, "client %.100q, redirect_uri %.200q", c.ID, redirect))
}

// nowhere is why nobody can sign in with a client of which an admin has not said, or
// not yet, where sign-ins return to.
func nowhere(v visit, c connections.Client, redirect string) error {
	b := halt(http.StatusBadRequest, "Nobody has said where answers to this app go", "An administrator of "+v.snap.Organization.Name+" registered "+c.Name+
		" without a redirect URI, so that nobody can sign in with it.").
		advise("An administrator adds the redirect URI that the app shows to its registration. Compare it with the app's own words, not with this page.")
	if redirect != "" && connections.CheckRedirect(redirect) == nil {
		b.Facts = append(b.Facts, fact{Name: "Redirect URI in the link", Value: redirect})
	}
	return b
}
